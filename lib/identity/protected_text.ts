/**
 * A secret text under a passphrase: Argon2id (RFC 9106) makes the key, AES-256-GCM (NIST SP 800-38D) seals the text. The
 * file is text of a form of our own; who can write to the folder can change it, so it is ATTACKER-CONTROLLED: strict form,
 * bounded cost. Trusted: whoever has the file and the passphrase has the secret.
 *
 *     countersign/protected-key/v1
 *     for signing
 *     argon2id m=65536 t=3 p=1 salt=<32 hex digits>
 *     aes-256-gcm nonce=<24 hex digits>
 *     <base64 of the sealed text and its tag>
 *     sha256 <64 hex digits>
 *
 * The first four lines are the cipher's additional data; the last one is the hash of all before it, so that a damaged file
 * is told apart from a wrong passphrase, before 64 MiB are filled.
 */
import { Fault, fromHex, randomBytes, sha256Hex, toHex, utf8, utf8Decode } from "../base/mod.ts";

/** What the secret is for: a file that was put in the place of another does not open. */
export type SecretUse = "signing" | "blinding";

/** Cost of the key derivation: memory in KiB, passes, lanes. */
interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

interface Sealed {
  /** The lines that are additional data, each with its line feed. */
  readonly header: string;
  readonly cost: Cost;
  /** Hex. */
  readonly salt: string;
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly box: Uint8Array<ArrayBuffer>;
}

const DOMAIN = "countersign/protected-key/";
const VERSION = "v1";
// RFC 9106, section 4: the second recommended option, with one lane: ours is computed on one thread, and so is a guess.
const COST: Cost = { memoryKib: 64 * 1024, passes: 3, lanes: 1 };
// What a file may ask for. Below ours nothing was made by us; above, a hostile file would take the machine's memory.
const MOST: Cost = { memoryKib: 256 * 1024, passes: 8, lanes: 4 };
const KEY_BYTES = 32, SALT_BYTES = 16, NONCE_BYTES = 12;
/** In code points (NIST SP 800-63B asks for as many). */
const MIN_PASSPHRASE = 8;

const FORM_REGEXP =
  /^(countersign\/protected-key\/v1\nfor (signing|blinding)\nargon2id m=([1-9]\d{0,7}) t=([1-9]\d{0,2}) p=([1-9]\d?) salt=([0-9a-f]{32})\naes-256-gcm nonce=([0-9a-f]{24})\n)([A-Za-z0-9+/]{22,8192}={0,2})\nsha256 ([0-9a-f]{64})\n$/;

/** Is the text of a key file one that {@link Passphrase.seal} made, of whatever version? */
export function isProtected(text: string): boolean {
  return text.startsWith(DOMAIN);
}

/** A passphrase, and the keys that were derived from it so far: one derivation opens all files that share a salt. */
export class Passphrase {
  readonly #text: string;
  readonly #keys = new Map<string, Promise<CryptoKey>>();
  #salt: string | undefined;

  /** `undefined` for a passphrase that is not set, or is empty. It is compared in Unicode's composed form (NFC). */
  static from(text: string | undefined): Passphrase | undefined {
    return text === undefined || text === "" ? undefined : new Passphrase(text);
  }

  constructor(text: string) {
    this.#text = text.normalize("NFC");
  }

