import { concatBytes } from "../../base/mod.ts";

/** The files of a pack. */
export const PACK = {
  manifest: "manifest.json",
  entries: "entries.jsonl",
  hashes: "hashes.bin",
  checkpoint: "checkpoint.txt",
  head: "head.json",
  payloads: "payloads/payloads.jsonl",
} as const;

const PLAIN: readonly string[] = Object.values(PACK);
const FOLDERS_REGEXP =
  /^(?:checkpoints\/(?:0|[1-9]\d{0,14})\.txt|keys\/[0-9a-f]{16}\.pub|policies\/[0-9A-Za-z_-]{1,80}\.json)$/;

/**
 * May a file of a pack have this name? ATTACKER-CONTROLLED: no `..`, no other folder, nothing absolute, no name that two
 * systems read differently.
 */
export function isPackName(name: string): boolean {
  return PLAIN.includes(name) || FOLDERS_REGEXP.test(name);
}

/** What is read of a pack: a folder or a tar, handed in by whoever may open files. */
export interface PackFiles {
  /** The length in bytes of each file, by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The bytes of a file, in pieces. */
  read(name: string): AsyncIterable<Uint8Array>;
}

/** Where the files of a pack go, one after the other or side by side. */
export interface PackOutput {
  create(name: string): Promise<PackSink>;
}

/** A file that is being written. */
export interface PackSink {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** All of a small file; `undefined` where there is none, or it is longer than `most`. */
export async function readSmall(
  files: PackFiles,
  name: string,
  most: number,
): Promise<Uint8Array | undefined> {
  const size = files.sizes.get(name);
  if (size === undefined || size > most) return undefined;
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const piece of files.read(name)) {
    if (at + piece.length > size) return undefined; // it grows while it is read
    bytes.set(piece, at);
    at += piece.length;
  }
  return at === size ? bytes : undefined;
}

/** The lines of a file, each without its line feed; one that is longer than `most` bytes comes as `undefined`. */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array | undefined> {
  let held: Uint8Array[] = [], bytes = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      const part = piece.subarray(from, end);
      yield bytes + part.length > most ? undefined : held.length === 0 ? part : concatBytes(...held, part);
      held = [];
      bytes = 0;
      from = end + 1;
    }
    if (from === piece.length) continue;
    bytes += piece.length - from;
    // Beyond the cap nothing is kept: an endless line must not fill the memory.
    if (bytes <= most) held.push(piece.slice(from));
    else held = [];
  }
  if (bytes > 0) yield bytes > most ? undefined : concatBytes(...held);
}
