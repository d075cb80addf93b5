/**
 * Archives in the ustar form of POSIX.1-1988, plain files alone. Reading takes no other bytes than writing makes: with one
 * form for each content there is nothing in which two programs could see two different archives.
 */
import { err, ok, type Result, utf8, utf8Decode } from "../../base/mod.ts";

const BLOCK = 512;
const NAME_BYTES = 100;
const MAX_SIZE = 8 ** 11 - 1;
const CHECKSUM_AT = 148, CHECKSUM_BYTES = 8;

/** Two empty blocks: the end of an archive. */
export const TAR_END: Uint8Array<ArrayBuffer> = new Uint8Array(2 * BLOCK);

/** A file within an archive. */
export interface TarFile {
  readonly name: string;
  /** Bytes; at most 8 GiB less one. */
  readonly size: number;
  /** When it was made, seconds since the epoch. */
  readonly timeSeconds: number;
}

/** The block before a file's bytes. `undefined` where the form has no room for its name or size. */
export function tarHeader({ name, size, timeSeconds }: TarFile): Uint8Array<ArrayBuffer> | undefined {
  const bytes = utf8(name);
  if (bytes.length > NAME_BYTES || size > MAX_SIZE || timeSeconds < 0 || timeSeconds > MAX_SIZE) {
    return undefined;
  }
  const header = new Uint8Array(BLOCK);
  header.set(bytes);
  const put = (at: number, text: string) => header.set(utf8(text), at);
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${octal(size, 11)}\0`);
  put(136, `${octal(timeSeconds, 11)}\0`);
  put(CHECKSUM_AT, " ".repeat(CHECKSUM_BYTES)); // as if blank, while it is computed
  put(156, "0");
  put(257, "ustar\x0000");
  put(329, "0000000\x000000000\0");
  const sum = header.reduce((all, byte) => all + byte, 0);
  put(CHECKSUM_AT, `${octal(sum, 6)}\0 `);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** The zero bytes behind a file's bytes. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - size % BLOCK) % BLOCK);
}

/** A file in an archive that is read, and where its bytes begin. */
export interface TarPlace extends TarFile {
  readonly at: number;
}

/** Bytes of the archive; fewer than asked for only at its end. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

export interface TarLimits {
  /** May a file have this name? */
  readonly allows: (name: string) => boolean;
  readonly mostFiles: number;
}

/**
 * What stands where in an archive of `bytes` bytes. ATTACKER-CONTROLLED: links, folders, devices, extensions, names twice,
 * sizes that lie, padding that is not zero, and anything behind the end are refused.
 */
export async function indexTar(
  readAt: ReadAt,
  bytes: number,
  { allows, mostFiles }: TarLimits,
): Promise<Result<readonly TarPlace[], string>> {
  const files: TarPlace[] = [];
  const names = new Set<string>();
  for (let at = 0;;) {
    const header = await readAt(at, BLOCK);
    if (header.length < BLOCK) return err("the archive is cut off");
    if (isZero(header)) {
      return await atEnd(readAt, at, bytes) ? ok(files) : err("something stands behind its end");
    }
    const file = readHeader(header);
    if (file === undefined) {
      return err(`there is no plain file at byte ${at}, or not as this program writes it`);
    }
    if (!allows(file.name)) return err(`file ${files.length + 1} has a name that no file of a pack has`);
    if (names.has(file.name)) return err(`"${file.name}" is there twice`);
    if (files.length === mostFiles) return err(`it has more than ${mostFiles} files`);
    const place = { ...file, at: at + BLOCK };
    const padding = tarPadding(file.size).length, next = place.at + file.size + padding;
    if (next > bytes) return err("the archive is cut off");
    if (!isZero(await readAt(next - padding, padding))) return err(`something stands behind "${file.name}"`);
    names.add(file.name);
    files.push(place);
    at = next;
  }
}

async function atEnd(readAt: ReadAt, at: number, bytes: number): Promise<boolean> {
  return bytes === at + TAR_END.length && isZero(await readAt(at, TAR_END.length));
}

/** Made again from what it says, a header must have the same bytes. */
function readHeader(header: Uint8Array): TarFile | undefined {
  const end = header.indexOf(0);
  const name = utf8Decode(header.subarray(0, end < 0 ? 0 : Math.min(end, NAME_BYTES)));
  const size = octalAt(header, 124), timeSeconds = octalAt(header, 136);
  if (name === undefined || name === "" || size === undefined || timeSeconds === undefined) return undefined;
  const again = tarHeader({ name, size, timeSeconds });
  return again?.every((byte, i) => byte === header[i]) ? { name, size, timeSeconds } : undefined;
}

function octalAt(header: Uint8Array, at: number): number | undefined {
  const text = utf8Decode(header.subarray(at, at + 11)) ?? "";
  return /^[0-7]{11}$/.test(text) ? parseInt(text, 8) : undefined;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
