/** Recorded traffic for `policy simulate`: a ledger, the lines of `audit --json`, or lines of one's own. */
import { Fault } from "../../base/mod.ts";
import type { ScanOptions } from "../../scan/mod.ts";
import type { Io } from "../command.ts";
import { absolutePath } from "../setup.ts";
import { eventOfEntry } from "./recorded_entry.ts";
import type { RecordedEvent, Recording } from "./recorded_event.ts";
import { openLines } from "./recorded_lines.ts";
import { callScanner } from "./scan_call.ts";

/** Opens what `word` names. `scan`: what the configuration says about the scanner, for calls that nobody looked into. Throws Fault `usage` where it is nothing that can be read. */
export async function openRecording(word: string, io: Io, scan?: ScanOptions): Promise<Recording> {
  const path = absolutePath(word, io);
  const there = await Deno.stat(path).catch(() => undefined);
  if (there === undefined) {
    throw new Fault("usage", `Cannot simulate: there is no "${word}"`, {
      hint: "--from takes a ledger's folder, or a file of JSON lines",
    });
  }
  if (there.isDirectory || /[/\\]?ledger\.db$/.test(path)) return await openLedger(path);
  return await openLines(path, { shown: word, scanCall: await callScanner(scan) });
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
