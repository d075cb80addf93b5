import { Fault } from "../../base/mod.ts";
import type { ReadEntry } from "../../ledger/mod.ts";
import { ENTRY_HEADERS } from "../../report/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { renderTable } from "../render.ts";
import { entryFilter } from "./filter.ts";
import { readLine } from "./json_line.ts";
import { progressOn } from "./progress.ts";
import { readRow } from "./row.ts";
import { walkBack, type Walked } from "./walk.ts";
import { withReader } from "./with_reader.ts";

/** So many lines where nobody says how many. */
export const DEFAULT_LINES = 30;

/** `audit [list]`: the newest entries that fit. */
export async function listEntries(args: Args, io: Io): Promise<number> {
  const filter = entryFilter(args, { command: "audit" });
  const most = linesWanted(args, "audit", args.has("json") ? Infinity : DEFAULT_LINES);
  return await withReader(args, io, async ({ reader }) => {
    const print = args.has("json") ? printJson(io) : printTable(io);
    const progress = progressOn(io, "looking through", await reader.count());
    const walked = await walkBack(reader, {
      filter,
      most,
      take: print.take,
      onStep: progress.step,
      isOver: io.isOutGone,
    });
    progress.end();
    print.end();
    tell(walked, args, io);
    return walked.damaged === 0 ? EXIT.done : EXIT.no;
  });
}

/** `-n`, or `otherwise`. Throws Fault `usage`. */
export function linesWanted(args: Args, command: string, otherwise: number): number {
  const lines = args.number("lines");
  if (lines === undefined) return otherwise;
  if (Number.isSafeInteger(lines) && lines > 0) return lines;
  throw new Fault("usage", `Cannot run ${command}: -n is ${lines}, want a whole number from 1`);
}

/** What the lines do not say: that there are none, that there may be more, that some could not be looked at. */
function tell({ found, damaged, unknown, cut }: Walked, args: Args, io: Io): void {
  if (found === 0 && !args.has("json")) io.err("no entries fit\n");
  if (cut && io.terminal.err) io.err(`the newest ${found} that fit; -n ${found * 4} shows more\n`);
  if (unknown > 0) {
    io.err(`${unknown} pruned entries could not be asked: their text is gone, their hashes are there\n`);
  }
  if (damaged > 0) io.err(`${damaged} entries cannot be read; countersign verify says why\n`);
}

interface Printer {
  take(read: ReadEntry): void;
  end(): void;
}

/** Line by line, so that memory stays flat however many there are. */
function printJson(io: Io): Printer {
  return { take: (read) => io.out(readLine(read)), end: () => {} };
}

function printTable(io: Io): Printer {
  const rows: (readonly string[])[] = [];
  return {
    take: (read) => void rows.push(readRow(read)),
    end: () => {
      if (rows.length > 0) {
        io.out(renderTable(ENTRY_HEADERS, rows, { terminal: io.terminal.out, right: ["SEQ"] }));
      }
    },
  };
}
