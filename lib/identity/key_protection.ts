/** Puts a passphrase on a ledger's key files, and takes it off. The caller holds the folder's lock. */
import { Fault } from "../base/mod.ts";
import { readIfThere, syncFolder, writeWhole } from "./files.ts";
import { KEY_FILES, openText, readStoredKeys, removeLeftovers } from "./key_files.ts";
import { isProtected, type Passphrase, type SecretUse } from "./protected_text.ts";

/** Which of the secrets are protected at rest. `mixed`: a crash came in between; the same command again ends it. */
export type Protection = "plain" | "protected" | "mixed";

const SECRETS: readonly (readonly [use: SecretUse, path: string])[] = [
  ["blinding", KEY_FILES.blinding],
  ["signing", KEY_FILES.signing],
];

/** Whether the key files are protected; `undefined` where one of them is missing. Opens neither. Throws Fault `key`. */
export async function keyProtection(folder: string): Promise<Protection | undefined> {
  const states: boolean[] = [];
  for (const [, path] of SECRETS) {
    const text = await readIfThere(`${folder}/${path}`);
    if (text === undefined) return undefined;
    states.push(isProtected(text));
  }
  if (states.every((state) => state)) return "protected";
  return states.some((state) => state) ? "mixed" : "plain";
}

/**
 * Protects the files that are not. Each is replaced whole: a crash leaves one protected and one plain, both of which open
 * with this passphrase. False: all were protected, with this passphrase. Throws Fault `key`.
 */
export async function protectKeyFiles(folder: string, passphrase: Passphrase): Promise<boolean> {
  passphrase.checkStrength();
  const sealed = (secret: string, use: SecretUse) => passphrase.seal(secret, use);
  return await rewrite(folder, passphrase, { skip: isProtected, write: sealed });
}

/** Takes the protection off. A crash leaves what {@link protectKeyFiles} leaves. False: none was. Throws Fault `key`. */
export async function unprotectKeyFiles(
  folder: string,
  passphrase: Passphrase | undefined,
): Promise<boolean> {
  const open = (secret: string) => Promise.resolve(secret);
  return await rewrite(folder, passphrase, { skip: (text) => !isProtected(text), write: open });
}

interface Rewriting {
  readonly skip: (text: string) => boolean;
  readonly write: (secret: string, use: SecretUse) => Promise<string>;
}

async function rewrite(
  folder: string,
  passphrase: Passphrase | undefined,
  { skip, write }: Rewriting,
): Promise<boolean> {
  await removeLeftovers(folder);
  const stored = await readStoredKeys(folder);
  // All are opened before the first is written: files of two passphrases would open with neither.
  const secrets: (readonly [use: SecretUse, path: string, secret: string])[] = [];
  for (const [use, path] of SECRETS) {
    const secret = await openText(stored[use], { use, name: path, passphrase });
    if (!skip(stored[use])) secrets.push([use, path, secret]);
  }
  for (const [use, path, secret] of secrets) {
    await writeWhole(`${folder}/${path}`, await write(secret, use));
  }
  await syncFolder(`${folder}/${KEY_FILES.folder}`);
  return secrets.length > 0;
}

/** Throws Fault `key` where there is no passphrase to protect with. */
export function passphraseToProtectWith(passphrase: Passphrase | undefined): Passphrase {
  if (passphrase !== undefined) return passphrase;
  throw new Fault("key", "Cannot protect the keys: no passphrase is given", {
    hint: "set COUNTERSIGN_KEY_PASSPHRASE; make one with: openssl rand -base64 24",
  });
}
