/** A client behind the product under a policy of the test's own, and what it reads of the product's verdicts. */
import { assertEquals } from "@std/assert";
import { type Box, fixture, type LineClient, poll, type Proxying } from "../harness.ts";
import { receivedBy } from "./upstream_view.ts";

/** In front of the counting upstream, which writes down everything that reaches it; shaken hands already. */
export async function startUnder(box: Box, policy: string, options: Proxying = {}): Promise<LineClient> {
  const env = { E2E_RECEIVED: box.path("received"), ...options.env };
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { policy, ...options, env }));
  await client.initialize();
  return client;
}

export async function finish(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

/** `went`, or the stable reason why the call was refused. */
export async function fateOf(
  client: LineClient,
  tool: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  const { result } = await client.call(tool, args);
  return result?.isError === true ? result._meta["dev.countersign/verdict"].reason : "went";
}

/** How many calls of `tool` reached the upstream. */
export function arrived(box: Box, tool: string): number {
  return receivedBy(box.path("received")).filter(({ params }) => params?.name === tool).length;
}

/** What stands on the product's stderr, once it does. A line may come later than the reply that it is about. */
export function said(client: LineClient, words: RegExp): Promise<RegExpExecArray> {
  return poll(() => words.exec(client.stderr) ?? undefined, {
    what: `${words} on stderr`,
    detail: () => client.stderr,
  });
}

/** The number of the held call of `tool`, once there is one. */
export async function heldSeq(client: LineClient, tool: string): Promise<number> {
  const [, seq] = await said(client, new RegExp(`"${tool}" waits.*countersign approve (\\d+)`));
  return Number(seq);
}
