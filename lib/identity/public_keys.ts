/** The public keys that lie in a ledger's folder: hints for a verifier, which trusts what it was given. */
import { Fault } from "../base/mod.ts";
import { readIfThere } from "./files.ts";
import { KEY_FILES, loadPublicKeyFile } from "./key_files.ts";
import { keyIdOf, publicKeyFromText } from "./keys.ts";

/** A public key and how entries name it. */
export interface NamedKey {
  readonly id: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface PublicKeys {
  /** Of signing.pub; absent where the file is. */
  readonly current: NamedKey | undefined;
  /** Keys that rotations retired, by id. */
  readonly retired: readonly NamedKey[];
  /** Names in keys/retired of what is not the key that its name says. */
  readonly odd: readonly string[];
}

// A folder with more rotations than this was filled by somebody else.
const MOST_RETIRED = 1_000;

/** Reads signing.pub and keys/retired. Nothing of it is trusted: whoever can write there can put a key. Throws Fault `key`. */
export async function loadPublicKeys(folder: string): Promise<PublicKeys> {
  const publicKey = await loadPublicKeyFile(folder);
  const current = publicKey && { id: keyIdOf(publicKey), publicKey };
  const retired: NamedKey[] = [], odd: string[] = [];
  for (const name of await namesIn(`${folder}/${KEY_FILES.retired}`)) {
    const key = await retiredKey(folder, name);
    // A rotation that a crash stopped retires the key in place a little early.
    if (key === undefined) odd.push(name);
    else if (key.id !== current?.id) retired.push(key);
  }
  return { current, retired, odd };
}

async function retiredKey(folder: string, name: string): Promise<NamedKey | undefined> {
  const [, id] = /^([0-9a-f]{16})\.pub$/.exec(name) ?? [];
  if (id === undefined) return undefined;
  try {
    const text = await readIfThere(`${folder}/${KEY_FILES.retired}/${name}`);
    const publicKey = text === undefined ? undefined : publicKeyFromText(text);
    return publicKey !== undefined && keyIdOf(publicKey) === id ? { id, publicKey } : undefined;
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "key") return undefined; // a hint that is none
    throw thrown;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      // What a crash left of a write is no key, and the next rotation takes it away.
      if (!name.endsWith(".new")) names.push(name);
      if (names.length === MOST_RETIRED) break;
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotADirectory)) {
      throw thrown;
    }
  }
  return names.sort();
}
