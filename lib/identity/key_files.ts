import { Fault, utf8 } from "../base/mod.ts";
import {
  generateKeyTexts,
  generateTokenKeyTexts,
  keyIdOf,
  type Keys,
  keysFromTexts,
  publicKeyFromText,
  publicKeyText,
} from "./keys.ts";

/** Paths within the ledger's folder. */
export const KEY_FILES = {
  folder: "keys",
  signing: "keys/signing.key",
  public: "keys/signing.pub",
  blinding: "keys/blinding.key",
} as const;

const OWNER_ONLY = 0o600;
const FOR_ALL_TO_READ = 0o644;

/** Has the ledger's folder a signing key? */
export async function keyFilesExist(folder: string): Promise<boolean> {
  return await readIfThere(`${folder}/${KEY_FILES.signing}`) !== undefined;
}

/** The keys of a ledger's folder. Throws Fault `key`. */
export async function loadKeyFiles(folder: string): Promise<Keys> {
  const keys = keysFromTexts({
    signing: await readKey(folder, KEY_FILES.signing),
    blinding: await readKey(folder, KEY_FILES.blinding),
  });
  const published = await readIfThere(`${folder}/${KEY_FILES.public}`);
  if (published !== undefined && keyIdOf(publicKeyFromText(published)) !== keys.id) {
    throw new Fault(
      "key",
      `Cannot use the signing key: ${KEY_FILES.public} is the public half of another one`,
      { hint: "restore both files from one backup" },
    );
  }
  return keys;
}

/** The raw public key in the ledger's folder; `undefined` where there is no such file. Throws Fault `key`. */
export async function loadPublicKeyFile(folder: string): Promise<Uint8Array | undefined> {
  const text = await readIfThere(`${folder}/${KEY_FILES.public}`);
  return text === undefined ? undefined : publicKeyFromText(text);
}

/**
 * Makes the keys of a new ledger, each file with owner-only mode from its first byte on. The caller holds the folder's
 * lock. Each file appears whole: a crash leaves a `.new` file behind, which the next call replaces. The signing key
 * comes last: where it is, the set is complete.
 */
export async function createKeyFiles(folder: string): Promise<Keys> {
  const texts = generateKeyTexts();
  const keys = keysFromTexts(texts);
  await writeWhole(`${folder}/${KEY_FILES.blinding}`, texts.blinding);
  await writeWhole(`${folder}/${KEY_FILES.public}`, publicKeyText(keys.publicKey));
  await writeWhole(`${folder}/${KEY_FILES.signing}`, texts.signing);
  await syncFolder(`${folder}/${KEY_FILES.folder}`);
  return keys;
}

/** A key pair for agent tokens in its files. Trusted: whoever reads the private one can be any agent. */
export interface TokenKeyFiles {
  /** How tokens name the key. */
  readonly id: string;
  readonly privatePath: string;
  readonly publicPath: string;
}

/**
 * Makes `<name>.key` and `<name>.pub`. Throws Fault `usage` where one of them is there and `replace` is not set, or where
 * somebody else makes this pair right now. A crash leaves `<name>.key.new` behind and the old pair, or the new public half
 * beside the old private one: then the tokens of neither verify, and the next run says what is in the way.
 */
export async function createTokenKeyFiles(
  name: string,
  { replace }: { readonly replace: boolean },
): Promise<TokenKeyFiles> {
  const privatePath = `${name}.key`, publicPath = `${name}.pub`;
  const texts = generateTokenKeyTexts();
  // The new private half is the lock as well: two who make a pair at once must not end with a half of each.
  await claimNew(`${privatePath}.new`, texts.private);
  try {
    if (!replace) await refuseExisting([privatePath, publicPath]);
    await writeWhole(publicPath, texts.public, FOR_ALL_TO_READ);
    await Deno.rename(`${privatePath}.new`, privatePath);
  } catch (thrown) {
    await removeIfThere(`${privatePath}.new`);
    throw thrown;
  }
  return { id: texts.id, privatePath, publicPath };
}

async function claimNew(path: string, text: string): Promise<void> {
  try {
    await writeNew(path, text, OWNER_ONLY);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
    throw new Fault("usage", `Cannot make a key: there is a file "${path}"`, {
      hint: "another keygen is at work, or one was interrupted: remove that file if no other runs",
    });
  }
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    // Not followed: a link that leads nowhere is in the way, too.
    const there = await Deno.lstat(path).then(() => true, () => false);
    if (!there) continue;
    throw new Fault("usage", `Cannot make a key: there is a file "${path}"`, {
      hint: "choose another name with --out; --force replaces it, and every token of the old key ends",
    });
  }
}

async function writeWhole(path: string, text: string, mode: number = OWNER_ONLY): Promise<void> {
  const next = `${path}.new`;
  await removeIfThere(next);
  await writeNew(next, text, mode);
  await Deno.rename(next, path);
}

/** `createNew` never follows a link that somebody laid out, and never writes into a file with a looser mode. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const file = await Deno.open(path, { createNew: true, write: true, mode });
  try {
    let rest: Uint8Array = utf8(text);
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    await file.sync();
  } finally {
    file.close();
  }
}

/** A key that a power failure takes away, after entries were signed with it, ends the ledger: names are synced, too. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  const folder = await Deno.open(path, { read: true });
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

async function readKey(folder: string, name: string): Promise<string> {
  const text = await readIfThere(`${folder}/${name}`);
  if (text !== undefined) return text;
  throw new Fault("key", `Cannot open the ledger: ${name} is missing from "${folder}"`, {
    hint: "restore it from a backup; only a new folder gets new keys",
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}
