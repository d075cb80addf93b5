/** `key show`: everything about the key that is no secret. Opens no secret, so it needs no passphrase. */
import { Fault, toHex } from "../../base/mod.ts";
import type { NamedKey, Protection, PublicKeys } from "../../identity/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";

/** Prints the ledger's public key, in words and PEM, as JSON or as a key set. */
export async function showKey(args: Args, io: Io): Promise<number> {
  if (args.has("json") && args.has("jwks")) {
    throw new Fault("usage", "Cannot show the key: --json and --jwks are both given", {
      hint: "name one of them",
    });
  }
  const folder = await ledgerFolderFor(args, io);
  const { keyProtection, loadPublicKeys } = await import("../../identity/mod.ts");
  const keys = await loadPublicKeys(folder), { current } = keys;
  if (current === undefined) throw noKey(folder);
  if (args.has("jwks")) {
    io.out(`${JSON.stringify({ keys: [current, ...keys.retired].map(jwk) })}\n`);
    return EXIT.done;
  }
  const shown: Shown = {
    ...keys,
    current,
    // Whoever has the public half alone, as an auditor does, has nothing to protect.
    protection: await keyProtection(folder),
    verifier: await verifierKey(
      current,
      await configuredOrigin(folder, args, io) ?? await usedOrigin(folder, current),
    ),
  };
  io.out(args.has("json") ? `${JSON.stringify(asJson(shown))}\n` : await asText(shown));
  return EXIT.done;
}

interface Shown extends PublicKeys {
  readonly current: NamedKey;
  readonly protection: Protection | undefined;
  /** As C2SP's signed-note has it. */
  readonly verifier: string;
}

function noKey(folder: string): Fault {
  return new Fault("usage", `Cannot show the key: there is no keys/signing.pub in "${folder}"`, {
    hint: "name the ledger's folder, or make one with: countersign init",
  });
}

/** RFC 8037, section 2. */
function jwk({ id, publicKey }: NamedKey) {
  const x = publicKey.toBase64({ alphabet: "base64url", omitPadding: true });
  return { kty: "OKP", crv: "Ed25519", x, kid: id, use: "sig", alg: "EdDSA" };
}

/** What the configuration calls the log, if it is this ledger's. */
async function configuredOrigin(folder: string, args: Args, io: Io): Promise<string | undefined> {
  if (args.has("ledger") && !args.has("config")) return undefined;
  const { readSetup } = await import("../setup.ts");
  const { config, ledgerFolder } = readSetup(io, args.text("config"));
  return ledgerFolder === folder ? config.ledger.origin : undefined;
}

/** What its own checkpoints call it; a ledger of which only the keys are here has none. */
async function usedOrigin(folder: string, { publicKey }: NamedKey): Promise<string | undefined> {
  const [{ openLedgerReader }, { originInUse }] = await Promise.all([
    import("../../store/mod.ts"),
    import("../../ledger/mod.ts"),
  ]);
  if (await Deno.lstat(`${folder}/ledger.db`).then(() => false, () => true)) return undefined;
  const reader = await openLedgerReader(folder);
  try {
    return await originInUse(reader.rows, publicKey);
  } finally {
    reader.close();
  }
}

async function verifierKey({ id, publicKey }: NamedKey, origin?: string): Promise<string> {
  const { formatVerifierKey, logVerifierKey } = await import("../../ledger/mod.ts");
  return formatVerifierKey(logVerifierKey(origin ?? `countersign/${id}`, publicKey));
}

function asJson({ current, protection, verifier, retired }: Shown) {
  return {
    key: current.id,
    public_key: toHex(current.publicKey),
    verifier_key: verifier,
    protection: protection ?? null,
    retired: retired.map(({ id, publicKey }) => ({ key: id, public_key: toHex(publicKey) })),
  };
}

const PROTECTED: Readonly<Record<Protection, string>> = {
  plain: "no",
  protected: "yes, by a passphrase",
  mixed: "in part: countersign key protect",
};

async function asText({ current, protection, verifier, retired }: Shown): Promise<string> {
  const { publicKeyText } = await import("../../identity/mod.ts");
  const ids = retired.map(({ id }) => id);
  return `key        ${current.id}
protected  ${protection === undefined ? "the private key is not here" : PROTECTED[protection]}
retired    ${ids.length === 0 ? "none" : ids.join(", ")}
verifier   ${verifier}
${publicKeyText(current.publicKey)}`;
}
