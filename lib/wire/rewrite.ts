/**
 * Reading and replacing what links one message to another: ids, progress tokens, subscription ids. Readers (`…Of`) take
 * the params or the result; writers (`with…`) take the whole message and give a copy that shares all that did not change.
 * Key order is kept. A writer finds nothing to replace: the message itself comes back.
 */
import {
  type ExactNumber,
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../base/mod.ts";
import { type Id, isId } from "./ids.ts";

/** Opaque to us; the schema lets it be any number, `1.5` too. `idKey` makes a map key of it. ATTACKER-CONTROLLED. */
export type ProgressToken = string | number | ExactNumber;

const SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId";

/** `message` with another id. */
export function withId(message: JsonObject, id: Id): JsonObject {
  return { ...message, id };
}

/** The token that a request asks to be kept informed under (`_meta.progressToken`). */
export function progressTokenOf(params: JsonObject | undefined): ProgressToken | undefined {
  return asToken(at(params, ["_meta", "progressToken"]));
}

/** The request with another progress token. */
export function withProgressToken(request: JsonObject, token: ProgressToken): JsonObject {
  return replaceAt(request, ["params", "_meta", "progressToken"], token);
}

/** The token that a `notifications/progress` reports on. */
export function noticeProgressTokenOf(params: JsonObject | undefined): ProgressToken | undefined {
  return asToken(at(params, ["progressToken"]));
}

/** The `notifications/progress` with another token. */
export function withNoticeProgressToken(notice: JsonObject, token: ProgressToken): JsonObject {
  return replaceAt(notice, ["params", "progressToken"], token);
}

/** The id of the request that a `notifications/cancelled` is about. */
export function cancelledIdOf(params: JsonObject | undefined): Id | undefined {
  return asId(at(params, ["requestId"]));
}

/** The `notifications/cancelled` about another request. */
export function withCancelledId(notice: JsonObject, id: Id): JsonObject {
  return replaceAt(notice, ["params", "requestId"], id);
}

/**
 * The id of the `subscriptions/listen` request that a notice or a result belongs to. `holder`: the notice's params or
 * the reply's result. A modern upstream stamps the id that it was sent, which is ours: the client must see its own.
 */
export function subscriptionIdOf(holder: JsonValue | undefined): Id | undefined {
  return asId(at(holder, ["_meta", SUBSCRIPTION_KEY]));
}

/** The notice, or the reply, that belongs to another `subscriptions/listen` request. */
export function withSubscriptionId(message: JsonObject, id: Id): JsonObject {
  const holder = Object.hasOwn(message, "params") ? "params" : "result";
  return replaceAt(message, [holder, "_meta", SUBSCRIPTION_KEY], id);
}

function asToken(value: JsonValue | undefined): ProgressToken | undefined {
  return typeof value === "string" || typeof value === "number" || isExactNumber(value) ? value : undefined;
}

function asId(value: JsonValue | undefined): Id | undefined {
  return isId(value) ? value : undefined;
}

function at(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const key of path) found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

function replaceAt(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [key = "", ...rest] = path;
  if (!Object.hasOwn(object, key)) return object;
  if (rest.length === 0) return { ...object, [key]: value };
  const child = object[key];
  return isJsonObject(child) ? { ...object, [key]: replaceAt(child, rest, value) } : object;
}
