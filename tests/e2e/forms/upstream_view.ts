/** What an upstream really received, told in the words that the ledger uses, so that both can be compared. */
import { assert, assertEquals } from "@std/assert";
import { type Entry, forwarded } from "../harness.ts";

/** Which member of the params names the thing that is judged (spec: ledger, "Entry", `tool`). */
const NAMED_BY: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

interface Line {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The messages in the counting upstream's file; every line must be one whole message. */
export function receivedBy(path: string): Line[] {
  const text = Deno.readTextFileSync(path);
  assert(text.endsWith("\n"), "the upstream's last line was cut");
  const lines = text.slice(0, -1).split("\n").map((line): Line => JSON.parse(line));
  for (const { jsonrpc, method } of lines) {
    assertEquals(jsonrpc, "2.0");
    assertEquals(typeof method, "string");
  }
  return lines;
}

/** One line a message that the upstream received: form, method, name; sorted. */
export function namesReceived(lines: readonly Line[]): string[] {
  return lines.map(({ id, method, params }) => {
    const name = params?.[NAMED_BY[method] ?? ""] ?? "";
    return `${id === undefined ? "notice" : "request"} ${method} ${name}`.trim();
  }).sort();
}

/** One line a message that the ledger says was forwarded to the upstream, in the same words. */
export function namesRecorded(entries: readonly Entry[]): string[] {
  return forwarded(entries).map(({ form = "request", method, tool = "" }) => {
    const name = NAMED_BY[method ?? ""] === undefined ? "" : tool;
    return `${form} ${method} ${name}`.trim();
  }).sort();
}

/** Fails with the messages that only one of the two knows. */
export function assertSameMessages(received: readonly string[], recorded: readonly string[]): void {
  const unrecorded = without(received, recorded), notReceived = without(recorded, received);
  assertEquals(unrecorded.slice(0, 10), [], "the upstream received what has no entry");
  assertEquals(notReceived.slice(0, 10), [], "an entry says forwarded, and the upstream never received it");
}

/** What is in `a` and not in `b`, counting each as often as it stands there. */
export function without(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const item of b) left.set(item, (left.get(item) ?? 0) + 1);
  return a.filter((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count <= 0;
  });
}
