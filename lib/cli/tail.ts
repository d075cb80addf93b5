/** `tail`: the ledger as it grows, whoever writes to it. */
import { Fault } from "../base/mod.ts";
import type { LedgerReader, ReadEntry } from "../ledger/mod.ts";
import { expectWords } from "./args.ts";
import { ENTRY_FILTERS, type EntryFilter, entryFilter } from "./audit/filter.ts";
import { fits, walkBack } from "./audit/walk.ts";
import { withReader } from "./audit/with_reader.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";
import { listenForEnd } from "./run/signals.ts";
import { follow, restUntil } from "./tail/follow.ts";
import { tailLine } from "./tail/line.ts";

const DEFAULT_LINES = 10;
// An entry is to be seen within 300 ms of its commit; a look costs one read of one row.
const LOOK_EVERY_MS = 100;

export const command: Command = {
  name: "tail",
  summary: "follow the ledger as it grows",
  usage: "[--lines N] [--tool GLOB] [--decision WORD] [--verdict WORD] [--kind WORD] [--server NAME] " +
    "[--agent ID] [--session ID] [--since TIME] [--until TIME] [--ledger DIR] [--config FILE] [--json]",
  flags: [
    {
      name: "lines",
      short: "n",
      kind: "number",
      value: "N",
      help: `the newest N entries first (default ${DEFAULT_LINES})`,
    },
    ...ENTRY_FILTERS,
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "one entry a line, all fields" },
  ],
  example: `countersign tail --kind call
     41 09:07:46.123 call          files        delete_file                            refuse    rule:no-delete
     42 09:07:46.871 call          files        read_file                              forward   default`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    const filter = entryFilter(args, { command: "tail" });
    const lines = linesBefore(args);
    const end = listenForEnd();
    return await withReader(args, io, async ({ reader }) => {
      const print = printer(args, io);
      const from = await reader.count();
      for (const read of await newest(reader, { filter, lines, from })) print(read);
      await goOn(reader, { filter, from, print, io, end: end.came });
      return EXIT.done;
    });
  },
};

function linesBefore(args: Args): number {
  const lines = args.number("lines") ?? DEFAULT_LINES;
  if (Number.isSafeInteger(lines) && lines >= 0) return lines;
  throw new Fault("usage", `Cannot run tail: -n is ${lines}, want a whole number from 0`);
}

interface Wanted {
  readonly filter: EntryFilter;
  readonly from: number;
}

/** The newest entries before `from` that fit, the oldest of them first. */
async function newest(
  reader: LedgerReader,
  { filter, lines, from }: Wanted & { readonly lines: number },
): Promise<readonly ReadEntry[]> {
  const found: ReadEntry[] = [];
  await walkBack(reader, { filter, most: lines, before: from, take: (read) => void found.push(read) });
  return found.reverse();
}

interface Going extends Wanted {
  readonly print: (read: ReadEntry) => void;
  readonly io: Io;
  readonly end: Promise<unknown>;
}

/** Until a signal comes, or nobody reads any more. */
async function goOn(reader: LedgerReader, { filter, from, print, io, end }: Going): Promise<void> {
  const { saysBusy } = await import("../store/mod.ts");
  const rest = restUntil(end, LOOK_EVERY_MS);
  for await (const read of follow(reader, { from, rest, isBusy: saysBusy })) {
    const fit = fits(read, filter);
    if (fit === "yes" || fit === "damaged") print(read);
    if (io.isOutGone?.() === true) return;
  }
}

function printer(args: Args, io: Io): (read: ReadEntry) => void {
  const options = { json: args.has("json"), terminal: io.terminal.out };
  return (read) => {
    const line = tailLine(read, options);
    if (line === undefined) io.err(`entry ${read.seq} cannot be read; countersign verify says why\n`);
    else io.out(line);
  };
}
