/** What only we may say in `_meta`: keys under `dev.countersign/`. From a peer they are forgeries, whoever it is. */
import { isJsonObject, type JsonObject, type JsonValue, numberSource } from "../base/mod.ts";
import type { Message } from "./message.ts";
import { ERROR_CODE } from "./refuse.ts";

/** Where a forwarded request carries its attestation. */
export const ATTESTATION_KEY = "dev.countersign/attestation";

// Without regard to case, as Unicode folds it: there are readers of JSON (Go's) that find a member under any case of its name.
const OWN_REGEXP = /^dev\.countersign\//iu;
const META_REGEXP = /^_meta$/iu;

/** The attestation that a request of ours carries. */
export function attestationOf(params: JsonObject | undefined): string | undefined {
  const meta = params?._meta;
  const attestation = isJsonObject(meta) ? meta[ATTESTATION_KEY] : undefined;
  return typeof attestation === "string" ? attestation : undefined;
}

/** The params with an attestation; as they are where their `_meta` is none that could hold one. */
export function withAttestation(params: JsonObject | undefined, attestation: string): JsonObject | undefined {
  const meta = params === undefined || params._meta === undefined ? {} : params._meta;
  return isJsonObject(meta) ? { ...params, _meta: { ...meta, [ATTESTATION_KEY]: attestation } } : params;
}

/**
 * `message` without what only we may say; itself where it says nothing of it. ATTACKER-CONTROLLED. Also the `data` of an
 * error with the code of our refusals: there our verdict stands where there is no result.
 */
export function withoutOwnMeta<M extends Message>(message: M): M {
  if (message.kind === "reply") return withoutOwnInReply(message) as M;
  const { params } = message;
  const clean = params && withoutOwn(params);
  return clean === params
    ? message
    : { ...message, params: clean, value: { ...message.value, params: clean } };
}

function withoutOwnInReply(reply: Message & { kind: "reply" }): Message {
  const { result, error, value } = reply;
  if (isJsonObject(result)) {
    const clean = withoutOwn(result);
    return clean === result ? reply : { ...reply, result: clean, value: { ...value, result: clean } };
  }
  if (error === undefined) return reply;
  const clean = withoutOwnData(error);
  return clean === error ? reply : { ...reply, error: clean, value: { ...value, error: clean } };
}

function withoutOwnData(error: JsonObject): JsonObject {
  // Of all ways to write that number.
  const isOurs = Object.hasOwn(error, "data") &&
    Number(numberSource(error.code ?? null)) === ERROR_CODE.refused;
  if (!isOurs) return error;
  const { data: _, ...clean } = error;
  return clean;
}

function withoutOwn(holder: JsonObject): JsonObject {
  let clean = holder;
  for (const key of Object.keys(holder)) {
    // Five characters, also where one of them folds to another: this loop is all that most messages cost.
    if (key.length !== 5 || !META_REGEXP.test(key)) {
      const strip = INSIDE.get(key), inside = holder[key];
      if (strip !== undefined && isJsonObject(inside)) clean = replaced(clean, key, strip(inside));
      continue;
    }
    const meta = holder[key];
    if (isJsonObject(meta)) clean = replaced(clean, key, withoutOwnKeys(meta));
  }
  return clean;
}

/**
 * Where a message holds others that a peer takes for what they are: the end of a task (`tasks/get`, `notifications/tasks`),
 * the questions of a server and the answers to them. Arguments and contents are data, and stay as they are.
 */
const INSIDE: ReadonlyMap<string, (holder: JsonObject) => JsonObject> = new Map([
  ["result", withoutOwn],
  ["error", withoutOwnData],
  ["inputRequests", (asked: JsonObject) => inEach(asked, inParams)],
  ["inputResponses", (answers: JsonObject) => inEach(answers, withoutOwn)],
]);

/** Built anew at once: a peer may send a hundred thousand of them. */
function inEach(holder: JsonObject, strip: (one: JsonObject) => JsonObject): JsonObject {
  let changed = false;
  const entries = Object.entries(holder).map(([key, one]) => {
    const clean = isJsonObject(one) ? strip(one) : one;
    changed ||= clean !== one;
    return [key, clean] as const;
  });
  return changed ? Object.fromEntries(entries) : holder;
}

function inParams(request: JsonObject): JsonObject {
  const { params } = request;
  return isJsonObject(params) ? replaced(request, "params", withoutOwn(params)) : request;
}

function withoutOwnKeys(meta: JsonObject): JsonObject {
  if (!Object.keys(meta).some((key) => OWN_REGEXP.test(key))) return meta;
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !OWN_REGEXP.test(key)));
}

function replaced(holder: JsonObject, key: string, value: JsonValue): JsonObject {
  return holder[key] === value ? holder : { ...holder, [key]: value };
}
