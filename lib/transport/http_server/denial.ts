/** A request that is not taken: what its sender is told, and what the operator reads. */
import type { JsonObject, JsonValue } from "../../base/mod.ts";
import { encodeFrame, ERROR_CODE, type Id } from "../../wire/mod.ts";
import { type HttpAnswer, jsonAnswer } from "./answer.ts";

/** Stable codes; log lines and tests rely on them. */
export type DenialReason =
  | "host"
  | "origin"
  | "path"
  | "method"
  | "bearer"
  | "body-length"
  | "body-too-long"
  | "body-too-slow"
  | "body-broken"
  | "content-encoding"
  | "content-type"
  | "accept"
  | "malformed"
  | "batch"
  | "protocol-version"
  | "header-mismatch"
  | "message"
  | "session-missing"
  | "session-unknown"
  | "event-id"
  | "flood"
  | "draining"
  | "no-session";

export interface Denial {
  readonly status: number;
  readonly reason: DenialReason;
  /** For the sender; coarse, nothing of what it sent. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of JSON-RPC. */
  readonly code?: number;
  /** Of the request that is refused, where it was read. */
  readonly id?: Id;
  readonly data?: JsonObject;
}

/** A body as well: clients show it, and a modern one tells an old server from a refusal by it. */
export function denialAnswer(denial: Denial): HttpAnswer {
  const { status, message, id, data, headers } = denial;
  const error: Record<string, JsonValue> = { code: denial.code ?? codeOf(status), message };
  if (data !== undefined) error.data = data;
  // An error to no request has no id in MCP's schema: `null` would be none either.
  const body = { jsonrpc: "2.0", ...id !== undefined && { id }, error };
  return jsonAnswer(status, encodeFrame(body), headers);
}

function codeOf(status: number): number {
  return [401, 403, 429, 503].includes(status) ? ERROR_CODE.refused : ERROR_CODE.invalidRequest;
}

/** For one too many. `seconds`: until it is worth trying again. */
export function flood(message: string, seconds: number): Denial {
  return { status: 429, reason: "flood", message, headers: { "retry-after": String(seconds) } };
}

export const DRAINING: Denial = {
  status: 503,
  reason: "draining",
  message: "The firewall is shutting down",
  headers: { "retry-after": "5" },
};

export const SESSION_UNKNOWN: Denial = {
  status: 404,
  reason: "session-unknown",
  message: "Session not found",
};
