/**
 * The files of a key rotation. The caller holds the folder's lock, and asks the ledger whose its newest entry is: what is
 * in the files decides nothing. In order, with what a crash behind each step leaves:
 *
 * 1. `stageNextKey`: signing.key.next is there and on the disk, its name too. The ledger is the old key's: it is discarded.
 * 2. the commit of the ledger: its newest entry is the new key's. The old key is of no use any more; `putNextKey` is due.
 * 3. `putNextKey`, retired/<id>.pub, then signing.pub, then signing.key by a rename that takes the staged file away: as long
 *    as that is there, all of it is done again.
 */
import { readIfThere, removeIfThere, syncFolder, writeWhole } from "./files.ts";
import { KEY_FILES, keysWith, openText, openTexts, readStoredKeys } from "./key_files.ts";
import { generateKeyTexts, type Keys, keysFromTexts, publicKeyText } from "./keys.ts";
import { isProtected, type Passphrase } from "./protected_text.ts";

/** The key in place, and the one that a rotation staged. */
export interface StagedKeys {
  readonly current: Keys;
  readonly next: Keys;
}

/** Called behind each write, with its path; tests crash there. */
export type OnWritten = (path: string) => void;

/** Makes a new signing key beside the one in place, protected where that is. It has signed nothing yet. */
export async function stageNextKey(
  folder: string,
  current: Keys,
  passphrase: Passphrase | undefined,
): Promise<Keys> {
  const { signing } = generateKeyTexts();
  const inPlace = await readIfThere(`${folder}/${KEY_FILES.signing}`);
  const sealed = passphrase !== undefined && inPlace !== undefined && isProtected(inPlace)
    ? await passphrase.seal(signing, "signing")
    : signing;
  await writeWhole(`${folder}/${KEY_FILES.next}`, sealed);
  // Before the ledger is the new key's: a loss of power must not take the name away from it.
  await syncFolder(`${folder}/${KEY_FILES.folder}`);
  return keysWith(signing, current);
}

/** What a rotation that did not end left; `undefined` where none did. Throws Fault `key`. */
export async function loadStagedKeys(
  folder: string,
  passphrase: Passphrase | undefined,
): Promise<StagedKeys | undefined> {
  const staged = await readIfThere(`${folder}/${KEY_FILES.next}`);
  if (staged === undefined) return undefined;
  // signing.pub may be of either key by now: nobody asks it.
  const current = keysFromTexts(await openTexts(await readStoredKeys(folder), passphrase));
  const signing = await openText(staged, { use: "signing", name: KEY_FILES.next, passphrase });
  return { current, next: keysWith(signing, current) };
}

/** Puts the staged key in place: the ledger's newest entry is signed by it. May be done again and again. */
export async function putNextKey(
  folder: string,
  { current, next }: StagedKeys,
  written: OnWritten = () => {},
): Promise<void> {
  const retired = `${KEY_FILES.retired}/${current.id}.pub`;
  await makeRetired(`${folder}/${KEY_FILES.retired}`);
  await writeWhole(`${folder}/${retired}`, publicKeyText(current.publicKey));
  written(retired);
  await syncFolder(`${folder}/${KEY_FILES.retired}`);
  await writeWhole(`${folder}/${KEY_FILES.public}`, publicKeyText(next.publicKey));
  written(KEY_FILES.public);
  await syncFolder(`${folder}/${KEY_FILES.folder}`);
  await Deno.rename(`${folder}/${KEY_FILES.next}`, `${folder}/${KEY_FILES.signing}`);
  written(KEY_FILES.signing);
  await syncFolder(`${folder}/${KEY_FILES.folder}`);
}

async function makeRetired(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
  }
}

/** Takes a staged key away that the ledger knows nothing of. */
export async function discardNextKey(folder: string): Promise<void> {
  await removeIfThere(`${folder}/${KEY_FILES.next}`);
}
