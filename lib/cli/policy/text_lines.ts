/** The lines of a file, forwards and backwards, with a few blocks in memory at a time. Empty lines are left out. */
import { Fault } from "../../base/mod.ts";

export interface NumberedLine {
  readonly text: string;
  /** 1-based. */
  readonly number: number;
  /** Is it counted from the end? */
  readonly fromEnd: boolean;
}

const BLOCK = 64 * 1024;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 10;

/** From the first line to the last. */
export async function* linesForward(path: string): AsyncIterable<NumberedLine> {
  using file = await Deno.open(path);
  let rest: Uint8Array = new Uint8Array(), number = 0;
  const block = new Uint8Array(BLOCK);
  for (let read = await file.read(block); read !== null; read = await file.read(block)) {
    const bytes = joined(rest, block.subarray(0, read));
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      yield* lineOf(bytes.subarray(from, end), ++number);
      from = end + 1;
    }
    rest = bytes.slice(from);
    refuseLong(rest);
  }
  yield* lineOf(rest, number + 1);
}

/** From the last line to the first. */
export async function* linesBackward(path: string): AsyncIterable<NumberedLine> {
  using file = await Deno.open(path);
  let rest: Uint8Array = new Uint8Array(), number = 0;
  for (let end = (await file.stat()).size; end > 0;) {
    const from = Math.max(0, end - BLOCK);
    let bytes: Uint8Array = joined(await readAt(file, from, end - from), rest);
    for (let feed = bytes.lastIndexOf(LINE_FEED); feed >= 0; feed = bytes.lastIndexOf(LINE_FEED)) {
      // The line feed at the end of the file ends a line and begins none.
      if (feed + 1 < bytes.length || number > 0) number++;
      yield* lineOf(bytes.subarray(feed + 1), number, true);
      bytes = bytes.subarray(0, feed);
    }
    rest = bytes.slice();
    refuseLong(rest);
    end = from;
  }
  yield* lineOf(rest, number + 1, true);
}

async function readAt(file: Deno.FsFile, at: number, length: number): Promise<Uint8Array> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) break; // somebody has cut the file meanwhile
    filled += read;
  }
  return bytes.subarray(0, filled);
}

function* lineOf(bytes: Uint8Array, number: number, fromEnd = false): Iterable<NumberedLine> {
  const text = new TextDecoder().decode(bytes).trim();
  if (text !== "") yield { text, number, fromEnd };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A line without an end would fill the memory. */
function refuseLong({ length }: Uint8Array): void {
  if (length <= MAX_LINE_BYTES) return;
  throw new Fault("usage", `Cannot read the lines: one is longer than ${MAX_LINE_BYTES} bytes`);
}
