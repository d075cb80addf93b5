/** What is sent instead of forwarding (spec: wire, "Refusals"). Coarse: the rule's message and the entry's number. */
import type { JsonObject, JsonValue } from "../base/mod.ts";
import type { Era } from "./era.ts";
import type { Id } from "./ids.ts";

/** Error codes of ours. `refused` lies outside of the ranges that JSON-RPC and MCP reserve. */
export const ERROR_CODE = {
  parse: -32700,
  invalidRequest: -32600,
  invalidParams: -32602,
  internal: -32603,
  refused: -31403,
} as const;

/** `[refusal] style`: how a refused `tools/call` is answered. Every other method is always refused with an error. */
export type RefusalStyle = "result" | "error";

/** A request or result that does not pass. */
export interface Refusal {
  /** Of the request that gets this answer, as its sender wrote it. */
  readonly id: Id;
  readonly method: string;
  readonly era: Era;
  readonly style: RefusalStyle;
  /** The rule's message; never which field, which pattern, which value. */
  readonly message: string;
  readonly reason: string;
  readonly verdict: "refuse" | "withhold";
  /** `seq` of the entry; absent where the ledger could not write one. */
  readonly entry?: number;
}

const VERDICT_KEY = "dev.countersign/verdict";

/** The reply that tells the sender of a request that it was refused, or that its result is withheld. */
export function refusalReply(refusal: Refusal): JsonObject {
  const { id, era, verdict, reason, entry } = refusal;
  const text = refusalText(refusal);
  const facts: JsonObject = entry === undefined ? { verdict, reason } : { verdict, reason, entry };
  if (refusal.method !== "tools/call" || refusal.style === "error") {
    return errorReply(id, ERROR_CODE.refused, text, facts);
  }
  // A success with `isError`, so that the model reads the reason: clients keep JSON-RPC errors from it.
  const result: JsonObject = {
    content: [{ type: "text", text }],
    isError: true,
    _meta: { [VERDICT_KEY]: facts },
  };
  return { jsonrpc: "2.0", id, result: era === "modern" ? { resultType: "complete", ...result } : result };
}

/** A JSON-RPC error reply; `id` null where the request's own cannot be read. */
export function errorReply(id: Id | null, code: number, message: string, data?: JsonObject): JsonObject {
  const error: Record<string, JsonValue> = { code, message };
  if (data !== undefined) error.data = data;
  return { jsonrpc: "2.0", id, error };
}

function refusalText({ message, entry }: Refusal): string {
  // A rule's message may end with a period of its own.
  const said = message.replace(/\.$/, "");
  const text = said === "" ? "Refused by policy." : `Refused by policy: ${said}.`;
  return entry === undefined ? text : `${text} (entry ${entry})`;
}
