import { makeFolder } from "./folder_modes.ts";

const MAKING_LOCK = "making.lock";

/**
 * Runs `work` while no other process makes, opens or changes the keys of the ledger in `folder`. The system frees the lock
 * when its holder dies. Not for work that waits for a person.
 */
export async function underFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(folder);
  const lock = await Deno.open(`${folder}/${MAKING_LOCK}`, {
    create: true,
    read: true,
    write: true,
    mode: 0o600,
  });
  try {
    await lock.lock(true);
    return await work();
  } finally {
    lock.close();
  }
}
