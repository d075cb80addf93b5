/** From the text of `countersign.toml` to a configuration, or to everything that is wrong with it. */
import { err, ok, type Result } from "../base/mod.ts";
import {
  type Diagnostic,
  DiagnosticSink,
  type Field,
  type Fields,
  readFields,
  readToml,
  type TableNode,
} from "../diagnostic/mod.ts";
import type { Config, GuardrailsSource, LedgerConfig, PolicyRef } from "./config.ts";
import type { ConfigContext, Known } from "./context.ts";
import { dirname, resolvePath } from "./paths.ts";
import { ATTESTATION_FIELDS, readAttestation } from "./read_attestation.ts";
import { readIdentity, secretVariable } from "./read_identity.ts";
import { PINS_FIELDS, readPins } from "./read_pins.ts";
import { LISTEN_FIELDS, readListen } from "./read_listen.ts";
import { readScan } from "./read_scan.ts";
import { readServerEnv, readServerHeaders, readServerUrl, type ServerEnvContext } from "./read_server_env.ts";
import { readServers } from "./read_servers.ts";
import {
  AGENT_FIELDS,
  CONFIG_FIELDS,
  LIMITS_FIELDS,
  POLICY_FIELDS,
  REFUSAL_FIELDS,
  SERVER_FIELDS,
} from "./schema.ts";
import { LEDGER_FIELDS } from "./schema_ledger.ts";

export interface ConfigOptions {
  /** Absolute path of the file: relative paths in it are taken from its folder. Absent: they stay as they are. */
  readonly file?: string;
  readonly text: string;
  /** For `${VAR}` in secret fields; absent: they are checked in their form and stay as they are. */
  readonly env?: (name: string) => string | undefined;
  /** What names may be checked against, where the caller knows it. */
  readonly known?: Known;
}

const DEFAULTS = {
  agentId: "agent",
  ledgerPath: ".countersign",
  maxFrameBytes: 16 * 1024 * 1024,
  holdTimeoutMs: 300_000,
  drainTimeoutMs: 30_000,
  askTimeoutMs: 2000,
};

/** Reads the configuration whole or not at all; the error holds all of its diagnostics. Pure over the text. */
export function loadConfig(options: ConfigOptions): Result<Config, readonly Diagnostic[]> {
  const { file, text, env, known = {} } = options;
  const sink = new DiagnosticSink(file ?? "countersign.toml", text);
  const table = readToml(text, sink);
  const folder = file === undefined ? undefined : dirname(file);
  const config = table === undefined ? undefined : readConfig(table, text, { sink, folder, env, known });
  if (config === undefined || sink.hasErrors) return err(sink.found);
  return ok({ ...config, warnings: sink.found });
}

function readConfig(table: TableNode, text: string, context: ConfigContext): Omit<Config, "warnings"> {
  const fields = readFields(table, CONFIG_FIELDS, { sink: context.sink, where: "countersign.toml" });
  const section = (key: string, rows: readonly Field[]) => readSection(fields, key, rows, context);
  const policy = section("policy", POLICY_FIELDS);
  const identity = readIdentity(fields.table("identity"), context);
  const guardrails = readGuardrails(fields, text, context);
  const ofServers = { ...context, withheld: secretVariable(identity) };
  return {
    agent: readAgent(section("agent", AGENT_FIELDS)),
    policies: readPolicies(policy, context),
    policy: { watch: policy?.boolean("watch") ?? false },
    ...(guardrails === undefined ? {} : { guardrails }),
    ledger: readLedger(section("ledger", LEDGER_FIELDS), context),
    identity,
    scan: readScan(fields.table("scan"), context),
    pins: readPins(section("pins", PINS_FIELDS)),
    attestation: readAttestation(section("attestation", ATTESTATION_FIELDS)),
    limits: readLimits(section("limits", LIMITS_FIELDS)),
    listen: readListen(section("listen", LISTEN_FIELDS), context),
    refusal: { style: section("refusal", REFUSAL_FIELDS)?.text("style") === "error" ? "error" : "result" },
    server: readServer(section("server", SERVER_FIELDS), ofServers),
    servers: readServers(serversIn(fields, context), ofServers),
  };
}

