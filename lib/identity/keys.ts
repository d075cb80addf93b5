import type * as NodeCrypto from "node:crypto";
import { Fault, fromHex, randomBytes, sha256, toHex } from "../base/mod.ts";

/** Everything secret that the ledger's writer needs. It never leaves the thread that loaded it. */
export interface Keys {
  /** First 8 bytes of SHA-256 of the raw public key, in hex. */
  readonly id: string;
  /** Raw Ed25519 public key (RFC 8032), 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes that digests of payloads are keyed with. */
  readonly blinding: Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Keys as they stand in files. */
export interface KeyTexts {
  /** PKCS #8 in PEM. */
  readonly signing: string;
  /** 64 hex digits. */
  readonly blinding: string;
}

/** Loaded on the first use, as in lib/base/digest.ts: verifying a token at the start of `run` needs nothing of it. */
function nodeCrypto(): typeof NodeCrypto {
  // deno-lint-ignore no-process-global -- importing it by name would load what this function puts off
  return process.getBuiltinModule("node:crypto");
}

export const BLINDING_BYTES = 32;
// DER of SubjectPublicKeyInfo (RFC 8410) up to the 32 bytes of the key itself.
const SPKI_PREFIX = "302a300506032b6570032100";

/** New keys: as text for their files. */
export function generateKeyTexts(): KeyTexts {
  const { privateKey } = nodeCrypto().generateKeyPairSync("ed25519");
  return {
    signing: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    blinding: `${toHex(randomBytes(BLINDING_BYTES))}\n`,
  };
}

/** New keys that live in memory only. */
export function generateKeys(): Keys {
  return keysFromTexts(generateKeyTexts());
}

/** Keys from the texts of their files. Throws Fault `key`; its message has nothing of the texts. */
export function keysFromTexts({ signing, blinding }: KeyTexts): Keys {
  const privateKey = privateKeyFromPem(signing, LOST_KEY);
  const blindingKey = fromHex(blinding.trim());
  if (blindingKey?.length !== BLINDING_BYTES) {
    throw new Fault("key", `Cannot use the blinding key: want ${BLINDING_BYTES * 2} hex digits in its file`);
  }
  const { createPublicKey, sign } = nodeCrypto();
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  return {
    id: keyIdOf(publicKey),
    publicKey,
    blinding: blindingKey,
    sign: (message) => sign(null, message, privateKey),
  };
}

/** First 8 bytes of SHA-256 of the raw public key, in hex: how entries name their key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return toHex(sha256(publicKey).subarray(0, 8));
}

/** The text of a public key file: SubjectPublicKeyInfo in PEM, as every crypto library reads it. */
export function publicKeyText(publicKey: Uint8Array): string {
  const der = Uint8Array.from([...Uint8Array.fromHex(SPKI_PREFIX), ...publicKey]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toBase64()}\n-----END PUBLIC KEY-----\n`;
}

/** The raw key from {@link publicKeyText} or from 64 hex digits. Throws Fault `key`. */
export function publicKeyFromText(text: string): Uint8Array {
  const raw = fromHex(text.trim().toLowerCase());
  if (raw?.length === 32) return raw;
  const fromPem = publicKeyFromPem(text);
  if (fromPem !== undefined) return fromPem;
  throw new Fault(
    "key",
    "Cannot read the public key: want an Ed25519 public key in PEM, or 64 hex digits",
    { hint: "use the file keys/signing.pub of the ledger's folder" },
  );
}

const PEM_REGEXP = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/g;

/** The only such block of a text (RFC 7468, section 13); what stands around it is for people. */
function publicKeyFromPem(text: string): Uint8Array | undefined {
  const [block, second] = [...text.matchAll(PEM_REGEXP)];
  // A private key handed to a verifier is a mistake to name, also where its public half stands beside it.
  if (block === undefined || second !== undefined || text.includes("PRIVATE KEY")) return undefined;
  const prefix = Uint8Array.fromHex(SPKI_PREFIX);
  const der = derOf(block[1] ?? "");
  const isEd25519 = der?.length === prefix.length + 32 && prefix.every((byte, i) => der[i] === byte);
  return isEd25519 ? der.slice(prefix.length) : undefined;
}

function derOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined; // the only error it raises is "not base64"
  }
}

/** A new key pair for agent tokens: as texts for its files. */
export function generateTokenKeyTexts(): {
  readonly id: string;
  readonly private: string;
  readonly public: string;
} {
  const { privateKey, publicKey } = nodeCrypto().generateKeyPairSync("ed25519");
  const raw = rawPublicKey(publicKey);
  return {
    id: keyIdOf(raw),
    private: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    public: publicKeyText(raw),
  };
}

/** The key that signs agent tokens, from PKCS #8 in PEM, and how tokens name it. Throws Fault `key`. */
export async function tokenSigningKey(
  pem: string,
): Promise<{ readonly key: CryptoKey; readonly kid: string }> {
  const hint = "name the .key file that `countersign identity keygen` made";
  const privateKey = privateKeyFromPem(pem, hint);
  const der = Uint8Array.from(privateKey.export({ format: "der", type: "pkcs8" }));
  const key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]);
  return { key, kid: keyIdOf(rawPublicKey(nodeCrypto().createPublicKey(privateKey))) };
}

const LOST_KEY = "restore keys/signing.key from a backup; a new key cannot continue an old ledger";

function privateKeyFromPem(pem: string, hint: string): NodeCrypto.KeyObject {
  try {
    const key = nodeCrypto().createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // The library's message may quote the file. What is wrong with a key file is said without it.
  }
  throw new Fault("key", "Cannot use the signing key: its file is not an Ed25519 private key in PEM", {
    hint,
  });
}

function rawPublicKey(key: NodeCrypto.KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== "ed25519") throw new Fault("key", "Cannot use the key: it is not Ed25519");
  const der = key.export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(der.length - 32));
}
