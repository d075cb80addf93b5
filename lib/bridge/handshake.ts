/** The handshake of one era as what the other has in its place: `initialize` and `server/discover`. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import { withServerInfo } from "./results.ts";
import {
  briefly,
  type ClientFacts,
  LEGACY_VERSIONS,
  META,
  MODERN_VERSION,
  NEWEST_LEGACY,
  objectIn,
  textIn,
  valueIn,
  without,
} from "./revisions.ts";

/** What one side said about itself. ATTACKER-CONTROLLED, as the gate let it through. */
export interface ServerFacts {
  readonly version: string;
  readonly info: JsonObject | undefined;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

/** The params of an `initialize` for a modern client: what it can do, as far as the bridge carries it. */
export function initializeParams({ info, capabilities }: ClientFacts): JsonObject {
  return { protocolVersion: NEWEST_LEGACY, capabilities: legacyCapabilities(capabilities), clientInfo: info };
}

/**
 * Only what can be asked inside of a request. Nobody tells a server of changed roots any more, and tasks of the eras have
 * only their name in common.
 */
function legacyCapabilities(capabilities: JsonObject): JsonObject {
  const roots = objectIn(capabilities, "roots");
  const kept = ["sampling", "elicitation"].flatMap((key) => {
    const one = objectIn(capabilities, key);
    return one === undefined ? [] : [[key, without(one, "tasks")] as const];
  });
  return { ...roots !== undefined && { roots: {} }, ...Object.fromEntries(kept) };
}

/** The facts in the result of an `initialize`; `undefined` where it is none, or settles on a revision that we do not know. */
export function initializedFacts(result: JsonValue | undefined): ServerFacts | undefined {
  const version = textIn(result, "protocolVersion");
  if (version === undefined || !LEGACY_VERSIONS.includes(version)) return undefined;
  return {
    version,
    info: briefly(objectIn(result, "serverInfo")),
    capabilities: objectIn(result, "capabilities") ?? {},
    instructions: textIn(result, "instructions"),
  };
}

/** The result of a `server/discover` that a legacy server would give. */
export function discoverResult({ info, capabilities, instructions }: ServerFacts): JsonObject {
  const result = {
    resultType: "complete",
    supportedVersions: [MODERN_VERSION],
    capabilities: without(capabilities, "tasks"),
    ...instructions !== undefined && { instructions },
    ttlMs: 0,
    cacheScope: "private",
  };
  return withServerInfo(result, info);
}

/** The facts in the result of a `server/discover`; `undefined` where it is none, or speaks no revision that we know. */
export function discoveredFacts(result: JsonValue | undefined): ServerFacts | undefined {
  const versions = valueIn(result, "supportedVersions");
  if (!Array.isArray(versions) || !versions.includes(MODERN_VERSION) || !isJsonObject(result)) {
    return undefined;
  }
  return {
    version: MODERN_VERSION,
    info: objectIn(objectIn(result, "_meta"), META.serverInfo),
    capabilities: objectIn(result, "capabilities") ?? {},
    instructions: textIn(result, "instructions"),
  };
}

/** The result of an `initialize` that a modern server would give. `asked`: the revision that the client asks for. */
export function initializeResult(
  { info, capabilities, instructions }: ServerFacts,
  asked: JsonValue | undefined,
): JsonObject & { readonly protocolVersion: string } {
  return {
    protocolVersion: typeof asked === "string" && LEGACY_VERSIONS.includes(asked) ? asked : NEWEST_LEGACY,
    capabilities: without(capabilities, "extensions", "tasks"),
    serverInfo: info ?? { name: "mcp-server", version: "0.0.0" },
    ...instructions !== undefined && { instructions },
  };
}