function readSection(
  fields: Fields,
  key: string,
  rows: readonly Field[],
  { sink }: ConfigContext,
): Fields | undefined {
  const table = fields.table(key);
  return table === undefined ? undefined : readFields(table, rows, { sink, where: `[${key}]` });
}

function readAgent(fields: Fields | undefined): Config["agent"] {
  const authorizedBy = fields?.text("authorized_by");
  return {
    id: fields?.text("id") ?? DEFAULTS.agentId,
    ...(authorizedBy === undefined ? {} : { authorizedBy }),
  };
}

/** A bare word is a bundled policy, everything with a dot or a slash is a file. */
const BUNDLED_REGEXP = /^[a-z][a-z0-9-]*$/;

function readPolicies(
  fields: Fields | undefined,
  { sink, folder, known }: ConfigContext,
): readonly PolicyRef[] {
  return (fields?.texts("files") ?? []).map(({ at, value }) => {
    if (!BUNDLED_REGEXP.test(value)) return { kind: "file", path: resolvePath(folder, value) };
    if (known.policies?.includes(value) === false) {
      const hint = `bundled are ${known.policies.join(", ")}; a file of that name is written "./${value}"`;
      sink.error(at, `no bundled policy has the name "${value}"`, hint);
    }
    return { kind: "bundled", name: value };
  });
}

function readLedger(fields: Fields | undefined, { folder }: ConfigContext): LedgerConfig {
  const path = (key: string) => {
    const text = fields?.text(key);
    return text === undefined ? undefined : resolvePath(folder, text);
  };
  const witnesses = path("witnesses"), jsonl = path("jsonl");
  const retentionMs = fields?.durationMs("retention"), origin = fields?.text("origin");
  return {
    path: path("path") ?? resolvePath(folder, DEFAULTS.ledgerPath),
    record: fields?.text("record") === "full" ? "full" : "metadata",
    ...retentionMs === undefined ? {} : { retentionMs },
    ...origin === undefined ? {} : { origin },
    ...witnesses === undefined ? {} : { witnesses },
    ...jsonl === undefined ? {} : { jsonl },
  };
}

function readLimits(fields: Fields | undefined): Config["limits"] {
  return {
    maxFrameBytes: fields?.integer("max_frame_bytes") ?? DEFAULTS.maxFrameBytes,
    holdTimeoutMs: fields?.durationMs("hold_timeout") ?? DEFAULTS.holdTimeoutMs,
    drainTimeoutMs: fields?.durationMs("drain_timeout") ?? DEFAULTS.drainTimeoutMs,
    askTimeoutMs: fields?.durationMs("ask_timeout") ?? DEFAULTS.askTimeoutMs,
  };
}

function readServer(fields: Fields | undefined, context: ServerEnvContext): Config["server"] {
  const name = fields?.text("name"), inheritEnv = fields?.boolean("inherit_env");
  const url = readServerUrl(fields?.node("url"), context);
  return {
    ...(name === undefined ? {} : { name }),
    ...(inheritEnv === undefined ? {} : { inheritEnv }),
    env: readServerEnv(fields?.node("env"), context),
    ...(url === undefined ? {} : { url }),
    headers: readServerHeaders(fields?.node("headers"), context),
    translate: fields?.boolean("translate") ?? true,
  };
}

/** The servers of a gateway; beside them nothing can be said of the one upstream, for there is none. */
function serversIn(fields: Fields, { sink }: ConfigContext): TableNode | undefined {
  const servers = fields.table("servers");
  if (servers !== undefined && fields.has("server")) {
    const hint = "move what it says to [servers.NAME]";
    sink.error(fields.keyAt("server"), "[server] is for one upstream, and [servers] names several", hint);
  }
  return servers;
}

/** Its rules are the policy loader's to check: it gets the whole text, so that places stay right. */
function readGuardrails(fields: Fields, text: string, { sink }: ConfigContext): GuardrailsSource | undefined {
  if (fields.table("guardrails") === undefined) return undefined;
  return { name: "guardrails", file: sink.file, format: "toml", text, section: "guardrails" };
}
