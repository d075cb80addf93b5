/** Packs as they lie on a disk: a folder, or a tar. */
import { Fault, messageOf } from "../../base/mod.ts";
import { indexTar, isPackName, type PackFiles } from "../../ledger/evidence/mod.ts";

const PIECE_BYTES = 256 * 1024;
const MOST_FILES = 1_000_000;

/** The files of a pack, and what has to be closed afterwards. */
export interface OpenPack {
  readonly files: PackFiles;
  close(): void;
}

/**
 * Opens the pack at `path`. ATTACKER-CONTROLLED: nothing is written anywhere, links are refused, and only names that a pack
 * may have are ever opened. Throws Fault `usage` for what is no pack.
 */
export async function openPack(path: string): Promise<OpenPack> {
  const info = await Deno.stat(path).catch((thrown) => {
    throw notAPack(
      path,
      thrown instanceof Deno.errors.NotFound ? "there is nothing at that path" : messageOf(thrown),
    );
  });
  return info.isDirectory
    ? { files: await folderFiles(path), close: () => {} }
    : await openTar(path, info.size);
}

async function folderFiles(folder: string): Promise<PackFiles> {
  const sizes = new Map<string, number>();
  await list(folder, "", sizes);
  return { sizes, read: (name) => readPieces(`${folder}/${name}`) };
}

/** Everything below a folder, two levels deep: what is deeper, or is a link, belongs to no pack. */
async function list(folder: string, prefix: string, sizes: Map<string, number>): Promise<void> {
  for await (const { name } of Deno.readDir(`${folder}/${prefix}`)) {
    const info = await Deno.lstat(`${folder}/${prefix}${name}`);
    const path = `${prefix}${name}`;
    if (info.isDirectory && prefix === "") await list(folder, `${name}/`, sizes);
    else if (!info.isFile) {
      throw notAPack(folder, "it holds something that is neither a file nor a folder of a pack");
    } else if (!isPackName(path)) throw notAPack(folder, "it holds a file that no pack has");
    else sizes.set(path, info.size);
    if (sizes.size > MOST_FILES) throw notAPack(folder, `it holds more than ${MOST_FILES} files`);
  }
}

async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  const file = await Deno.open(path, { read: true });
  try {
    for (;;) {
      const piece = new Uint8Array(PIECE_BYTES);
      const length = await file.read(piece);
      if (length === null) return;
      yield piece.subarray(0, length);
    }
  } finally {
    file.close();
  }
}

async function openTar(path: string, bytes: number): Promise<OpenPack> {
  const file = await Deno.open(path, { read: true });
  const readAt = async (at: number, length: number) => {
    await file.seek(at, Deno.SeekMode.Start);
    return await readFully(file, length);
  };
  const index = await indexTar(readAt, bytes, { allows: isPackName, mostFiles: MOST_FILES });
  if (!index.ok) {
    file.close();
    throw notAPack(path, index.error);
  }
  const places = new Map(index.value.map((place) => [place.name, place]));
  const sizes = new Map(index.value.map(({ name, size }) => [name, size]));
  const read = async function* (name: string) {
    const { at, size } = places.get(name) ?? { at: 0, size: 0 };
    for (let done = 0; done < size;) {
      const piece = await readAt(at + done, Math.min(PIECE_BYTES, size - done));
      if (piece.length === 0) return; // cut off meanwhile: the digest of the file says so
      yield piece;
      done += piece.length;
    }
  };
  return { files: { sizes, read }, close: () => file.close() };
}

/** Fewer bytes only at the end of the file. */
async function readFully(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function notAPack(path: string, why: string): Fault {
  return new Fault("usage", `Cannot read the pack "${path}": ${why}`, {
    hint: "name a folder or a .tar that `countersign export` made; unpack other archives first",
  });
}
