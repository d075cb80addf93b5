/** Messages of the bridge's own making. */
import { type JsonObject, type JsonValue } from "../base/mod.ts";
import { encodeFrame, type Id, type ReadFrame } from "../wire/mod.ts";

/** What answers a request. */
export type Answer = { readonly result: JsonValue } | { readonly error: JsonObject };

/** `bytes`: of the frame that it came from, where there is one: back-pressure goes by it. */
export function requestFrame(
  id: Id,
  { method, params }: { readonly method: string; readonly params?: JsonObject | undefined },
  bytes = 0,
): ReadFrame {
  const call = params === undefined ? { method } : { method, params };
  const value = { jsonrpc: "2.0", id, ...call };
  return { kind: "read", incoming: { kind: "request", id, ...call, value, bytes }, bytes };
}

export function noticeFrame(method: string, params?: JsonObject): ReadFrame {
  const call = params === undefined ? { method } : { method, params };
  return {
    kind: "read",
    incoming: { kind: "notice", ...call, value: { jsonrpc: "2.0", ...call }, bytes: 0 },
    bytes: 0,
  };
}

export function replyFrame(id: Id, answer: Answer): ReadFrame {
  const value = { jsonrpc: "2.0", id, ...answer };
  return { kind: "read", incoming: { kind: "reply", id, ...answer, value, bytes: 0 }, bytes: 0 };
}

export function answerLine(id: Id, answer: Answer): string {
  return encodeFrame({ jsonrpc: "2.0", id, ...answer });
}

export function errorOf(code: number, message: string, data?: JsonObject): { readonly error: JsonObject } {
  return { error: data === undefined ? { code, message } : { code, message, data } };
}
