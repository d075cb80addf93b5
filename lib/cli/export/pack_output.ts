/** Where a pack is written: a folder, or a folder that becomes a tar. */
import { Fault } from "../../base/mod.ts";
import { isPackName, type PackOutput, TAR_END, tarHeader, tarPadding } from "../../ledger/evidence/mod.ts";
import { beginPartial, createOwnFile, makeOwnFolder, type PartialOptions, writeAll } from "./whole_files.ts";

/**
 * Runs `write` with a place for a pack, and puts the pack at `path` once all of it is there and synced: a folder, or an
 * archive where the name ends in `.tar`. Throws Fault `usage` where something is there.
 */
export async function intoPack<T>(
  path: string,
  force: boolean,
  write: (output: PackOutput) => Promise<T>,
): Promise<T> {
  const options: PartialOptions = { force, what: "the pack", mayReplace: isPack };
  const folder = await beginPartial(path, options);
  const isTar = path.endsWith(".tar");
  const tar = isTar ? await beginPartial(path, options) : undefined;
  try {
    await makeOwnFolder(folder.path);
    const names: string[] = [];
    const answer = await write(folderOutput(folder.path, names));
    if (tar !== undefined) await archive(tar.path, folder.path, names);
    await (tar ?? folder).finish();
    return answer;
  } finally {
    await folder.abandon();
    await tar?.abandon();
  }
}

function folderOutput(folder: string, names: string[]): PackOutput {
  return {
    create: async (name) => {
      const path = `${folder}/${name}`;
      if (name.includes("/")) await makeOwnFolder(path.replace(/\/[^/]*$/, ""));
      const file = await createOwnFile(path);
      names.push(name);
      return {
        write: (bytes) => writeAll(file, bytes),
        close: async () => {
          // There may be thousands of checkpoints. One that a power failure takes away is missed by the manifest.
          if (!name.startsWith("checkpoints/")) await file.sync();
          file.close();
        },
      };
    },
  };
}

/** The manifest was written last, and is read first. */
async function archive(path: string, folder: string, names: readonly string[]): Promise<void> {
  const file = await createOwnFile(path);
  try {
    for (const name of names.toReversed()) await addFile(file, folder, name);
    await writeAll(file, TAR_END);
    await file.sync();
  } finally {
    file.close();
  }
}

async function addFile(archive: Deno.FsFile, folder: string, name: string): Promise<void> {
  using file = await Deno.open(`${folder}/${name}`, { read: true });
  const { size, mtime } = await file.stat();
  const header = tarHeader({ name, size, timeSeconds: Math.floor((mtime?.getTime() ?? 0) / 1000) });
  if (header === undefined) {
    throw new Fault("usage", "Cannot write the pack: an archive holds files of less than 8 GiB", {
      hint: "export into a folder: -o DIR",
    });
  }
  await writeAll(archive, header);
  for await (const piece of file.readable) await writeAll(archive, piece);
  await writeAll(archive, tarPadding(size));
}

/** Only what is a pack, and nothing else, may be replaced by one. */
async function isPack(path: string): Promise<boolean> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (!isDirectory) names.push(name);
    else for await (const inner of Deno.readDir(`${path}/${name}`)) names.push(`${name}/${inner.name}`);
  }
  return names.length === 0 || names.includes("manifest.json") && names.every(isPackName);
}
