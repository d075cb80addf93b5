import { Fault } from "../../base/mod.ts";
import type { LedgerReader, ReadEntry } from "../../ledger/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { printable } from "../render.ts";
import { findSession, type FoundSession } from "./find_session.ts";
import { jsonLine } from "./json_line.ts";
import { payloadFields, payloadsOf } from "./payload_text.ts";
import { progressOn } from "./progress.ts";
import { Timeline } from "./timeline.ts";
import { withReader } from "./with_reader.ts";

/** `audit replay SESSION`: what one session did, in the order in which it did it. */
export async function replaySession(args: Args, io: Io): Promise<number> {
  const prefix = args.words[1];
  if (prefix === undefined) {
    throw new Fault("usage", "Cannot run audit replay: the id of a session is missing", {
      hint: "countersign audit sessions",
    });
  }
  return await withReader(args, io, async ({ reader }) => {
    const progress = progressOn(io, "looking for the session", await reader.count());
    const found = await findSession(reader, prefix, progress.step);
    progress.end();
    if (found === undefined) {
      io.err(`no session begins with "${printable(prefix)}"; countersign audit sessions lists them\n`);
      return EXIT.no;
    }
    await tell(reader, found, { args, io });
    return EXIT.done;
  });
}

interface Told {
  readonly args: Args;
  readonly io: Io;
}

/** Entry by entry, so that memory stays flat however long the session was. */
async function tell(reader: LedgerReader, found: FoundSession, { args, io }: Told): Promise<void> {
  const timeline = new Timeline(io.terminal.out);
  let startMs: number | undefined;
  for await (const { stored } of entriesOf(reader, found)) {
    if (stored === undefined) continue;
    const { entry, hash, sig, key } = stored;
    const payloads = await payloadsOf(reader, entry);
    const timeMs = millisOf(entry.time);
    startMs ??= timeMs;
    const atMs = Math.round((timeMs - startMs) * 1000) / 1000;
    if (args.has("json")) {
      io.out(jsonLine({ at_ms: atMs, ...entry, hash, sig, key, ...payloadFields(payloads) }));
    } else io.out(timeline.lines(entry, { atMs, payloads }));
  }
}

/**
 * The entries of a session. Behind its close there are none; behind a noted crash there may be, where a session that was
 * taken for dead went on.
 */
async function* entriesOf(reader: LedgerReader, { session, from }: FoundSession): AsyncIterable<ReadEntry> {
  for await (const read of reader.oldestFirst(from)) {
    if (read.stored?.entry.session !== session) continue;
    yield read;
    if (read.stored.entry.kind === "session-close") return;
  }
}

/** Milliseconds with their fraction: entries have microseconds. */
function millisOf(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) + Number(time.slice(20, 26)) / 1000;
}
