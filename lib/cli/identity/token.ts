import { Fault, parseDuration, systemClock } from "../../base/mod.ts";
import { makeAgentToken, type TokenSigner } from "../../identity/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { askedForKey, readSecretFile, readSharedSecret, SECRET_FLAGS } from "./secrets.ts";

const DEFAULT_LIFETIME = "30d";
const MAX_LIFETIME_MS = 366 * 86_400_000;

/** `identity token`: a signed token on stdout, and nothing else. */
export async function makeToken(args: Args, io: Io): Promise<number> {
  const agentId = args.text("agent-id");
  if (agentId === undefined) throw usage("--agent-id is missing", "--agent-id support-bot");
  const lifetimeMs = readLifetime(args.text("expires") ?? DEFAULT_LIFETIME);
  const signer = await readSigner(args, io);
  const issuedMs = Math.floor(systemClock.nowMicros() / 1000);
  const what = { agentId, roles: args.list("role"), issuedMs, expiresMs: issuedMs + lifetimeMs };
  io.out(`${await askedForKey(() => makeAgentToken(what, signer))}\n`);
  return EXIT.done;
}

function readLifetime(text: string): number {
  const lifetime = parseDuration(text);
  if (!lifetime.ok) throw usage(`--expires is "${text}", which ${lifetime.error}`, "--expires 30d");
  if (lifetime.value >= 1000 && lifetime.value <= MAX_LIFETIME_MS) return lifetime.value;
  throw usage(`--expires is ${text}, and must be from 1s to 366d`, "--expires 30d");
}

const SCHEMES = ["ed25519", "hmac"];

async function readSigner(args: Args, io: Io): Promise<TokenSigner> {
  const key = args.text("key"), secret = SECRET_FLAGS.find((flag) => args.has(flag));
  if (key !== undefined && secret !== undefined) {
    throw usage(`--key and --${secret} are of two schemes`, "--key agents.key, or --secret-env AGENT_SECRET");
  }
  const found = key !== undefined ? "ed25519" : secret !== undefined ? "hmac" : undefined;
  const stated = args.text("scheme") ?? found;
  if (stated !== undefined && !SCHEMES.includes(stated)) {
    throw usage(`--scheme is "${stated}", and must be ed25519 or hmac`, "--scheme ed25519");
  }
  const flags = stated === "hmac" ? "--secret-env AGENT_SECRET" : "--key agents.key";
  if (found === undefined) throw usage("no key is named to sign it with", flags);
  if (stated !== found) throw usage(`--scheme ${stated} does not fit the key that is named`, flags);
  if (key === undefined) return { scheme: "hmac", secret: await readSharedSecret(args, io) };
  return { scheme: "ed25519", privateKey: await readSecretFile(key, io) };
}

function usage(cause: string, write: string): Fault {
  return new Fault("usage", `Cannot make a token: ${cause}`, { hint: `write ${write}` });
}
