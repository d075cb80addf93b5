/** One lock file a session, in the ledger's folder: `flock` on it is free once its process is dead, however it died. */
import { pause } from "../base/mod.ts";
import { removeIfThere } from "../identity/mod.ts";
import type { SessionLocks } from "../ledger/mod.ts";

/** Where the lock files are, within the ledger's folder. */
export const SESSION_FOLDER = "sessions";

const OWNER_ONLY = 0o600;
// A worker that is being restarted may find the lock of its own session in the hands of the one that just died.
const HOLD_TRIES = 20;
const HOLD_NAP_MS = 50;

/** Locks in `folder`/sessions, which exists. */
export function fileLocks(folder: string): SessionLocks {
  const held = new Map<string, Deno.FsFile>();
  const pathOf = (session: string) => `${folder}/${SESSION_FOLDER}/${session}.lock`;
  const take = async (session: string): Promise<boolean> => {
    const mine = held.get(session);
    if (mine !== undefined && await stillNamed(mine, pathOf(session))) return true;
    // Somebody removed the file: a lock on a name that is gone tells nobody that we live.
    mine?.close();
    held.delete(session);
    const file = await lockedFile(pathOf(session));
    if (file === undefined) return false;
    held.set(session, file);
    return true;
  };
  return {
    hold: async (session) => {
      for (let tries = 1; tries < HOLD_TRIES; tries++) {
        if (await take(session)) return true;
        await pause(HOLD_NAP_MS);
      }
      return await take(session);
    },
    claim: take,
    known: async () => {
      const files = await Array.fromAsync(Deno.readDir(`${folder}/${SESSION_FOLDER}`));
      return files.map(({ name }) => name.replace(/\.lock$/, ""));
    },
    release: async (session) => {
      // The name goes first: whoever opens the file in between has a lock on a name that is gone, and sees it.
      await removeIfThere(pathOf(session));
      held.get(session)?.close();
      held.delete(session);
    },
  };
}

async function lockedFile(path: string): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(path, { create: true, read: true, write: true, mode: OWNER_ONLY });
  if (await file.tryLock(true) && await stillNamed(file, path)) return file;
  file.close();
  return undefined;
}

/** A lock on a file that was removed meanwhile is worth nothing: the next one would make, and lock, a new file. */
async function stillNamed(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [ours, named] = await Promise.all([file.stat(), Deno.lstat(path)]);
    return ours.ino === named.ino && ours.dev === named.dev;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}
