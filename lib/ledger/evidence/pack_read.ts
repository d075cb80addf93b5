/** Reads a pack, which is ATTACKER-CONTROLLED: nothing of it counts before it was verified (pack_verify.ts). */
import { err, ok, type Result, utf8Decode } from "../../base/mod.ts";
import { HEAD_KEY } from "../head.ts";
import type { Cell, Row, RowKey, Scan, Table } from "../port.ts";
import type { VerifySource } from "../verify/source.ts";
import { MAX_LINE_BYTES, type ReadLine, readLine, readRow } from "./line.ts";
import { type Manifest, PACK_TYPE, readManifest } from "./manifest.ts";
import { isPackName, linesOf, PACK, type PackFiles, readSmall } from "./names.ts";
import { publicKeyFromPem } from "./pem.ts";

const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;
const MAX_SMALL_BYTES = 1024 * 1024;

/** A pack that has the form of one. */
export interface Pack {
  readonly files: PackFiles;
  readonly manifest: Manifest;
  /** The newest checkpoint: a signed note that covers all entries. */
  readonly checkpoint: string;
  /** Keys that the pack offers, by id. Hints, never trust. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Its entries, head and checkpoints, as a verifier of ledgers reads them. */
  readonly source: VerifySource;
  /** Is it a choice of entries, and not all of them? */
  readonly filtered: boolean;
}

/** Reads what every check needs. The error is a phrase that says why this is no pack. */
export async function readPack(files: PackFiles): Promise<Result<Pack, string>> {
  const stray = [...files.sizes.keys()].find((name) => !isPackName(name));
  if (stray !== undefined) return err("it has a file that no pack has");
  const manifestText = await smallText(files, PACK.manifest, MAX_MANIFEST_BYTES);
  if (manifestText === undefined) return err(`it has no ${PACK.manifest}, or one that is no text`);
  const manifest = readManifest(manifestText, PACK_TYPE);
  if (!manifest.ok) return manifest;
  const checkpoint = await smallText(files, PACK.checkpoint, MAX_SMALL_BYTES);
  if (checkpoint === undefined) return err(`it has no ${PACK.checkpoint}, or one that is no text`);
  return ok({
    files,
    manifest: manifest.value,
    checkpoint,
    keys: await keysOf(files),
    source: packSource(files),
    filtered: manifest.value.predicate.filter !== null,
  });
}

async function smallText(files: PackFiles, name: string, most: number): Promise<string | undefined> {
  const bytes = await readSmall(files, name, most);
  return bytes === undefined ? undefined : utf8Decode(bytes);
}

/** A file under another name than its key has is left out. */
async function keysOf(files: PackFiles): Promise<ReadonlyMap<string, Uint8Array>> {
  const keys = new Map<string, Uint8Array>();
  for (const name of files.sizes.keys()) {
    const [, id] = /^keys\/([0-9a-f]{16})\.pub$/.exec(name) ?? [];
    const text = id === undefined ? undefined : await smallText(files, name, MAX_SMALL_BYTES);
    const key = text === undefined ? undefined : publicKeyFromPem(text);
    if (id !== undefined && key !== undefined) keys.set(id, key);
  }
  return keys;
}

/** A line, and where it stands; `read` is absent where it is no entry. */
export interface PackLine {
  readonly place: number;
  readonly read: ReadLine | undefined;
}

/** The entries of a pack, in order; memory holds one at a time. */
export async function* packEntries(files: PackFiles): AsyncGenerator<PackLine> {
  let place = 0;
  for await (const text of entryTexts(files)) {
    const line = text();
    const read = line === undefined ? undefined : readLine(line);
    yield { place: place++, read: read?.ok ? read.value : undefined };
  }
}

/** The entries of kind `key` of a pack, at most `most`. */
export async function keyChanges(files: PackFiles, most: number): Promise<readonly ReadLine[]> {
  const changes: ReadLine[] = [];
  for await (const text of entryTexts(files)) {
    const line = text();
    // As this program writes it: to parse every line for this would take as long as the rest.
    if (line === undefined || changes.length === most || !line.includes('"kind":"key"')) continue;
    const read = readLine(line);
    if (read.ok) changes.push(read.value);
  }
  return changes;
}

/** The lines; decoded when they are asked for, `undefined` for what is no text. */
async function* entryTexts(files: PackFiles): AsyncGenerator<() => string | undefined> {
  if (!files.sizes.has(PACK.entries)) return;
  for await (const bytes of linesOf(files.read(PACK.entries), MAX_LINE_BYTES)) {
    yield () => bytes === undefined ? undefined : utf8Decode(bytes);
  }
}

/** The tables of a ledger, as far as a pack has them. */
export function packSource(files: PackFiles): VerifySource {
  return {
    read: (table, key) => table === "entry" ? entryAt(files, key) : readFileRow(files, fileOf(table, key)),
    scan: (table, scan = {}) =>
      table === "entry"
        ? entryRows(files, scan)
        : table === "checkpoint"
        ? checkpointRows(files, scan)
        : noRows(),
  };
}

function fileOf(table: Table, key: RowKey): string | undefined {
  if (table === "head") return key === HEAD_KEY ? PACK.head : undefined;
  return table === "checkpoint" && typeof key === "number" ? `checkpoints/${key}.txt` : undefined;
}

async function readFileRow(files: PackFiles, name: string | undefined): Promise<Cell | undefined> {
  const value = name === undefined ? undefined : await readSmall(files, name, MAX_SMALL_BYTES);
  return value === undefined ? undefined : { value, version: "" };
}

async function entryAt(files: PackFiles, key: RowKey): Promise<Cell | undefined> {
  if (typeof key !== "number") return undefined;
  for await (const row of entryRows(files, { from: key, until: key + 1 })) {
    return row.key === key ? row : undefined;
  }
  return undefined;
}

/**
 * A line that is none has its place as its key, and an empty record: the verifier says what it makes of that. Lines come as
 * they stand: one that is out of order is handed over, or ends the scan, and is never passed over in silence.
 */
async function* entryRows(files: PackFiles, { from, until }: Scan): AsyncGenerator<Row> {
  const first = typeof from === "number" ? from : 0;
  let place = 0;
  for await (const text of entryTexts(files)) {
    if (place++ < first) continue;
    const line = text();
    const row = line === undefined ? undefined : readRow(line);
    const key = row?.seq ?? place - 1;
    if (typeof until === "number" && key >= until) return;
    yield { key, value: row?.record ?? new Uint8Array(), version: "" };
  }
}

/** Those by size, then the newest: it may be of the same size as another. */
async function* checkpointRows(files: PackFiles, scan: Scan): AsyncGenerator<Row> {
  const sizes = [...files.sizes.keys()].map((name) => /^checkpoints\/(\d+)\.txt$/.exec(name)?.[1])
    .filter((size) => size !== undefined).map(Number).toSorted((a, b) => a - b);
  for (const size of scan.newestFirst ? sizes.toReversed() : sizes) {
    const value = isWithin(size, scan)
      ? await readSmall(files, `checkpoints/${size}.txt`, MAX_SMALL_BYTES)
      : undefined;
    if (value !== undefined) yield { key: size, value, version: "" };
  }
}

async function* noRows(): AsyncGenerator<Row> {}

function isWithin(key: number, { from, until }: Scan): boolean {
  return (typeof from !== "number" || key >= from) && (typeof until !== "number" || key < until);
}
