/** What a server asks of a client, in either era: which questions there are, and may this client be asked them? */
import type { JsonObject } from "../base/mod.ts";
import { objectIn, textIn, valueIn, without } from "./revisions.ts";

const CAPABILITY: ReadonlyMap<string, string> = new Map([
  ["elicitation/create", "elicitation"],
  ["sampling/createMessage", "sampling"],
  ["roots/list", "roots"],
]);

/** Requests of a client that may be answered with a question (2026-07-28, patterns/mrtr, "Supported Requests"). */
const ASKABLE: ReadonlySet<string> = new Set(["tools/call", "resources/read", "prompts/get"]);

export interface Question {
  readonly method: string;
  readonly params?: JsonObject | undefined;
}

export function isQuestion(method: string): boolean {
  return CAPABILITY.has(method);
}

export function isAskable(method: string): boolean {
  return ASKABLE.has(method);
}

/** Did the client say that it can be asked this? ATTACKER-CONTROLLED, both. */
export function mayBeAsked(capabilities: JsonObject, { method, params }: Question): boolean {
  const own = objectIn(capabilities, CAPABILITY.get(method) ?? "");
  if (own === undefined) return false;
  if (method === "sampling/createMessage" && valueIn(params, "tools") !== undefined) {
    return objectIn(own, "tools") !== undefined;
  }
  if (method !== "elicitation/create") return true;
  const mode = textIn(params, "mode") ?? "form";
  // An empty object means forms, as it did before there were URLs.
  return objectIn(own, mode) !== undefined || (mode === "form" && objectIn(own, "url") === undefined);
}

/** The question of a legacy server as a modern client is asked it. */
export function modernQuestion({ method, params }: Question): JsonObject {
  // A task of the legacy era, the id of an elicitation whose end nobody tells of any more, and progress of what is no
  // request any more: they mean nothing here.
  const meta = without(objectIn(params, "_meta") ?? {}, "progressToken");
  const own = without(params ?? {}, "elicitationId", "task", "_meta");
  const asked = Object.keys(meta).length === 0 ? own : { ...own, _meta: meta };
  return Object.keys(asked).length === 0 ? { method } : { method, params: asked };
}

/** The question of a modern server as a legacy client is asked it. `newId`: makes the id that an elicitation by URL has there. */
export function legacyQuestion({ method, params }: Question, newId: () => string): Question {
  const byUrl = method === "elicitation/create" && textIn(params, "mode") === "url";
  return byUrl ? { method, params: { ...params, elicitationId: newId() } } : { method, params };
}
