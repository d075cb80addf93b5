/** Protocol revisions on both sides, and the keys that tell one era from the other. */
import { encodeJson, isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";

export const MODERN_VERSION = "2026-07-28";
/** Newest first. */
export const LEGACY_VERSIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
export const NEWEST_LEGACY = "2025-11-25";

export const META = {
  version: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
} as const;

const REQUEST_KEYS: readonly string[] = [
  META.version,
  META.clientInfo,
  META.clientCapabilities,
  META.logLevel,
  META.subscriptionId,
];

/** Codes of errors, where the eras have different ones. */
export const CODE = {
  parse: -32700,
  invalidRequest: -32600,
  noMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Legacy: no such resource. */
  noResource: -32002,
  /** 2025-11-25: URLs have to be opened first. */
  urlNeeded: -32042,
  /** Modern; each says that the server knows the era. */
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  /** Ours. */
  refused: -31403,
} as const;

/** What a client that does not say who it is, is called. */
const NAMELESS: JsonObject = { name: "mcp-client", version: "0.0.0" };

/** A modern client, as one of its requests describes it. ATTACKER-CONTROLLED. */
export interface ClientFacts {
  readonly info: JsonObject;
  readonly capabilities: JsonObject;
}

/** From the `_meta` of a modern request. */
export function factsOf(params: JsonObject | undefined): ClientFacts {
  const meta = objectIn(params, "_meta") ?? {};
  return {
    info: objectIn(meta, META.clientInfo) ?? NAMELESS,
    capabilities: objectIn(meta, META.clientCapabilities) ?? {},
  };
}

/** From the params of an `initialize`: what will go with each request. ATTACKER-CONTROLLED. */
export function legacyFactsOf(params: JsonObject | undefined): ClientFacts {
  // Tasks of the eras have only their name in common.
  const capabilities = without(objectIn(params, "capabilities") ?? {}, "tasks");
  return {
    info: briefly(objectIn(params, "clientInfo")) ?? NAMELESS,
    capabilities: isBrief(capabilities) ? capabilities : askableOf(capabilities),
  };
}

// Said once in one era, and with each message in the other: a message of a hundred bytes must not become one of megabytes,
// that nobody has counted. Characters of JSON.
const LONGEST_FACTS = 16 * 1024;
const LONGEST_NAME = 256;

function isBrief(facts: JsonObject): boolean {
  return encodeJson(facts).length <= LONGEST_FACTS;
}

/** Who a peer is, as it may go with each message. ATTACKER-CONTROLLED. */
export function briefly(info: JsonObject | undefined): JsonObject | undefined {
  if (info === undefined || isBrief(info)) return info;
  const short = (key: string) => (textIn(info, key) ?? "").slice(0, LONGEST_NAME).toWellFormed();
  return { name: short("name"), version: short("version") };
}

/** What says which questions a client can be asked. */
const ASKABLE: readonly (readonly [capability: string, parts: readonly string[]])[] = [
  ["elicitation", ["form", "url"]],
  ["sampling", ["tools", "context"]],
  ["roots", []],
];

/** What of capabilities says which questions a client can be asked, and nothing that takes room. ATTACKER-CONTROLLED. */
export function askableOf(capabilities: JsonObject): JsonObject {
  const kept = ASKABLE.flatMap(([key, parts]) => {
    const own = objectIn(capabilities, key);
    const has = parts.filter((part) => objectIn(own, part) !== undefined);
    return own === undefined ? [] : [[key, Object.fromEntries(has.map((part) => [part, {}]))] as const];
  });
  return Object.fromEntries(kept);
}

/** `_meta` without what only modern servers understand; `undefined` where nothing is left. */
export function legacyMeta(params: JsonObject | undefined): JsonObject | undefined {
  const meta = objectIn(params, "_meta");
  if (meta === undefined) return undefined;
  const kept = Object.entries(meta).filter(([key]) => !REQUEST_KEYS.includes(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** The params of a modern request as a legacy one has them. `token`: in place of the client's own. */
export function legacyParams(params: JsonObject | undefined, token: number | undefined): JsonObject {
  const meta = token === undefined ? legacyMeta(params) : { ...legacyMeta(params), progressToken: token };
  const own = without(params ?? {}, "_meta", "inputResponses", "requestState");
  return meta === undefined ? own : { ...own, _meta: meta };
}

/** The `_meta` with which a legacy client's request is a modern one. */
export function modernMeta(
  params: JsonObject | undefined,
  { info, capabilities }: ClientFacts,
  logLevel: string | undefined,
): JsonObject {
  return {
    ...legacyMeta(params),
    [META.version]: MODERN_VERSION,
    [META.clientInfo]: info,
    [META.clientCapabilities]: capabilities,
    ...logLevel !== undefined && { [META.logLevel]: logLevel },
  };
}

/** The params of a legacy request as a modern one has them. `token`: in place of the client's own. */
export function modernParams(
  params: JsonObject | undefined,
  speaker: { readonly facts: ClientFacts; readonly logLevel: string | undefined },
  token?: number,
): JsonObject {
  const meta = modernMeta(params, speaker.facts, speaker.logLevel);
  const own = without(params ?? {}, "_meta", "inputResponses", "requestState", "task");
  return { ...own, _meta: token === undefined ? meta : { ...meta, progressToken: token } };
}

/** What stands under `key` of an object, where that is an object; nothing that it only inherits. */
export function objectIn(holder: JsonValue | undefined, key: string): JsonObject | undefined {
  const found = valueIn(holder, key);
  return isJsonObject(found) ? found : undefined;
}

export function valueIn(holder: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

export function textIn(holder: JsonValue | undefined, key: string): string | undefined {
  const found = valueIn(holder, key);
  return typeof found === "string" ? found : undefined;
}

/** `object` without some of its keys. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  if (!keys.some((key) => Object.hasOwn(object, key))) return object;
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

const LOG_LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/** How urgent a level of the log is; `undefined` for what is none. ATTACKER-CONTROLLED. */
export function logRank(level: JsonValue | undefined): number | undefined {
  const rank = typeof level === "string" ? LOG_LEVELS.indexOf(level) : -1;
  return rank < 0 ? undefined : rank;
}
