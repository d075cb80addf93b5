/** Rotation and protection of a ledger's keys: files under the folder's lock, and the ledger that says whose it is. */
import { systemClock } from "../base/mod.ts";
import {
  KEY_FILES,
  loadKeyFiles,
  type OnWritten,
  passphraseFrom,
  passphraseToProtectWith,
  protectKeyFiles,
  putNextKey,
  stageNextKey,
  unprotectKeyFiles,
} from "../identity/mod.ts";
import { rotateKey } from "../ledger/mod.ts";
import type { Principal } from "../verdict/mod.ts";
import { underFolderLock } from "./folder_lock.ts";
import { checkFolder } from "./folder_modes.ts";
import { DATABASE, openKvStore } from "./kv_store.ts";
import { type FolderOptions, openLedgerReader } from "./ledger_folder.ts";
import { fileLocks } from "./session_locks.ts";
import { settleRotation } from "./settle_rotation.ts";

export interface RotationOptions extends FolderOptions {
  /** Whoever answers for the agent whose ledger this is, as entries have it. */
  readonly principal: Principal;
  /** Who asks for it. */
  readonly by?: string;
  /** Of checkpoints, as configured. */
  readonly origin?: string;
  /** Called behind each step that survives a crash; tests crash there. */
  readonly written?: OnWritten;
}

/** What a rotation did. Ids are those of keys. */
export interface RotatedKey {
  readonly old: string;
  readonly next: string;
  /** The entry that says so. */
  readonly seq: number;
}

/**
 * Replaces the signing key of the ledger in `folder`. Throws Fault `usage` where there is no ledger or sessions run. A crash
 * anywhere leaves a ledger that the next opening settles: it is the old key's, or the new one's, by whose its head is.
 */
export async function rotateSigningKey(folder: string, options: RotationOptions): Promise<RotatedKey> {
  const { env, clock = systemClock, principal, by, origin, written = () => {} } = options;
  return await withKeyFiles(folder, async () => {
    const passphrase = passphraseFrom(env);
    await settleRotation(folder, passphrase);
    const keys = await loadKeyFiles(folder, passphrase);
    const store = await openKvStore(`${folder}/${DATABASE}`);
    try {
      const prepare = async () => {
        const next = await stageNextKey(folder, keys, passphrase);
        written(KEY_FILES.next);
        return next;
      };
      const deps = { store, keys, locks: fileLocks(folder), clock };
      // A refusal behind `prepare` leaves the staged key: whether it came into force is for the next opening to read.
      const { seq, next } = await rotateKey(deps, {
        principal,
        prepare,
        ...by !== undefined && { by },
        ...origin !== undefined && { origin },
      });
      written(DATABASE);
      await putNextKey(folder, { current: keys, next }, written);
      return { old: keys.id, next: next.id, seq };
    } finally {
      store.close();
    }
  });
}

/** Protects the key files with the passphrase of the environment. False: they were. Throws Fault `key` or `usage`. */
export async function protectKeys(folder: string, { env }: FolderOptions = {}): Promise<boolean> {
  return await withKeyFiles(folder, async () => {
    const passphrase = passphraseToProtectWith(passphraseFrom(env));
    await settleRotation(folder, passphrase);
    return await protectKeyFiles(folder, passphrase);
  });
}

/** Takes the protection off the key files. False: there was none. Throws Fault `key` or `usage`. */
export async function unprotectKeys(folder: string, { env }: FolderOptions = {}): Promise<boolean> {
  return await withKeyFiles(folder, async () => {
    const passphrase = passphraseFrom(env);
    await settleRotation(folder, passphrase);
    return await unprotectKeyFiles(folder, passphrase);
  });
}

/** Under the lock of a ledger's folder whose modes are right. Throws Fault `usage` where there is no ledger. */
async function withKeyFiles<T>(folder: string, work: () => Promise<T>): Promise<T> {
  (await openLedgerReader(folder)).close(); // says what is wrong where there is no ledger, and makes none
  await checkFolder(folder);
  return await underFolderLock(folder, work);
}
