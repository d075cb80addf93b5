/** The file that mirrors the ledger line by line, and the lock and note beside the ledger that order its writers. */
import { Fault, printable, utf8, utf8Decode } from "../base/mod.ts";
import type { LedgerDeps, MirrorFile, MirrorTurn } from "../ledger/mod.ts";
import { infoOf } from "./folder_modes.ts";

/** In the ledger's folder: locked by whoever writes to the mirror; says up to which entry, and where. */
const NOTE = "mirror.note";
const FILE_MODE = 0o600;
// Longer than any line.
const TAIL_BYTES = 512 * 1024;
const LINE_END = 0x0a;

/** The parts of a ledger, with the mirror that is asked for. What goes wrong with that is said on stderr. */
export function withMirror(
  deps: LedgerDeps,
  { folder, jsonl }: { readonly folder: string; readonly jsonl?: string },
): LedgerDeps {
  if (jsonl === undefined) return deps;
  const tell = (line: string) => void Deno.stderr.writeSync(utf8(`countersign: ${printable(line)}\n`));
  return { ...deps, mirror: { file: mirrorFile(folder, jsonl), tell } };
}

/** The mirror at `path` of the ledger in `folder`; both absolute. Nothing is opened yet. */
export function mirrorFile(folder: string, path: string): MirrorFile {
  return new LineFile(`${folder}/${NOTE}`, path);
}

class LineFile implements MirrorFile {
  readonly #notePath: string;
  readonly #path: string;
  #note: Deno.FsFile | undefined;
  #file: Deno.FsFile | undefined;

  constructor(notePath: string, path: string) {
    this.#notePath = notePath;
    this.#path = path;
  }

  async take(known: string | undefined): Promise<MirrorTurn | undefined> {
    const note = this.#note ??= await openNote(this.#notePath);
    if (!await note.tryLock(true)) return undefined;
    try {
      return await this.#turn(note, known);
    } catch (thrown) {
      await note.unlock();
      throw saying(thrown, this.#path);
    }
  }

  close(): void {
    for (const file of [this.#file, this.#note]) file?.close();
    this.#file = this.#note = undefined;
  }

  async #turn(note: Deno.FsFile, known: string | undefined): Promise<MirrorTurn> {
    const file = await this.#opened();
    const info = await file.stat();
    const end = async () => {
      try {
        return markOf(await file.stat());
      } finally {
        await note.unlock();
      }
    };
    const append = async (bytes: Uint8Array, seq: number) => {
      try {
        await writeAll(file, bytes);
        await writeNote(note, seq, this.#path);
      } catch (thrown) {
        throw saying(thrown, this.#path);
      }
    };
    if (markOf(info) === known) return { unchanged: true, torn: new Uint8Array(), append, end };
    const tail = await tailOf(file, info.size);
    const noted = info.size === 0 ? await readNote(note, this.#path) : undefined;
    return { unchanged: false, ...tail, ...noted !== undefined && { noted }, append, end };
  }

  /** The file that has the name now: whoever rotates logs gives it to another one. */
  async #opened(): Promise<Deno.FsFile> {
    if (this.#file !== undefined && await isNamed(this.#file, this.#path)) return this.#file;
    this.#file?.close();
    this.#file = undefined;
    return this.#file = await openMirror(this.#path);
  }
}

async function openNote(path: string): Promise<Deno.FsFile> {
  return await Deno.open(path, { read: true, write: true, create: true, mode: FILE_MODE });
}

async function openMirror(path: string): Promise<Deno.FsFile> {
  const info = await infoOf(path);
  if (info === undefined) {
    // Made only where there is no name: a link that somebody puts there meanwhile is not followed.
    return await Deno.open(path, { read: true, append: true, createNew: true, mode: FILE_MODE });
  }
  // Looked at before it is opened: to open a pipe would wait for its reader.
  if (!info.isFile) {
    throw new Fault("config", `${info.isSymlink ? "it is a symbolic link" : "it is no file"}`);
  }
  const file = await Deno.open(path, { read: true, append: true });
  if (await isNamed(file, path)) return file;
  file.close();
  throw new Fault("config", "it was replaced while it was opened");
}

async function isNamed(file: Deno.FsFile, path: string): Promise<boolean> {
  const ours = await file.stat(), named = await infoOf(path);
  return named?.isFile === true && ours.ino === named.ino && ours.dev === named.dev;
}

function markOf({ dev, ino, size }: Deno.FileInfo): string {
  return `${dev}/${ino}/${size}`;
}

/** The last whole line, and what stands behind it. */
async function tailOf(file: Deno.FsFile, size: number): Promise<Pick<MirrorTurn, "lastLine" | "torn">> {
  const from = Math.max(0, size - TAIL_BYTES);
  const bytes = await readFrom(file, from, size - from);
  const end = bytes.lastIndexOf(LINE_END);
  const torn = bytes.slice(end + 1);
  if (end === -1) return { torn };
  const line = utf8Decode(bytes.subarray(bytes.lastIndexOf(LINE_END, end - 1) + 1, end));
  return { lastLine: line ?? "", torn };
}

async function readFrom(file: Deno.FsFile, at: number, length: number): Promise<Uint8Array> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let got = 0; got < length;) {
    const read = await file.read(bytes.subarray(got));
    if (read === null) return bytes.subarray(0, got);
    got += read;
  }
  return bytes;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** The number has a width, so that a note is written over the one before in one write. */
async function writeNote(note: Deno.FsFile, seq: number, path: string): Promise<void> {
  const bytes = utf8(`${String(seq).padStart(16)} ${path}\n`);
  await note.seek(0, Deno.SeekMode.Start);
  await writeAll(note, bytes);
  await note.truncate(bytes.length);
}

/** Up to which `seq` the file at `path` was written; `undefined` where the note is about another one. */
async function readNote(note: Deno.FsFile, path: string): Promise<number | undefined> {
  const { size } = await note.stat();
  const text = utf8Decode(await readFrom(note, 0, Math.min(size, TAIL_BYTES))) ?? "";
  const seq = Number(text.slice(0, 16));
  return text.slice(17) === `${path}\n` && Number.isSafeInteger(seq) && seq >= 0 ? seq : undefined;
}

function saying(thrown: unknown, path: string): Fault {
  const cause = thrown instanceof Error ? thrown.message : "the system did not say why";
  return new Fault("config", `Cannot write to the mirror at "${path}": ${cause}`, { cause: thrown });
}
