/** Recorded traffic for `policy simulate`: a ledger, the lines of `audit --json`, or lines of one's own. */
import { Fault } from "../../base/mod.ts";
import type { RecordedAnswer, RecordedCall } from "../../policy/mod.ts";
import type { Io } from "../command.ts";
import { absolutePath } from "../setup.ts";
import { eventOfEntry } from "./recorded_entry.ts";
import { openLines } from "./recorded_lines.ts";

/** One thing that happened, in the order of time. `none`: something that no policy has a say in. */
export type RecordedEvent =
  | { readonly type: "call"; readonly call: RecordedCall }
  | { readonly type: "answer"; readonly answer: RecordedAnswer }
  | { readonly type: "end"; readonly session: string }
  /** A call that was refused before any policy was asked. */
  | { readonly type: "unasked" }
  | { readonly type: "unreadable" }
  | { readonly type: "none" };

export interface Recording {
  /** As a person calls what `number` of a call counts: `entry` or `line`. */
  readonly counted: "entry" | "line";
  readonly events: AsyncIterable<RecordedEvent>;
  /** How many there are at most; absent where nobody knows before the end. */
  readonly total?: number;
  close(): void;
}

/** Opens what `word` names. Throws Fault `usage` where it is nothing that can be read. */
export async function openRecording(word: string, io: Io): Promise<Recording> {
  const path = absolutePath(word, io);
  const there = await Deno.stat(path).catch(() => undefined);
  if (there === undefined) {
    throw new Fault("usage", `Cannot simulate: there is no "${word}"`, {
      hint: "--from takes a ledger's folder, or a file of JSON lines",
    });
  }
  if (there.isDirectory || /[/\\]?ledger\.db$/.test(path)) return await openLedger(path);
  return await openLines(path, word);
}

async function openLedger(path: string): Promise<Recording> {
  const { openLedgerReader } = await import("../../store/mod.ts");
  const reader = await openLedgerReader(path.replace(/[/\\]+$/, "").replace(/[/\\]ledger\.db$/, ""));
  async function* events(): AsyncIterable<RecordedEvent> {
    for await (const { stored } of reader.oldestFirst()) {
      yield stored === undefined ? { type: "unreadable" } : eventOfEntry(stored.entry);
    }
  }
  return { counted: "entry", events: events(), total: await reader.count(), close: () => reader.close() };
}
