/** Replies of one era as those of the other. ATTACKER-CONTROLLED; everything here is total. */
import { isJsonObject, type JsonObject, type JsonValue, numberSource } from "../base/mod.ts";
import type { ReplyMessage } from "../wire/mod.ts";
import type { Answer } from "./frames.ts";
import { errorOf } from "./frames.ts";
import { CODE, META, objectIn, valueIn, without } from "./revisions.ts";

/** Results that modern clients may keep for a while. A legacy server does not say how long: not at all, then. */
const CACHEABLE: ReadonlySet<string> = new Set([
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
  "resources/read",
  "server/discover",
]);

/** The answer of a legacy server, for a modern client. `info`: who that server is. */
export function modernAnswer(method: string, reply: ReplyMessage, info: JsonObject | undefined): Answer {
  if (reply.error !== undefined) return { error: modernError(reply.error) };
  const { result } = reply;
  if (!isJsonObject(result)) return { result: withServerInfo({ resultType: "complete" }, info) };
  // A legacy server that speaks of rounds or tasks of the other era is making it up: nobody here would carry them.
  const own = without(result, "resultType", "inputRequests", "requestState", "ttlMs", "cacheScope");
  const caching = CACHEABLE.has(method) ? { ttlMs: 0, cacheScope: "private" } : {};
  return { result: withServerInfo({ resultType: "complete", ...own, ...caching }, info) };
}

/** In the modern era each result says who gave it (2026-07-28, changelog, SEP-2575). */
export function withServerInfo(result: JsonObject, info: JsonObject | undefined): JsonObject {
  if (info === undefined) return result;
  const meta = without(objectIn(result, "_meta") ?? {}, META.subscriptionId);
  return { ...result, _meta: { ...meta, [META.serverInfo]: info } };
}

/** Two codes of the legacy era were taken out of use. */
function modernError(error: JsonObject): JsonObject {
  const code = codeOf(error);
  if (code === CODE.noResource) return { ...error, code: CODE.invalidParams };
  return code === CODE.urlNeeded ? { ...error, code: CODE.internal } : error;
}

/** The answer of a modern server, for a legacy client. */
export function legacyAnswer(method: string, reply: ReplyMessage): Answer {
  if (reply.error !== undefined) return { error: reply.error };
  const { result } = reply;
  if (!isJsonObject(result)) return { result: {} };
  const type = valueIn(result, "resultType") ?? "complete";
  if (type !== "complete") {
    return errorOf(CODE.internal, "The MCP server answered with something that this client does not know");
  }
  const own = without(result, "resultType", "ttlMs", "cacheScope");
  return { result: legacyResult(method, withoutServerInfo(own)) };
}

function withoutServerInfo(result: JsonObject): JsonObject {
  const meta = objectIn(result, "_meta");
  if (meta === undefined || !Object.hasOwn(meta, META.serverInfo)) return result;
  const left = without(meta, META.serverInfo);
  return Object.keys(left).length === 0 ? without(result, "_meta") : { ...result, _meta: left };
}

/** In the legacy era structured content is an object, and so is what a tool promises of it: clients refuse the rest. */
function legacyResult(method: string, result: JsonObject): JsonObject {
  if (method === "tools/call" && !isJsonObject(valueIn(result, "structuredContent"))) {
    return without(result, "structuredContent");
  }
  const tools = method === "tools/list" ? result.tools : undefined;
  return Array.isArray(tools) ? { ...result, tools: tools.map(legacyTool) } : result;
}

function legacyTool(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool) || !Object.hasOwn(tool, "outputSchema")) return tool;
  return valueIn(tool.outputSchema, "type") === "object" ? tool : without(tool, "outputSchema");
}

/** The code of an error, where it is a number that stands for one. */
export function codeOf(error: JsonObject | undefined): number | undefined {
  const source = numberSource(error?.code ?? null);
  return source === undefined ? undefined : Number(source);
}
