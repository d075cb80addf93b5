/** `audit`: reads the ledger, newest first. */
import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import type { LedgerReader, StoredEntry } from "../ledger/mod.ts";
import { ENTRY_HEADERS, entryDetails, entryRow } from "../report/mod.ts";
import { expectWords } from "./args.ts";
import { AUDIT_FILTERS, type EntryFilter, entryFilter } from "./audit_filter.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS, ledgerFolderFor, readSeq } from "./ledger_folder.ts";
import { printable, renderTable } from "./render.ts";

const DEFAULT_LINES = 30;
const LATER: readonly string[] = ["sessions", "replay"];

export const command: Command = {
  name: "audit",
  summary: "read the ledger",
  usage: "[list | show SEQ] [--lines N] [--tool GLOB] [--decision WORD] [--verdict WORD] [--kind WORD] " +
    "[--server NAME] [--agent ID] [--session ID] [--since TIME] [--until TIME] [--ledger DIR] [--config FILE] " +
    "[--json]",
  flags: [
    {
      name: "lines",
      short: "n",
      kind: "number",
      value: "N",
      help: `at most N entries (default ${DEFAULT_LINES}; all with --json)`,
    },
    ...AUDIT_FILTERS,
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "one entry a line, all fields" },
  ],
  example: `countersign audit --tool 'delete_*' --since 1d
SEQ  TIME                     KIND  SERVER  SUBJECT      VERDICT  REASON
41   2026-11-20 09:07:46.123  call  files   delete_file  refuse   rule:no-delete`,
  async run(args, io) {
    const [action = "list"] = args.words;
    if (action === "list") return await list(args, io);
    if (action === "show") return await show(args, io);
    throw unknownAction(action);
  },
};

function unknownAction(action: string): Fault {
  if (LATER.includes(action)) return new Fault("usage", `Cannot run audit: "${action}" is not built yet`);
  const near = nearName(action, ["list", "show"]);
  return new Fault("usage", `Cannot run audit: unknown action "${action}"`, {
    hint: near === undefined ? "countersign audit --help" : `did you mean audit ${near}?`,
  });
}

async function list(args: Args, io: Io): Promise<number> {
  expectWords(args, command, { most: 1 });
  const filter = entryFilter(args);
  const most = linesWanted(args);
  return await withReader(args, io, async (reader) => {
    const print = args.has("json") ? printJson(io) : printTable(io);
    const { found, damaged } = await walk(reader, { filter, most, take: print.take });
    print.end();
    if (found === 0 && !args.has("json")) io.err("no entries fit\n");
    if (damaged === 0) return EXIT.done;
    io.err(`${damaged} entries cannot be read; countersign verify says why\n`);
    return EXIT.no;
  });
}

function linesWanted(args: Args): number {
  const lines = args.number("lines");
  if (lines === undefined) return args.has("json") ? Infinity : DEFAULT_LINES;
  if (Number.isSafeInteger(lines) && lines > 0) return lines;
  throw new Fault("usage", `Cannot run audit: -n is ${lines}, want a whole number from 1`);
}

interface Walk {
  readonly filter: EntryFilter;
  readonly most: number;
  readonly take: (stored: StoredEntry) => void;
}

/** From the newest entry backwards, as far as the filter can still be met. */
async function walk(
  reader: LedgerReader,
  { filter, most, take }: Walk,
): Promise<{ found: number; damaged: number }> {
  let found = 0, damaged = 0;
  for await (const { stored } of reader.newestFirst()) {
    if (stored === undefined) damaged++;
    else if (filter.tooOld(stored.entry)) break;
    else if (filter.fits(stored.entry)) {
      take(stored);
      if (++found === most) break;
    }
  }
  return { found, damaged };
}

interface Printer {
  take(stored: StoredEntry): void;
  end(): void;
}

/** Line by line, so that memory stays flat however many there are. */
function printJson(io: Io): Printer {
  return { take: (stored) => io.out(jsonLine(stored)), end: () => {} };
}

const HIDDEN_REGEXP = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** As JSON escapes them, what a terminal would obey or hide is harmless, and means the same to every program. */
function jsonLine({ entry, hash, sig, key }: StoredEntry): string {
  const text = JSON.stringify({ ...entry, hash, sig, key });
  return `${text.replace(HIDDEN_REGEXP, escaped)}\n`;
}

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

function printTable(io: Io): Printer {
  const rows: (readonly string[])[] = [];
  return {
    take: ({ entry }) => void rows.push(entryRow(entry)),
    end: () => {
      if (rows.length > 0) {
        io.out(renderTable(ENTRY_HEADERS, rows, { terminal: io.terminal.out, right: ["SEQ"] }));
      }
    },
  };
}

async function show(args: Args, io: Io): Promise<number> {
  expectWords(args, command, { most: 2 });
  const seq = readSeq(args.words[1], "audit show");
  return await withReader(args, io, async (reader) => {
    const there = await reader.entry(seq);
    if (there?.stored === undefined) {
      const why = there === undefined
        ? `there is none; the ledger has ${await reader.count()}`
        : "it cannot be read; countersign verify says why";
      io.err(`entry ${seq}: ${why}\n`);
      return EXIT.no;
    }
    io.out(args.has("json") ? jsonLine(there.stored) : page(there.stored));
    return EXIT.done;
  });
}

function page(stored: StoredEntry): string {
  const rows = entryDetails(stored);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${printable(text)}\n`).join("");
}

async function withReader(
  args: Args,
  io: Io,
  use: (reader: LedgerReader) => Promise<number>,
): Promise<number> {
  const { openLedgerReader } = await import("../store/mod.ts");
  const reader = await openLedgerReader(await ledgerFolderFor(args, io));
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}
