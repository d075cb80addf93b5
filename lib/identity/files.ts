/** Files of keys: whole or not there, owner-only from their first byte on, and still there after a loss of power. */
import { Fault, utf8, utf8Decode } from "../base/mod.ts";

export const OWNER_ONLY = 0o600;
// A key file has less than 1 KB; whatever is larger is none, and is not read into memory.
const MOST_BYTES = 16 * 1024;

/** Writes a file beside its place and moves it there: a crash leaves the old one, or the new one, and `<path>.new`. */
export async function writeWhole(path: string, text: string, mode: number = OWNER_ONLY): Promise<void> {
  const next = `${path}.new`;
  await removeIfThere(next);
  await writeNew(next, text, mode);
  await Deno.rename(next, path);
}

/** `createNew` never follows a link that somebody laid out, and never writes into a file with a looser mode. */
export async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await Deno.open(path, { createNew: true, write: true, mode });
  try {
    let rest: Uint8Array = utf8(text);
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    await file.sync();
  } finally {
    file.close();
  }
}

/** A key that a power failure takes away, after entries were signed with it, ends the ledger: names are synced, too. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  const folder = await Deno.open(path, { read: true });
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

/** The text of a key file; `undefined` where there is none. Throws Fault `key` for what cannot be one. */
export async function readIfThere(path: string): Promise<string | undefined> {
  const info = await infoIfThere(path);
  if (info === undefined) return undefined;
  // Before it is opened: to open a pipe waits until somebody writes to it.
  if (!info.isFile) throw noKeyFile(path, "it is not a file");
  if (info.size > MOST_BYTES) throw noKeyFile(path, `it has ${info.size} bytes, want at most ${MOST_BYTES}`);
  const text = utf8Decode(await Deno.readFile(path));
  if (text === undefined) throw noKeyFile(path, "it is not UTF-8 text");
  return text;
}

async function infoIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

function noKeyFile(path: string, cause: string): Fault {
  return new Fault("key", `Cannot read the key file "${path}": ${cause}`, {
    hint: "restore keys/ from a backup",
  });
}

/** Removes a file, if it is there. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}
