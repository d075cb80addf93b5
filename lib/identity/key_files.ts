import { Fault, toHex } from "../base/mod.ts";
import { readIfThere, removeIfThere, syncFolder, writeWhole } from "./files.ts";
import {
  generateKeyTexts,
  keyIdOf,
  type Keys,
  keysFromTexts,
  type KeyTexts,
  publicKeyFromText,
  publicKeyText,
} from "./keys.ts";
import { isProtected, type Passphrase, type SecretUse } from "./protected_text.ts";

/** Paths within the ledger's folder. */
export const KEY_FILES = {
  folder: "keys",
  signing: "keys/signing.key",
  public: "keys/signing.pub",
  blinding: "keys/blinding.key",
  /** The signing key that a rotation is about to put in place. */
  next: "keys/signing.key.next",
  retired: "keys/retired",
} as const;

/** The texts of a ledger's key files, as they stand: read while nobody changes them, and opened later. */
export interface StoredKeys extends KeyTexts {
  /** Absent where the file is. */
  readonly public?: string;
}

/** Has the ledger's folder a signing key? */
export async function keyFilesExist(folder: string): Promise<boolean> {
  return await readIfThere(`${folder}/${KEY_FILES.signing}`) !== undefined;
}

/** The keys of a ledger's folder. Throws Fault `key`. */
export async function loadKeyFiles(folder: string, passphrase?: Passphrase): Promise<Keys> {
  return await openStoredKeys(await readStoredKeys(folder), passphrase);
}

/** Reads the key files, and opens nothing. Throws Fault `key` where one is missing. */
export async function readStoredKeys(folder: string): Promise<StoredKeys> {
  const published = await readIfThere(`${folder}/${KEY_FILES.public}`);
  return {
    signing: await readKey(folder, KEY_FILES.signing),
    blinding: await readKey(folder, KEY_FILES.blinding),
    ...published !== undefined && { public: published },
  };
}

/** The keys behind the texts of their files; `passphrase` is looked at where one of them is protected. Throws Fault `key`. */
export async function openStoredKeys(stored: StoredKeys, passphrase: Passphrase | undefined): Promise<Keys> {
  const keys = keysFromTexts(await openTexts(stored, passphrase));
  if (stored.public !== undefined && keyIdOf(publicKeyFromText(stored.public)) !== keys.id) {
    throw new Fault(
      "key",
      `Cannot use the signing key: ${KEY_FILES.public} is the public half of another one`,
      { hint: "restore both files from one backup" },
    );
  }
  return keys;
}

/** The secrets in the open. Throws Fault `key`. */
export async function openTexts(
  { signing, blinding }: KeyTexts,
  passphrase: Passphrase | undefined,
): Promise<KeyTexts> {
  return {
    signing: await openText(signing, { use: "signing", name: KEY_FILES.signing, passphrase }),
    blinding: await openText(blinding, { use: "blinding", name: KEY_FILES.blinding, passphrase }),
  };
}

interface Opening {
  readonly use: SecretUse;
  /** Of the file, for messages. */
  readonly name: string;
  readonly passphrase: Passphrase | undefined;
}

/** The secret in the text of a key file, protected or not. Throws Fault `key`. */
export async function openText(text: string, { use, name, passphrase }: Opening): Promise<string> {
  if (!isProtected(text)) return text;
  if (passphrase !== undefined) return await passphrase.open(text, use, name);
  throw new Fault("key", `Cannot open the protected key in ${name}: no passphrase is given`, {
    hint: "set COUNTERSIGN_KEY_PASSPHRASE to the passphrase of the keys",
  });
}

/** The raw public key in the ledger's folder; `undefined` where there is no such file. Throws Fault `key`. */
export async function loadPublicKeyFile(folder: string): Promise<Uint8Array | undefined> {
  const text = await readIfThere(`${folder}/${KEY_FILES.public}`);
  return text === undefined ? undefined : publicKeyFromText(text);
}

/**
 * Makes the keys of a new ledger, each file with owner-only mode from its first byte on, protected where there is a
 * passphrase. The caller holds the folder's lock. Each file appears whole: a crash leaves a `.new` file behind, which the
 * next call replaces. The signing key comes last: where it is, the set is complete. Throws Fault `key` for a passphrase
 * that is too short.
 */
export async function createKeyFiles(folder: string, passphrase?: Passphrase): Promise<Keys> {
  passphrase?.checkStrength();
  const texts = generateKeyTexts();
  const keys = keysFromTexts(texts);
  const sealed = (secret: string, use: SecretUse) => passphrase?.seal(secret, use) ?? secret;
  await writeWhole(`${folder}/${KEY_FILES.blinding}`, await sealed(texts.blinding, "blinding"));
  await writeWhole(`${folder}/${KEY_FILES.public}`, publicKeyText(keys.publicKey));
  await writeWhole(`${folder}/${KEY_FILES.signing}`, await sealed(texts.signing, "signing"));
  await syncFolder(`${folder}/${KEY_FILES.folder}`);
  return keys;
}

const LEFTOVERS: ReadonlySet<string> = new Set(
  [KEY_FILES.signing, KEY_FILES.public, KEY_FILES.blinding, KEY_FILES.next].map((path) => `${path}.new`),
);

/** What a crash in the middle of a write left beside the key files. The caller holds the folder's lock. */
export async function removeLeftovers(folder: string): Promise<void> {
  // A file that was about to be protected may stand there in the open.
  for await (const { name } of Deno.readDir(`${folder}/${KEY_FILES.folder}`)) {
    const path = `${KEY_FILES.folder}/${name}`;
    if (LEFTOVERS.has(path)) await removeIfThere(`${folder}/${path}`);
  }
}

/** Keys whose signing key is another one; the blinding key stays, or old digests could not be opened any more. */
export function keysWith(signing: string, { blinding }: Keys): Keys {
  return keysFromTexts({ signing, blinding: toHex(blinding) });
}

async function readKey(folder: string, name: string): Promise<string> {
  const text = await readIfThere(`${folder}/${name}`);
  if (text !== undefined) return text;
  throw new Fault("key", `Cannot open the ledger: ${name} is missing from "${folder}"`, {
    hint: "restore it from a backup; only a new folder gets new keys",
  });
}
