/** `identity inspect`: what a token says, and whether it holds. */
import { Fault, formatDuration, type JsonObject, type JsonValue, systemClock } from "../../base/mod.ts";
import {
  AUDIENCE,
  loadTokenKeys,
  readTime,
  readUnproven,
  type TokenKeys,
  verifyAgentToken,
  wholeSeconds,
} from "../../identity/mod.ts";
import { checkedSource, TOKEN_VARIABLE } from "../agent_identity.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { paint, printable, renderList } from "../render.ts";
import { absolutePath, readSetup } from "../setup.ts";
import { askedForKey, readFile, readSharedSecret, SECRET_FLAGS } from "./secrets.ts";

/** Never throws for what is wrong with the token: that is the answer, with exit code 1. */
export async function inspectToken(args: Args, io: Io): Promise<number> {
  const keys = await readKeys(args, io);
  const token = (await readToken(args, io)).trim();
  const seen = await inspect(token, keys, Math.floor(systemClock.nowMicros() / 1000));
  io.out(args.has("json") ? `${JSON.stringify(seen)}\n` : asText(seen, io));
  if (!args.has("json") && seen.hint !== undefined) io.err(`hint: ${seen.hint}\n`);
  return seen.verified ? EXIT.done : EXIT.no;
}

/** Keys that the flags name, else those of the configuration; `undefined` where there are none. */
async function readKeys(args: Args, io: Io): Promise<TokenKeys | undefined> {
  const publicKey = args.text("public-key"), secret = SECRET_FLAGS.find((flag) => args.has(flag));
  if (publicKey !== undefined && secret !== undefined) {
    throw new Fault("usage", `Cannot verify a token: --public-key and --${secret} are of two schemes`);
  }
  if (secret !== undefined) return { scheme: "hmac", secret: await readSharedSecret(args, io) };
  if (publicKey !== undefined) {
    const publicKeys = [absolutePath(publicKey, io)];
    return await askedForKey(() => loadTokenKeys({ scheme: "ed25519", publicKeys }));
  }
  const { tokens } = readSetup(io, args.text("config")).config.identity;
  if (tokens === undefined) return undefined;
  // As `run` does: a key file that anybody could have changed vouches for nobody.
  const source = checkedSource(tokens);
  if (!source.ok) throw new Fault("usage", source.error.message, { hint: source.error.hint });
  return await askedForKey(() => loadTokenKeys(source.value));
}

// Longer input is no token, and is not read to its end.
const MAX_INPUT_CHARS = 65_536;

async function readToken(args: Args, io: Io): Promise<string> {
  const file = args.text("file");
  if (file !== undefined && file !== "-") return await readFile(file, io);
  const variable = file === undefined ? io.env(TOKEN_VARIABLE) : undefined;
  if (variable !== undefined && variable !== "") return variable;
  if (Deno.stdin.isTerminal()) {
    throw new Fault("usage", `Cannot inspect a token: there is none in ${TOKEN_VARIABLE} and none on stdin`, {
      hint: "countersign identity inspect --file token",
    });
  }
  let text = "";
  const decoder = new TextDecoder(); // not strict: what is not text is no token, and is said so
  for await (const chunk of Deno.stdin.readable) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_INPUT_CHARS) break;
  }
  return text;
}

/** The answer, as `--json` prints it. Claims of a token that is not verified prove nothing. */
interface Seen {
  readonly verified: boolean;
  /** Why not: a code, a sentence, what to do. */
  readonly reason?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly alg?: string;
  readonly kid?: string;
  /** As the token has them. ATTACKER-CONTROLLED. */
  readonly claims?: JsonObject;
  /** Milliseconds until it expires; negative where it has. */
  readonly left_ms?: number;
}

async function inspect(token: string, keys: TokenKeys | undefined, nowMs: number): Promise<Seen> {
  const unproven = readUnproven(token);
  if (!unproven.ok) {
    const { code, message, hint } = unproven.error;
    return { verified: false, reason: code, message, hint };
  }
  const expiresMs = readTime(unproven.value.claims.exp);
  const seen = { ...unproven.value, ...expiresMs !== undefined && { left_ms: expiresMs - nowMs } };
  if (keys === undefined) {
    const message = "Cannot verify the agent token: no key is named, and none is configured";
    return { verified: false, reason: "no-keys", message, hint: "name one with --public-key FILE", ...seen };
  }
  const agent = await verifyAgentToken(token, keys, { nowMs });
  if (agent.ok) return { verified: true, ...seen };
  const { code, message, hint } = agent.error;
  return { verified: false, reason: code, message, hint, ...seen };
}

function asText({ verified, message = "", alg, kid, claims, left_ms: leftMs }: Seen, io: Io): string {
  const rows: (readonly [string, string])[] = [];
  if (claims !== undefined) {
    rows.push(["agent", shown(claims.sub)], ["roles", listed(claims.roles)]);
    if (claims.aud !== AUDIENCE) rows.push(["for", listed(claims.aud)]);
    rows.push(["issued", shownTime(claims.iat)]);
    if (claims.nbf !== undefined) rows.push(["holds from", shownTime(claims.nbf)]);
    rows.push(["expires", `${shownTime(claims.exp)}${leftMs === undefined ? "" : `, ${away(leftMs)}`}`]);
  }
  if (alg !== undefined) {
    rows.push(["signed", `${printable(alg)}${kid === undefined ? "" : `, key ${printable(kid)}`}`]);
  }
  const cause = message.replace(/^Cannot [^:]*: /, "");
  rows.push([
    "verifies",
    verified ? paint("yes", "green", io.terminal.out) : `${paint("no", "red", io.terminal.out)}: ${cause}`,
  ]);
  return renderList(rows).replace(/^ {2}/gm, "");
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "-";
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}

function listed(value: JsonValue | undefined): string {
  if (!Array.isArray(value)) return shown(value);
  return value.length === 0 ? "-" : value.map((item) => shown(item)).join(", ");
}

function shownTime(value: JsonValue | undefined): string {
  const ms = readTime(value);
  return ms === undefined ? shown(value) : wholeSeconds(ms);
}

const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000];

/** `in 29d23h` or `3h5m ago`: two units are enough for a person. */
function away(leftMs: number): string {
  const length = Math.abs(leftMs);
  const largest = UNITS_MS.findIndex((unit) => length >= unit);
  const smallest = UNITS_MS[Math.min(largest + 1, UNITS_MS.length - 1)] ?? 1000;
  const text = largest < 0 ? "less than 1s" : formatDuration(Math.floor(length / smallest) * smallest);
  return leftMs > 0 ? `in ${text}` : `${text} ago`;
}
