import { Fault } from "../../base/mod.ts";
import type { SegmentTarget } from "../../ledger/evidence/mod.ts";
import { writeAll } from "./whole_files.ts";

const PIECE_BYTES = 256 * 1024;
const READ_ONLY = 0o400;
const NAME_REGEXP = /^segment-[0-9r-]+\.jsonl?$/;

/**
 * Segments in a folder, which may be on a medium that takes nothing back: files are made once under their last name, synced,
 * and read-only from the start. Nothing is renamed or removed. Throws Fault `usage` where there is no such folder.
 */
export async function folderTarget(folder: string): Promise<SegmentTarget> {
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info?.isDirectory !== true) {
    throw new Fault("usage", `Cannot append to the archive: there is no folder "${folder}"`, {
      hint: "make it first, with the retention that it needs",
    });
  }
  return {
    list: () => listFolder(folder),
    read: (name) => readPieces(`${folder}/${name}`),
    create: (name, bytes) => createOnce(folder, name, bytes),
  };
}

async function listFolder(folder: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && NAME_REGEXP.test(name)) sizes.set(name, (await Deno.lstat(`${folder}/${name}`)).size);
  }
  return sizes;
}

async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  for (;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const length = await file.read(piece);
    if (length === null) return;
    yield piece.subarray(0, length);
  }
}

/** A crash here leaves a file that is cut off, under a name that nobody uses again. */
async function createOnce(folder: string, name: string, bytes: Uint8Array): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(`${folder}/${name}`, { createNew: true, write: true, mode: READ_ONLY });
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return false;
    throw thrown;
  }
  try {
    await writeAll(file, bytes);
    await file.sync();
  } finally {
    file.close();
  }
  await syncFolder(folder);
  return true;
}

/** A name is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  using file = await Deno.open(folder, { read: true });
  await file.sync();
}
