/** Whose the ledger's files are, and who else may touch them: nobody. */
import { Fault } from "../base/mod.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;

interface Problem {
  readonly what: string;
  readonly repair: string;
}

/** Makes a folder (and its parents) for the owner alone; leaves alone what is there. */
export async function makeFolder(path: string): Promise<void> {
  if (await pathThere(path)) return; // a worker may not look at, or make, what is above its folder
  await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
}

/** Makes an empty file for the owner alone. False: it was there. */
export async function makeFile(path: string): Promise<boolean> {
  try {
    // Made with its mode, not given it later: in between somebody could open it and keep it open.
    (await Deno.open(path, { createNew: true, write: true, mode: FILE_MODE })).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return false;
    throw thrown;
  }
}

/** Is there anything at `path`, be it a link to nowhere? */
export async function pathThere(path: string): Promise<boolean> {
  return await infoOf(path) !== undefined;
}

/**
 * Looks at the ledger's folder and everything in it. Throws Fault `ledger` that names the first problem; its hint
 * repairs all of them in one line.
 */
export async function checkFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return; // modes and owners are not what guards files there
  // The folder itself before anything is made in it: behind a link it may be anybody's.
  const outer = problemOf(folder, await Deno.lstat(folder), undefined);
  const problems = outer === undefined ? await problemsAt(folder, await ownUid(folder)) : [outer];
  const [first] = problems;
  if (first === undefined) return;
  throw new Fault("config", `Cannot open the ledger: ${first.what}`, {
    hint: problems.map(({ repair }) => repair).join(" && "),
  });
}

async function problemsAt(path: string, uid: number | undefined): Promise<readonly Problem[]> {
  const info = await infoOf(path);
  if (info === undefined) return [];
  const problem = problemOf(path, info, uid);
  if (problem !== undefined) return [problem];
  if (!info.isDirectory) return [];
  const problems: Problem[] = [];
  for await (const { name } of Deno.readDir(path)) problems.push(...await problemsAt(`${path}/${name}`, uid));
  return problems;
}

function problemOf(path: string, info: Deno.FileInfo, uid: number | undefined): Problem | undefined {
  const quoted = quote(path);
  if (info.isSymlink) {
    return {
      what: `"${path}" is a symbolic link`,
      repair: `t=$(readlink -f ${quoted}) && rm ${quoted} && mv "$t" ${quoted}`,
    };
  }
  if (uid !== undefined && info.uid !== null && info.uid !== uid) {
    return {
      what: `"${path}" belongs to user ${info.uid}, want ${uid}`,
      repair: `sudo chown ${uid} ${quoted}`,
    };
  }
  const mode = (info.mode ?? 0) & 0o777;
  if ((mode & OTHERS) === 0) return undefined;
  const want = info.isDirectory ? FOLDER_MODE : FILE_MODE;
  const [have, wanted] = [mode, want].map((bits) => bits.toString(8).padStart(4, "0"));
  return {
    what: `"${path}" has mode ${have}, want ${wanted}`,
    repair: `chmod ${want.toString(8)} ${quoted}`,
  };
}

/**
 * Our own user id. Taken from a file that we make, because a worker with nothing but this folder may not ask the system.
 * Throws Fault `ledger` where we may not even make one.
 */
async function ownUid(folder: string): Promise<number | undefined> {
  const path = `${folder}/.owner-${crypto.randomUUID()}`;
  try {
    await makeFile(path);
    const { uid } = await Deno.lstat(path);
    await Deno.remove(path);
    return uid ?? undefined;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.PermissionDenied)) throw thrown;
    throw new Fault(
      "config",
      `Cannot open the ledger: "${folder}" belongs to somebody else, or is read-only`,
      {
        hint: `sudo chown -R "$(id -u)" ${quote(folder)} && chmod 700 ${quote(folder)}`,
      },
    );
  }
}

/** What stands at `path`, links not followed; `undefined` where there is nothing. */
export async function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
