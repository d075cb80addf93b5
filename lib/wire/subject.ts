/** What a request is about: the tool, prompt or URI that rules name, and the arguments that they look into. */
import { err, isJsonObject, type JsonObject, type JsonValue, ok, type Result } from "../base/mod.ts";
import { methodInfo } from "./methods.ts";

/** What the policy is asked about. Everything in it but the two flags is ATTACKER-CONTROLLED. */
export interface Subject {
  readonly judged: boolean;
  /** Is the method one of MCP's? */
  readonly known: boolean;
  /** Tool, prompt name or URI; empty where the method has none. */
  readonly name: string;
  /** The arguments of `tools/call` and `prompts/get`; of every other method the whole params; `{}` where absent. */
  readonly args: JsonValue;
}

/** Where a method keeps its subject. The error is the text of a -32602: what is wrong, never the value. */
type SubjectReader = (params: JsonObject) => Result<Pick<Subject, "name" | "args">, string>;

const READERS: ReadonlyMap<string, SubjectReader> = new Map([
  ["tools/call", readNamed],
  ["prompts/get", readNamed],
  ["resources/read", readUri],
  ["resources/subscribe", readUri],
  ["completion/complete", readCompletion],
  ["sampling/createMessage", readSampling],
  ["elicitation/create", readElicitation],
]);

/**
 * The subject of a request or notice. The error is the text of a -32602 error reply: params of the wrong shape in a
 * judged method are never guessed at and never forwarded.
 */
export function readSubject(method: string, params: JsonObject | undefined): Result<Subject, string> {
  const known = methodInfo(method);
  const flags = { judged: known?.judged ?? false, known: known !== undefined };
  const reader = READERS.get(method);
  if (reader === undefined) return ok({ ...flags, name: "", args: params ?? {} });
  if (params === undefined) return err("Invalid params: params is missing");
  const read = reader(params);
  return read.ok ? ok({ ...flags, ...read.value }) : err(`Invalid params: ${read.error}`);
}

/**
 * The URIs that a modern `subscriptions/listen` asks to hear about, which took the place of `resources/subscribe`: each
 * can be judged as one. The error is the text of a -32602.
 */
export function subscribedUrisOf(params: JsonObject | undefined): Result<readonly string[], string> {
  const filter = params?.notifications;
  const uris = isJsonObject(filter) ? filter.resourceSubscriptions ?? [] : [];
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === "string" && uri !== "")) {
    return err("Invalid params: notifications.resourceSubscriptions is not a list of URIs");
  }
  return ok(uris as readonly string[]);
}

function readNamed(params: JsonObject): ReturnType<SubjectReader> {
  const name = nonEmpty(params, "name");
  if (!name.ok) return name;
  const args = params.arguments ?? (Object.hasOwn(params, "arguments") ? null : {});
  return isJsonObject(args) ? ok({ name: name.value, args }) : err("arguments is not an object");
}

function readUri(params: JsonObject): ReturnType<SubjectReader> {
  const uri = nonEmpty(params, "uri");
  return uri.ok ? ok({ name: uri.value, args: params }) : uri;
}

function readCompletion(params: JsonObject): ReturnType<SubjectReader> {
  const ref = params.ref;
  if (!isJsonObject(ref)) return err("ref is not an object");
  if (ref.type !== "ref/prompt" && ref.type !== "ref/resource") {
    return err('ref.type is neither "ref/prompt" nor "ref/resource"');
  }
  const name = nonEmpty(ref, ref.type === "ref/prompt" ? "name" : "uri");
  return name.ok ? ok({ name: name.value, args: params }) : err(`ref.${name.error}`);
}

function readSampling(params: JsonObject): ReturnType<SubjectReader> {
  return Array.isArray(params.messages) ? ok({ name: "", args: params }) : err("messages is not an array");
}

function readElicitation(params: JsonObject): ReturnType<SubjectReader> {
  return typeof params.message === "string" ? ok({ name: "", args: params }) : err("message is not a string");
}

function nonEmpty(object: JsonObject, key: string): Result<string, string> {
  const value = object[key];
  if (typeof value !== "string") return err(`${key} is ${value === undefined ? "missing" : "not a string"}`);
  return value === "" ? err(`${key} is empty`) : ok(value);
}
