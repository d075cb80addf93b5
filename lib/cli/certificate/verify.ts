/** `certificate verify`: offline, with keys that the auditor trusts. */
import { Fault, systemClock } from "../../base/mod.ts";
import {
  type Certificate,
  type CertificateProblem,
  checkCertificate,
  readJwks,
} from "../../ledger/evidence/mod.ts";
import { publicKeyFromText } from "../../identity/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { paint, printable } from "../render.ts";
import { absolutePath } from "../setup.ts";

const MAX_BYTES = 1024 * 1024;

/** Never throws for what is wrong with the certificate: that is the answer, with exit code 1. */
export async function verifyFile(args: Args, io: Io): Promise<number> {
  const path = args.words[1];
  if (path === undefined) {
    throw usage("the file is missing", "countersign certificate verify FILE --public-key KEY");
  }
  const publicKeys = await keysFrom(args, io);
  const token = (await readText(path, io)).trim();
  const nowSeconds = Math.floor(systemClock.nowMicros() / 1e6);
  const checked = checkCertificate(token, { publicKeys, nowSeconds });
  const claims = checked.ok ? checked.value : checked.error.claims;
  if (args.has("json")) {
    const problem = checked.ok ? {} : { reason: checked.error.reason, message: checked.error.detail };
    io.out(`${JSON.stringify({ valid: checked.ok, ...problem, ...claims && { claims } })}\n`);
  } else {
    io.out(checked.ok ? asText(checked.value, io) : problemText(checked.error, io));
  }
  return checked.ok ? EXIT.done : EXIT.no;
}

async function keysFrom(args: Args, io: Io): Promise<readonly Uint8Array[]> {
  const jwks = args.text("jwks"), named = args.list("public-key");
  if (jwks === undefined && named.length === 0) {
    throw usage("no key is named that is trusted", "--jwks FILE, or --public-key KEY");
  }
  const keys = await Promise.all(named.map((key) => publicKeyNamed(key, io)));
  if (jwks === undefined) return keys;
  const read = readJwks(await readText(jwks, io));
  if (read.ok) return [...keys, ...read.value];
  throw usage(
    `"${jwks}" cannot be used: ${read.error}`,
    "countersign key show --jwks prints the public keys",
  );
}

async function publicKeyNamed(key: string, io: Io): Promise<Uint8Array> {
  try {
    return publicKeyFromText(/^[0-9a-fA-F]{64}$/.test(key) ? key : await readText(key, io));
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "key") throw thrown;
    throw usage(`"${key}" is no public key`, "--public-key takes a PEM file, or 64 hex digits");
  }
}

async function readText(path: string, io: Io): Promise<string> {
  try {
    const info = await Deno.stat(absolutePath(path, io));
    if (info.size > MAX_BYTES) throw usage(`"${path}" is too long`, "name the certificate");
    return await Deno.readTextFile(absolutePath(path, io));
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw usage(`there is no readable file "${path}"`, "countersign certificate --help");
  }
}

function asText(
  { entries, pruned = 0, period, integrity, decisions, exp, sub }: Certificate,
  io: Io,
): string {
  const word = paint("valid", "green", io.terminal.out);
  const said = Object.entries(decisions).map(([name, count]) => `${printable(name)} ${count}`).join(", ");
  const until = new Date(exp * 1000).toISOString().slice(0, 10);
  return `${word} ${entries} entries from ${day(period.since)} to ${day(period.until)}, ` +
    `ledger ${printable(integrity.status)}\n  decisions  ${said}\n` +
    (pruned === 0
      ? ""
      : `  pruned     ${pruned} more, of which nothing is known but that they were there\n`) +
    `  ledger     ${printable(sub)}\n` +
    `  holds      until ${until}\n`;
}

function problemText({ reason, detail }: CertificateProblem, io: Io): string {
  return `${paint("invalid", "red", io.terminal.out)} ${reason}: ${detail}\n`;
}

function day(time: string): string {
  return printable(time.slice(0, 10));
}

function usage(cause: string, hint: string): Fault {
  return new Fault("usage", `Cannot verify the certificate: ${cause}`, { hint });
}
