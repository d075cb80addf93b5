/** Puts a ledger together from a folder: modes, keys, store, locks. */
import { type Clock, Fault, type Result, systemClock } from "../base/mod.ts";
import { createKeyFiles, KEY_FILES, keyFilesExist, loadKeyFiles } from "../identity/mod.ts";
import {
  answerCall,
  HEAD_KEY,
  type Ledger,
  type LedgerDeps,
  type LedgerReader,
  ledgerReader,
  type LedgerStore,
  openLedger,
  type PersonsAnswer,
} from "../ledger/mod.ts";
import type { OpenRequest, Ref } from "../verdict/mod.ts";
import { checkFolder, makeFile, makeFolder, pathThere } from "./folder_modes.ts";
import { openKvStore } from "./kv_store.ts";
import { fileLocks, SESSION_FOLDER } from "./session_locks.ts";

const DATABASE = "ledger.db";
const MAKING_LOCK = "making.lock";

/** What `init` made, or found. */
export interface LedgerFolder {
  /** Key id of the signing key. */
  readonly key: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** False: it was there already. */
  readonly created: boolean;
}

/**
 * Opens the ledger in `request.folder` for one session, and makes what is missing of folder, keys and store, each with
 * owner-only modes from the first. Throws Fault `ledger` with the repairing command as hint where a mode is looser, an
 * owner is foreign or something is a symbolic link.
 */
export async function openLedgerFolder(request: OpenRequest, clock: Clock = systemClock): Promise<Ledger> {
  const { deps } = await openParts(request.folder, clock);
  try {
    return await openLedger(request, deps);
  } catch (thrown) {
    deps.store.close();
    throw thrown;
  }
}

/** Makes a ledger's folder, with keys and an empty store; leaves alone what is there. Throws as {@link openLedgerFolder}. */
export async function initLedgerFolder(folder: string): Promise<LedgerFolder> {
  const { deps, created } = await openParts(folder, systemClock);
  deps.store.close();
  return { key: deps.keys.id, publicKey: deps.keys.publicKey, created };
}

/** Opens the ledger in `folder` for reading. Modes are not looked at: an auditor's copy has whatever modes it has. */
export async function openLedgerReader(folder: string): Promise<LedgerReader> {
  const path = `${folder}/${DATABASE}`;
  // Looked for first: to open a store that is not there would make one.
  if (!await pathThere(path)) {
    throw new Fault("usage", `Cannot read the ledger: there is no ${DATABASE} in "${folder}"`, {
      hint: "name the ledger's folder, or make one with: countersign init",
    });
  }
  return ledgerReader(await openKvStore(path));
}

/** Answers a call that is held in the ledger in `folder`. The error is a phrase that says why there is nothing to answer. */
export async function answerHeld(folder: string, answer: PersonsAnswer): Promise<Result<Ref, string>> {
  (await openLedgerReader(folder)).close(); // says what is wrong where there is no ledger, and makes none
  const { deps } = await openParts(folder, systemClock);
  try {
    return await answerCall(deps, answer);
  } finally {
    deps.store.close();
  }
}

interface Parts {
  readonly deps: LedgerDeps;
  readonly created: boolean;
}

async function openParts(folder: string, clock: Clock): Promise<Parts> {
  await makeFolder(folder);
  await checkFolder(folder);
  const made = await makeParts(folder);
  const keys = await loadKeyFiles(folder);
  const store = await openKvStore(`${folder}/${DATABASE}`);
  return { deps: { store, keys, locks: fileLocks(folder), clock }, created: made };
}

/** Makes what is missing, under a lock: several processes may come upon the same new folder. True: it made the keys. */
async function makeParts(folder: string): Promise<boolean> {
  const lock = await Deno.open(`${folder}/${MAKING_LOCK}`, {
    create: true,
    read: true,
    write: true,
    mode: 0o600,
  });
  try {
    await lock.lock(true);
    await makeFolder(`${folder}/${KEY_FILES.folder}`);
    await makeFolder(`${folder}/${SESSION_FOLDER}`);
    // The file before its content: SQLite takes the mode of its companions (-wal, -shm) from it.
    const isNew = await makeFile(`${folder}/${DATABASE}`);
    if (await keyFilesExist(folder)) return false;
    if (!isNew) await checkEmpty(folder);
    await createKeyFiles(folder);
    return true;
  } finally {
    lock.close();
  }
}

/** New keys under old entries would end the chain: they are made only where nothing was signed yet. */
async function checkEmpty(folder: string): Promise<void> {
  const store: LedgerStore = await openKvStore(`${folder}/${DATABASE}`);
  try {
    if (await store.read("head", HEAD_KEY) === undefined && await store.read("entry", 0) === undefined) {
      return;
    }
  } finally {
    store.close();
  }
  throw new Fault("key", `Cannot open the ledger: it has entries, and ${KEY_FILES.signing} is missing`, {
    hint: "restore keys/ from a backup, or begin a new ledger in another folder",
  });
}
