/** Files and folders that appear whole or not at all, and replace nothing that nobody asked them to. */
import { Fault, utf8 } from "../../base/mod.ts";

/** Names and decisions stand in what is exported: it is the owner's to hand on. */
const FILE_MODE = 0o600, FOLDER_MODE = 0o700;

/** What is on its way to `path`. */
export interface Partial {
  /** Where to write. */
  readonly path: string;
  /** Puts it in its place. A crash before leaves a name that ends in `.partial`. */
  finish(): Promise<void>;
  /** Takes away what was begun. */
  abandon(): Promise<void>;
}

export interface PartialOptions {
  /** May it replace what is there? */
  readonly force: boolean;
  /** Said in a message, such as `the receipt`. */
  readonly what: string;
  /** Is what is there at `path` something that may be replaced? A folder of somebody's is not. */
  readonly mayReplace?: (path: string) => Promise<boolean>;
}

/** Begins a file or folder. Throws Fault `usage` where there is one already and it may not be replaced. */
export async function beginPartial(path: string, options: PartialOptions): Promise<Partial> {
  await refuseExisting(path, options);
  const partial = `${path}.${crypto.randomUUID().slice(0, 8)}.partial`;
  return {
    path: partial,
    finish: async () => {
      await refuseExisting(path, options);
      await moveOver(partial, path);
      await syncFolderOf(path);
    },
    abandon: () => Deno.remove(partial, { recursive: true }).catch(() => {}),
  };
}

/** A folder cannot be renamed over one that has files: that one goes aside first. */
async function moveOver(from: string, to: string): Promise<void> {
  const info = await Deno.lstat(to).catch(() => undefined);
  if (info?.isDirectory !== true) return await Deno.rename(from, to);
  const aside = `${to}.${crypto.randomUUID().slice(0, 8)}.old`;
  await Deno.rename(to, aside); // a crash behind this line leaves the old one under that name
  await Deno.rename(from, to);
  await Deno.remove(aside, { recursive: true });
}

async function refuseExisting(path: string, { force, what, mayReplace }: PartialOptions): Promise<void> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info === undefined) return;
  if (!force) {
    throw new Fault("usage", `Cannot write ${what}: there is something at "${path}"`, {
      hint: "choose another name, or add --force to replace it",
    });
  }
  if (info.isDirectory && mayReplace !== undefined && await mayReplace(path)) return;
  if (info.isFile) return;
  throw new Fault("usage", `Cannot write ${what}: "${path}" is there, and is none that could be replaced`, {
    hint: "choose another name",
  });
}

/** Makes a folder of our own. */
export async function makeOwnFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
}

/** Opens a new file of our own; never one that is there, or a link. */
export async function createOwnFile(path: string, mode = FILE_MODE): Promise<Deno.FsFile> {
  return await Deno.open(path, { createNew: true, write: true, mode });
}

/** Writes all of `bytes`. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

/** Writes a whole file. Throws Fault `usage` where there is one and `force` is not set. */
export async function writeWholeFile(path: string, text: string, options: PartialOptions): Promise<void> {
  const partial = await beginPartial(path, options);
  try {
    const file = await createOwnFile(partial.path);
    try {
      await writeAll(file, utf8(text));
      await file.sync();
    } finally {
      file.close();
    }
    await partial.finish();
  } catch (thrown) {
    await partial.abandon();
    throw thrown;
  }
}

/** A name is durable once its folder is. */
async function syncFolderOf(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  const folder = await Deno.open(path.replace(/[^/]*\/?$/, "") || ".", { read: true });
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}
