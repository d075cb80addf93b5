import type { LedgerReader, StoredEntry } from "../../ledger/mod.ts";
import { entryDetails } from "../../report/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { readSeq } from "../ledger_folder.ts";
import { printable } from "../render.ts";
import { jsonLine, readLine } from "./json_line.ts";
import { payloadFields, payloadLines, payloadsOf } from "./payload_text.ts";
import { withReader } from "./with_reader.ts";

/** `audit show SEQ`: all fields of one entry, and its payloads where they were recorded. */
export async function showEntry(args: Args, io: Io): Promise<number> {
  const seq = readSeq(args.words[1], "audit show");
  return await withReader(args, io, async ({ reader }) => {
    const there = await reader.entry(seq);
    if (there?.stored !== undefined) return await showStored(reader, there.stored, { args, io });
    if (there?.pruned !== undefined) {
      io.out(args.has("json") ? readLine(there) : prunedPage(seq, there.pruned));
      return EXIT.done;
    }
    const why = there === undefined
      ? `there is none; the ledger has ${await reader.count()}`
      : "it cannot be read; countersign verify says why";
    io.err(`entry ${seq}: ${why}\n`);
    return EXIT.no;
  });
}

interface Shown {
  readonly args: Args;
  readonly io: Io;
}

async function showStored(reader: LedgerReader, stored: StoredEntry, { args, io }: Shown): Promise<number> {
  const { entry, hash, sig, key } = stored;
  const payloads = await payloadsOf(reader, entry);
  if (args.has("json")) io.out(jsonLine({ ...entry, hash, sig, key, ...payloadFields(payloads) }));
  else io.out(page([...entryDetails(stored).map(printed), ...payloadLines(payloads)]));
  return EXIT.done;
}

function printed([name, text]: readonly [string, string]): readonly [string, string] {
  return [name, printable(text)];
}

function prunedPage(seq: number, { hash, sig, key }: Omit<StoredEntry, "entry">): string {
  const rows = {
    seq: String(seq),
    kind: "pruned: its text is gone, what proves its place is here",
    hash,
    sig,
    key,
  };
  return page(Object.entries(rows));
}

function page(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join("");
}