  /** Throws Fault `key` for a passphrase that is too short to protect anything. What was sealed with one still opens. */
  checkStrength(): void {
    const length = [...this.#text].length;
    if (length >= MIN_PASSPHRASE) return;
    throw new Fault(
      "key",
      `Cannot protect the keys: the passphrase is too short, want at least ${MIN_PASSPHRASE} characters`,
      {
        hint: "make one with: openssl rand -base64 24",
      },
    );
  }

  /** The text of a protected file. */
  async seal(secret: string, use: SecretUse): Promise<string> {
    // One salt for the files of one folder: what opens them is one secret, and fills its 64 MiB once.
    const salt = this.#salt ??= toHex(randomBytes(SALT_BYTES));
    const nonce = randomBytes(NONCE_BYTES);
    const header = headerOf(use, salt, nonce);
    const key = await this.#key(COST, salt);
    const box = await crypto.subtle.encrypt(cipher(header, nonce), key, utf8(secret));
    const body = `${header}${new Uint8Array(box).toBase64()}\n`;
    return `${body}sha256 ${sha256Hex(utf8(body))}\n`;
  }

  /** The secret in a protected file; `name` is the file's, for messages. Throws Fault `key`, which says nothing of it. */
  async open(text: string, use: SecretUse, name: string): Promise<string> {
    const sealed = readSealed(text, use, name);
    const key = await this.#key(sealed.cost, sealed.salt);
    const secret = await unsealed(sealed, key);
    if (secret === undefined) throw wrongPassphrase(name);
    if (costText(sealed.cost) === costText(COST)) this.#salt ??= sealed.salt;
    return secret;
  }

  #key(cost: Cost, salt: string): Promise<CryptoKey> {
    const name = `${costText(cost)} ${salt}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const made = deriveKey(this.#text, cost, salt);
    this.#keys.set(name, made);
    return made;
  }
}

/** Loaded only when a key file is protected: nobody else pays for it at the start. */
async function deriveKey(
  passphrase: string,
  { memoryKib, passes, lanes }: Cost,
  salt: string,
): Promise<CryptoKey> {
  const { argon2id } = await import("hash-wasm");
  const bytes = await argon2id({
    password: utf8(passphrase),
    salt: Uint8Array.fromHex(salt),
    memorySize: memoryKib,
    iterations: passes,
    parallelism: lanes,
    hashLength: KEY_BYTES,
    outputType: "binary",
  });
  return await crypto.subtle.importKey("raw", Uint8Array.from(bytes), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}

function costText({ memoryKib, passes, lanes }: Cost): string {
  return `argon2id m=${memoryKib} t=${passes} p=${lanes}`;
}

function headerOf(use: SecretUse, salt: string, nonce: Uint8Array): string {
  return `${DOMAIN}${VERSION}\nfor ${use}\n${costText(COST)} salt=${salt}\naes-256-gcm nonce=${
    toHex(nonce)
  }\n`;
}

function cipher(header: string, nonce: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv: nonce, additionalData: utf8(header), tagLength: 128 };
}

async function unsealed({ header, nonce, box }: Sealed, key: CryptoKey): Promise<string | undefined> {
  try {
    return utf8Decode(new Uint8Array(await crypto.subtle.decrypt(cipher(header, nonce), key, box)));
  } catch (thrown) {
    if (thrown instanceof DOMException) return undefined; // the tag does not fit, and nothing more is said
    throw thrown;
  }
}

function readSealed(text: string, use: SecretUse, name: string): Sealed {
  if (!text.startsWith(`${DOMAIN}${VERSION}\n`)) throw damaged(name, "it is of another version than v1");
  const parts = FORM_REGEXP.exec(text);
  if (parts === null) throw damaged(name, "it has not the form of one");
  const [, header = "", found, m, t, p, salt = "", nonce = "", base64 = "", sum] = parts;
  if (sha256Hex(utf8(`${header}${base64}\n`)) !== sum) throw damaged(name, "its checksum does not fit");
  if (found !== use) throw damaged(name, `it is a key for ${found}, want one for ${use}`);
  const cost = { memoryKib: Number(m), passes: Number(t), lanes: Number(p) };
  const bounds = (["memoryKib", "passes", "lanes"] as const).every((each) =>
    cost[each] >= COST[each] && cost[each] <= MOST[each]
  );
  if (!bounds) {
    throw damaged(name, `it asks for ${costText(cost)}, want ${costText(COST)} to ${costText(MOST)}`);
  }
  const box = boxOf(base64), iv = fromHex(nonce);
  if (box === undefined || iv === undefined) throw damaged(name, "it has not the form of one");
  return { header, cost, salt, nonce: iv, box };
}

function boxOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
  } catch {
    return undefined; // the only error it raises is "not base64"
  }
}

function damaged(name: string, cause: string): Fault {
  return new Fault("key", `Cannot open the protected key in ${name}: ${cause}`, {
    hint: "restore keys/ from a backup",
  });
}

function wrongPassphrase(name: string): Fault {
  return new Fault("key", `Cannot open the protected key in ${name}: the passphrase does not fit`, {
    hint: "set COUNTERSIGN_KEY_PASSPHRASE to the passphrase that the keys were protected with",
  });
}
