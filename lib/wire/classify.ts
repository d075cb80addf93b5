/** JSON value → request, notice, reply, or what is wrong with it (JSON-RPC 2.0, sections 4 and 5, as MCP narrows it). */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import { type Id, isId } from "./ids.ts";
import type { Batch, Malformed, MalformedReason, Message } from "./message.ts";
import { methodInfo } from "./methods.ts";

const MEMBERS: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);

/** What the sender is told; coarse, never a word of the content. The keys say what each reason means. */
const MESSAGES: Readonly<Record<MalformedReason, string>> = {
  "oversize": "Invalid request: the message is too long",
  "utf8": "Parse error: the message is not UTF-8",
  "empty": "Parse error: the line is blank",
  "syntax": "Parse error: the message is not JSON",
  "trailing": "Parse error: something follows the JSON value on its line",
  "duplicate-key": "Parse error: a key stands twice in one object",
  "lone-surrogate": "Parse error: a string holds half a character",
  "nul": "Parse error: a string holds a NUL character",
  "depth": "Parse error: the message is nested too deeply",
  "batch": "Invalid request: batches are not accepted here",
  "not-a-message": "Invalid request: neither a request, a notification nor a response",
  "jsonrpc": 'Invalid request: jsonrpc is not "2.0"',
  "member": "Invalid request: a member that JSON-RPC does not have",
  "id": "Invalid request: id is neither a string nor an integer",
  "method": "Invalid request: method is not a string",
  "params": "Invalid params: params is not an object",
  "error": "Invalid request: error is not an object",
  "reply-without-id": "Invalid request: a response without the id of its request",
};

const PARSE_ERRORS: ReadonlySet<MalformedReason> = new Set(
  ["utf8", "empty", "syntax", "trailing", "duplicate-key", "lone-surrogate", "nul", "depth"] as const,
);

/** The message that `value` is. ATTACKER-CONTROLLED. `bytes`: of the frame that it came in. */
export function classify(value: JsonValue, bytes: number): Message | Malformed {
  if (!isJsonObject(value)) return malformed("not-a-message", { bytes });
  const flaw = flawOf(value);
  return flaw === undefined ? build(value, bytes) : malformed(flaw, { bytes, value });
}

/** What a batch is where the peers did not agree on 2025-03-26: refused as a whole, none of its elements looked at. */
export function batchRefusal(batch: Batch): Malformed {
  return malformed("batch", { bytes: batch.bytes });
}

/** `value`: what could be read, to find the id in. `limit`: the cap in bytes that was passed. */
export function malformed(
  reason: MalformedReason,
  seen: { readonly bytes: number; readonly value?: JsonValue; readonly limit?: number },
): Malformed {
  const value = isJsonObject(seen.value) ? seen.value : {};
  return {
    kind: "malformed",
    code: codeOf(reason, value),
    reason,
    message: seen.limit === undefined
      ? MESSAGES[reason]
      : `${MESSAGES[reason]}: more than ${seen.limit} bytes`,
    id: isId(value.id) ? value.id : null,
    // With a method it is a call that is broken, and its sender waits for an answer.
    reply: !Object.hasOwn(value, "method") &&
      (Object.hasOwn(value, "result") || Object.hasOwn(value, "error")),
    bytes: seen.bytes,
  };
}

function codeOf(reason: MalformedReason, value: JsonObject): Malformed["code"] {
  if (PARSE_ERRORS.has(reason)) return -32700;
  // Params of the wrong shape in a judged method are answered as every other wrong shape of them is.
  const judged = typeof value.method === "string" && methodInfo(value.method)?.judged === true;
  return reason === "params" && judged ? -32602 : -32600;
}

function flawOf(value: JsonObject): MalformedReason | undefined {
  if (value.jsonrpc !== "2.0") return "jsonrpc";
  // Rules and scanners look at params, results and errors: anything beside them would cross unseen.
  if (Object.keys(value).some((key) => !MEMBERS.has(key))) return "member";
  return Object.hasOwn(value, "method") ? flawOfCall(value) : flawOfReply(value);
}

function flawOfCall(value: JsonObject): MalformedReason | undefined {
  if (Object.hasOwn(value, "result") || Object.hasOwn(value, "error")) return "not-a-message";
  if (typeof value.method !== "string") return "method";
  if (Object.hasOwn(value, "id") && !isId(value.id)) return "id";
  if (Object.hasOwn(value, "params") && !isJsonObject(value.params)) return "params";
  return undefined;
}

function flawOfReply(value: JsonObject): MalformedReason | undefined {
  const failed = Object.hasOwn(value, "error");
  if (Object.hasOwn(value, "result") === failed || Object.hasOwn(value, "params")) return "not-a-message";
  if (failed && (value.id ?? null) === null) return "reply-without-id";
  if (!isId(value.id)) return "id";
  return failed && !isJsonObject(value.error) ? "error" : undefined;
}

/** INVARIANT: `flawOf(value)` is undefined. */
function build(value: JsonObject, bytes: number): Message {
  const { id, method, params, result = null, error } = value;
  if (typeof method === "string") {
    const call = isJsonObject(params) ? { method, params, value, bytes } : { method, value, bytes };
    return isId(id) ? { kind: "request", id, ...call } : { kind: "notice", ...call };
  }
  const reply = { kind: "reply", id: id as Id, value, bytes } as const; // by INVARIANT
  return isJsonObject(error) ? { ...reply, error } : { ...reply, result };
}
