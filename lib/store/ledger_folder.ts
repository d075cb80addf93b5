/** Puts a ledger together from a folder: modes, keys, store, locks. */
import { type Clock, Fault, type Result, systemClock } from "../base/mod.ts";
import {
  createKeyFiles,
  KEY_FILES,
  keyFilesExist,
  openStoredKeys,
  type Passphrase,
  passphraseFrom,
  readStoredKeys,
  type ReadVariable,
  type StoredKeys,
} from "../identity/mod.ts";
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
  SharedLedger,
} from "../ledger/mod.ts";
import type { LedgerPlace, OpenRequest, Ref } from "../verdict/mod.ts";
import { underFolderLock } from "./folder_lock.ts";
import { checkFolder, makeFile, makeFolder, pathThere } from "./folder_modes.ts";
import { DATABASE, openKvStore } from "./kv_store.ts";
import { withMirror } from "./mirror_file.ts";
import { fileLocks, SESSION_FOLDER } from "./session_locks.ts";
import { settleRotation } from "./settle_rotation.ts";

/** What a ledger's folder is opened with, beside what lies in it. */
export interface FolderOptions {
  readonly clock?: Clock;
  /** Where the passphrase of the keys is read; the environment of this process where it is left out. */
  readonly env?: ReadVariable;
}

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
 * owner-only modes from the first. Throws Fault `config` with the repairing command as hint where a mode is looser, an
 * owner is foreign or something is a symbolic link; Fault `key` where the keys do not open, with a passphrase or without.
 */
export async function openLedgerFolder(request: OpenRequest, options: FolderOptions = {}): Promise<Ledger> {
  return await withParts(request.folder, options, (deps) => openLedger(request, withMirror(deps, request)));
}

/** A ledger that is open for any number of sessions. */
export interface SharedFolder {
  readonly shared: SharedLedger;
  /** Those that it was opened with, in the order of the requests. */
  readonly ledgers: readonly Ledger[];
}

/**
 * Opens the ledger in a folder for the sessions of `requests`, which may be none, and for those that begin later. Throws as
 * {@link openLedgerFolder}.
 */
export async function shareLedgerFolder(
  place: LedgerPlace,
  requests: readonly OpenRequest[] = [],
  options: FolderOptions = {},
): Promise<SharedFolder> {
  const own = requests.flatMap(({ resume }) => resume === undefined ? [] : [resume]);
  return await withParts(place.folder, options, async (deps) => {
    const shared = await SharedLedger.open(withMirror(deps, place), { origin: place.origin, own });
    return { shared, ledgers: await shared.beginAll(requests) };
  });
}

/** Makes a ledger's folder, with keys and an empty store; leaves alone what is there. Throws as {@link openLedgerFolder}. */
export async function initLedgerFolder(folder: string, options: FolderOptions = {}): Promise<LedgerFolder> {
  const { deps, created } = await openParts(folder, options);
  deps.store.close();
  return { key: deps.keys.id, publicKey: deps.keys.publicKey, created };
}

/** Opens the ledger in `folder` for reading. Modes are not looked at: an auditor's copy has whatever modes it has. */
export async function openLedgerReader(folder: string): Promise<LedgerReader> {
  return ledgerReader(await openLedgerStore(folder));
}

/** The rows of the ledger in `folder`, without its keys. Throws Fault `usage` where there is no ledger. */
export async function openLedgerStore(folder: string): Promise<LedgerStore> {
  const path = `${folder}/${DATABASE}`;
  // Looked for first: to open a store that is not there would make one.
  if (!await pathThere(path)) {
    throw new Fault("usage", `Cannot read the ledger: there is no ${DATABASE} in "${folder}"`, {
      hint: "name the ledger's folder, or make one with: countersign init",
    });
  }
  return await openKvStore(path);
}

/** Answers a call that is held in the ledger in `folder`. The error is a phrase that says why there is nothing to answer. */
export async function answerHeld(
  folder: string,
  answer: PersonsAnswer,
  options: FolderOptions = {},
): Promise<Result<Ref, string>> {
  return await withLedger(folder, (deps) => answerCall(deps, answer), options);
}

/**
 * Runs `work` with the parts of the ledger in `folder`, keys included, and closes it. For what signs without a session.
 * Throws Fault `usage` where there is no ledger, and as {@link openLedgerFolder}.
 */
export async function withLedger<T>(
  folder: string,
  work: (deps: LedgerDeps) => Promise<T>,
  options: FolderOptions = {},
): Promise<T> {
  (await openLedgerReader(folder)).close(); // says what is wrong where there is no ledger, and makes none
  return await withParts(folder, options, async (deps) => {
    const answer = await work(deps);
    deps.store.close();
    return answer;
  });
}

/** Runs `work` with the parts of a ledger, which are closed only where it throws. */
async function withParts<T>(
  folder: string,
  options: FolderOptions,
  work: (deps: LedgerDeps) => Promise<T>,
): Promise<T> {
  const first = await openParts(folder, options);
  try {
    return await work(first.deps);
  } catch (thrown) {
    first.deps.store.close();
    if (!(thrown instanceof Fault) || thrown.code !== "key") throw thrown;
    // The key may have been rotated between our reading it and our first commit; this opening waits for the end of that.
    const { deps } = await openParts(folder, options);
    try {
      if (deps.keys.id === first.deps.keys.id) throw thrown;
      return await work(deps);
    } catch (again) {
      deps.store.close();
      throw again;
    }
  }
}

interface Parts {
  readonly deps: LedgerDeps;
  readonly created: boolean;
}

async function openParts(folder: string, { clock = systemClock, env }: FolderOptions): Promise<Parts> {
  const passphrase = passphraseFrom(env);
  await makeFolder(folder);
  await checkFolder(folder);
  const { created, stored } = await underFolderLock(folder, () => makeParts(folder, passphrase));
  // Not under the lock: a passphrase costs each process a quarter of a second, and they need not queue for it.
  const keys = await openStoredKeys(stored, passphrase);
  const store = await openKvStore(`${folder}/${DATABASE}`);
  return { deps: { store, keys, locks: fileLocks(folder), clock }, created };
}

interface MadeParts {
  /** True: the keys were made here. */
  readonly created: boolean;
  readonly stored: StoredKeys;
}

/** Makes what is missing, under the lock: several processes may come upon the same new folder. */
async function makeParts(folder: string, passphrase: Passphrase | undefined): Promise<MadeParts> {
  await makeFolder(`${folder}/${KEY_FILES.folder}`);
  await makeFolder(`${folder}/${SESSION_FOLDER}`);
  // The file before its content: SQLite takes the mode of its companions (-wal, -shm) from it.
  const isNew = await makeFile(`${folder}/${DATABASE}`);
  const created = !await keyFilesExist(folder);
  if (created) {
    if (!isNew) await checkEmpty(folder);
    await createKeyFiles(folder, passphrase);
  } else await settleRotation(folder, passphrase);
  return { created, stored: await readStoredKeys(folder) };
}

/** New keys under old entries would end the chain: they are made only where nothing was signed yet. */
async function checkEmpty(folder: string): Promise<void> {
  const store = await openKvStore(`${folder}/${DATABASE}`);
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
