/** `doctor`: what is set up, whether it holds, and what to do where it does not. */
import { Fault } from "../base/mod.ts";
import { checkMode, type ServerConfig, systemFiles } from "../config/mod.ts";
import { loadPublicKeyFile, loadTokenKeys } from "../identity/mod.ts";
import { verifyLedger, type VerifyReport } from "../ledger/mod.ts";
import { initLedgerFolder, openLedgerReader, readPins } from "../store/mod.ts";
import { loadPolicy, type Policy } from "../policy/mod.ts";
import { checkProgram } from "../transport/mod.ts";
import { checkedSource } from "./agent_identity.ts";
import { expectWords } from "./args.ts";
import { buildKind, VERSION } from "./build_kind.ts";
import { type Command, EXIT, type Io } from "./command.ts";
import { keyCheck } from "./key_check.ts";
import { summaryOf } from "./pins/check.ts";
import { placeOf } from "./run/gateway/settings.ts";
import { paint, printable, type Style } from "./render.ts";
import { policySources, readSetup, type Setup } from "./setup.ts";

/** One line of the answer. `fix`: the exact command, or what to change. */
interface Check {
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  readonly fix?: string;
}

export const command: Command = {
  name: "doctor",
  summary: "say what is set up, and what to repair",
  usage: "[--config FILE] [--json]",
  flags: [
    { name: "config", kind: "string", value: "FILE", help: "look at this configuration" },
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign doctor
ok    program        countersign 0.1.0 (binary, Deno 2.9.6)
ok    configuration  /home/jane/project/countersign.toml
ok    policy         standard, sha256:5b0c…
ok    ledger folder  /home/jane/project/.countersign
ok    ledger         intact, 128 entries`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    const checks = await examine(io, args.text("config"));
    if (args.has("json")) io.out(`${JSON.stringify({ checks })}\n`);
    else io.out(checks.map((check) => rendered(check, io.terminal.out)).join(""));
    return checks.some(({ status }) => status === "fail") ? EXIT.no : EXIT.done;
  },
};

/** Every check there is; one that cannot be made is left out, as the one before it says why. */
async function examine(io: Io, flag: string | undefined): Promise<readonly Check[]> {
  const checks: Check[] = [programCheck()];
  const [setup, configuration] = configurationCheck(io, flag);
  checks.push(configuration);
  if (setup === undefined) return checks;
  checks.push(await policyCheck(setup, io));
  checks.push(...await identityCheck(setup));
  checks.push(...await Promise.all(setup.config.servers.map((server) => serverCheck(server, setup))));
  const folder = await folderCheck(setup, io);
  checks.push(folder, ...await keyCheck(setup.ledgerFolder, io));
  if (folder.status === "ok") checks.push(await ledgerCheck(setup), await pinsCheck(setup));
  return checks;
}

function programCheck(): Check {
  const detail = `countersign ${VERSION} (${buildKind()}, Deno ${Deno.version.deno}), ${Deno.execPath()}`;
  return { check: "program", status: "ok", detail };
}

function configurationCheck(
  io: Io,
  flag: string | undefined,
): readonly [setup: Setup | undefined, check: Check] {
  try {
    const setup = readSetup(io, flag);
    if (setup.file !== undefined) {
      return [setup, { check: "configuration", status: "ok", detail: setup.file }];
    }
    const detail = "none found: the defaults hold, and the ledger is in your data folder";
    return [setup, { check: "configuration", status: "warn", detail, fix: "countersign init" }];
  } catch (thrown) {
    return [undefined, failed("configuration", thrown)];
  }
}

async function policyCheck(setup: Setup, io: Io): Promise<Check> {
  try {
    const loaded = await loadPolicy(policySources(setup, [], io), {
      workingFolder: io.cwd(),
    });
    if (loaded.ok) return loadedPolicyCheck(loaded.value);
    const errors = loaded.error.filter(({ severity }) => severity === "error");
    const first = errors[0];
    const detail = `${errors.length} errors, the first at ${first?.file}:${first?.line}: ${first?.message}`;
    return { check: "policy", status: "fail", detail, fix: "countersign policy check" };
  } catch (thrown) {
    return failed("policy", thrown);
  }
}

function loadedPolicyCheck({ name, digest, warnings }: Policy): Check {
  const check = "policy", [first] = warnings;
  if (first === undefined) return { check, status: "ok", detail: `${name}, ${digest}` };
  const detail = `${name}, ${digest}; ${first.file}:${first.line}: ${first.message}`;
  return { check, status: "warn", detail, fix: first.hint };
}

/** The keys of agent tokens; nothing where none are configured. */
async function identityCheck({ config }: Setup): Promise<readonly Check[]> {
  const { required, tokens } = config.identity, check = "identity";
  if (tokens === undefined) return [];
  const source = checkedSource(tokens);
  if (!source.ok) {
    const { message, hint } = source.error;
    return [{ check, status: "fail", detail: message.replace(/^Cannot /, "cannot "), fix: hint }];
  }
  try {
    const keys = await loadTokenKeys(source.value);
    const held = keys.scheme === "hmac"
      ? "hmac, a shared secret"
      : `ed25519, ${keys.publicKeys.length} public key${keys.publicKeys.length === 1 ? "" : "s"}`;
    return [{ check, status: "ok", detail: `${held}; a token is ${required ? "required" : "not required"}` }];
  } catch (thrown) {
    return [failed(check, thrown)];
  }
}

/** One of `[servers.*]`: is its program there? What a URL leads to is asked when it is used. */
async function serverCheck(server: ServerConfig, { config }: Setup): Promise<Check> {
  const check = `server ${server.name}`;
  try {
    const place = placeOf(server, config);
    if (place.kind === "url") return { check, status: "ok", detail: place.address.origin };
    await checkProgram(place.command);
    return { check, status: "ok", detail: place.command.command };
  } catch (thrown) {
    return failed(check, thrown);
  }
}

/** Modes and owners of the ledger's folder, and the keys in it; makes nothing where nothing is. */
async function folderCheck({ ledgerFolder }: Setup, { env }: Io): Promise<Check> {
  const check = "ledger folder";
  if (systemFiles.isFile(`${ledgerFolder}/ledger.db`)) {
    try {
      const { key } = await initLedgerFolder(ledgerFolder, { env });
      return { check, status: "ok", detail: `${ledgerFolder}, signing key ${key}` };
    } catch (thrown) {
      return failed(check, thrown);
    }
  }
  const problem = checkMode(ledgerFolder, "folder", systemFiles);
  if (problem !== undefined) return { check, status: "fail", detail: problem.message, fix: problem.hint };
  const detail = `there is no ledger in ${ledgerFolder} yet: the first run makes it`;
  return { check, status: "warn", detail, fix: "countersign init" };
}

async function ledgerCheck({ ledgerFolder }: Setup): Promise<Check> {
  const check = "ledger";
  try {
    const publicKey = await loadPublicKeyFile(ledgerFolder);
    if (publicKey === undefined) {
      const detail = "the public key keys/signing.pub is missing";
      return { check, status: "fail", detail, fix: "restore it from a backup" };
    }
    const reader = await openLedgerReader(ledgerFolder);
    try {
      return verifiedCheck(await verifyLedger(reader.rows, { publicKeys: [publicKey] }));
    } finally {
      reader.close();
    }
  } catch (thrown) {
    return failed(check, thrown);
  }
}

/** What waits for a person's answer about tools: their calls are refused until then. */
async function pinsCheck({ config, ledgerFolder }: Setup): Promise<Check> {
  const check = "pins";
  if (!config.pins.enabled) {
    const fix = "take enabled = false out of [pins]";
    return { check, status: "warn", detail: "off: a tool that changes is not noticed", fix };
  }
  try {
    const { detail, waiting } = summaryOf(await readPins(ledgerFolder));
    if (waiting === 0) return { check, status: "ok", detail };
    return { check, status: "warn", detail, fix: "countersign pins diff" };
  } catch (thrown) {
    return failed(check, thrown);
  }
}

const HOLDS: readonly string[] = ["intact", "intact-open", "recovered"];

function verifiedCheck({ status, entries, finding }: VerifyReport): Check {
  const check = "ledger", count = `${status}, ${entries} entries`;
  if (HOLDS.includes(status)) return { check, status: "ok", detail: count };
  const detail = finding === undefined ? count : `${count}; ${finding.check}: ${finding.detail}`;
  return { check, status: "fail", detail, fix: "countersign verify" };
}

function failed(check: string, thrown: unknown): Check {
  if (!(thrown instanceof Fault)) throw thrown;
  const detail = thrown.message.replace(/^Cannot /, "cannot ");
  return { check, status: "fail", detail, ...(thrown.hint === undefined ? {} : { fix: thrown.hint }) };
}

const STYLES: Readonly<Record<Check["status"], Style>> = { ok: "green", warn: "yellow", fail: "red" };

function rendered({ check, status, detail, fix }: Check, terminal: boolean): string {
  const line = `${paint(status.padEnd(4), STYLES[status], terminal)}  ${check.padEnd(13)}  ${
    printable(detail)
  }\n`;
  return fix === undefined ? line : `${line}${" ".repeat(21)}do: ${printable(fix)}\n`;
}
