import { err, Fault, ok, type Result, utf8 } from "../base/mod.ts";
import { publicKeyFromText } from "./keys.ts";

/**
 * What tokens are verified with; public keys are raw Ed25519 keys (RFC 8032), 32 bytes each. Keys of one scheme, so that the bytes of a public key can never be taken for a secret.
 * Trusted: whoever knows `secret` can make tokens; whoever knows a public key cannot.
 */
export type TokenKeys =
  | { readonly scheme: "ed25519"; readonly publicKeys: readonly Uint8Array[] }
  | { readonly scheme: "hmac"; readonly secret: Uint8Array };

/** RFC 7518, section 3.2: a key for HS256 has at least the size of the hash. Bytes. */
export const MIN_SECRET_BYTES = 32;

/**
 * The bytes of a shared secret: its text in UTF-8, without a line break at its end, which files have. The error is a
 * phrase to put behind what the secret is called; it has nothing of the secret.
 */
export function secretFromText(text: string): Result<Uint8Array, string> {
  const secret = utf8(text.replace(/\r?\n$/, ""));
  if (text.includes("-----BEGIN")) {
    // A public key is known to everybody: as a secret, it would let everybody make tokens (the downgrade of RFC 8725).
    return err("is a key in PEM and no shared secret");
  }
  if (secret.length >= MIN_SECRET_BYTES) return ok(secret);
  return err(`has ${secret.length} bytes, and must have at least ${MIN_SECRET_BYTES}`);
}

/** Where keys come from, as the configuration names it. Files: paths. */
export type TokenSource =
  | { readonly scheme: "ed25519"; readonly publicKeys: readonly string[] }
  | {
    readonly scheme: "hmac";
    readonly secret:
      | { readonly kind: "env"; readonly variable: string; readonly value: string }
      | { readonly kind: "file"; readonly path: string };
  };

/** Reads the keys. Throws Fault `key` that names the file or the variable, and nothing of what is in it. */
export async function loadTokenKeys(source: TokenSource): Promise<TokenKeys> {
  if (source.scheme === "ed25519") {
    return { scheme: "ed25519", publicKeys: await Promise.all(source.publicKeys.map(readPublicKey)) };
  }
  const { secret } = source;
  const [name, text] = secret.kind === "env"
    ? [`the variable ${secret.variable}`, secret.value]
    : [`"${secret.path}"`, await readText(secret.path)];
  const read = secretFromText(text);
  if (read.ok) return { scheme: "hmac", secret: read.value };
  throw new Fault("key", `Cannot use the shared secret: ${name} ${read.error}`, {
    hint: "make one with: openssl rand -base64 48",
  });
}

async function readPublicKey(path: string): Promise<Uint8Array> {
  const text = await readText(path);
  try {
    return publicKeyFromText(text);
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const isPrivate = text.includes("PRIVATE KEY");
    throw new Fault(
      "key",
      `Cannot use the public key "${path}": ${
        isPrivate ? "it is a private key" : "it is not an Ed25519 public key in PEM or 64 hex digits"
      }`,
      {
        hint: isPrivate
          ? "name the .pub file beside it, and keep this one away from here"
          : "name the .pub file that `countersign identity keygen` made",
      },
    );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (thrown) {
    throw new Fault("key", `Cannot read the key: ${reasonFor(thrown, path)}`, {
      hint: "make one with: countersign identity keygen",
      cause: thrown,
    });
  }
}

function reasonFor(thrown: unknown, path: string): string {
  if (thrown instanceof Deno.errors.NotFound) return `there is no file "${path}"`;
  if (thrown instanceof Deno.errors.IsADirectory) return `"${path}" is a folder`;
  if (thrown instanceof Deno.errors.PermissionDenied) return `"${path}" may not be opened`;
  return `"${path}" cannot be read`;
}
