import { SESSION_FOLDER } from "../../store/mod.ts";

/**
 * Does a process hold the lock of this session? Asked with a shared lock that is given back at once: nothing is made and
 * nothing is written. On an auditor's copy nobody holds anything, and the answer is no.
 */
export async function isRunning(folder: string, session: string): Promise<boolean> {
  // A session id comes from an entry: never a path.
  if (!/^[0-9a-f-]{36}$/.test(session)) return false;
  try {
    using file = await Deno.open(`${folder}/${SESSION_FOLDER}/${session}.lock`, { read: true });
    return !await file.tryLock(false);
  } catch {
    return false; // no lock file, or none that may be read: nobody who could be asked
  }
}
