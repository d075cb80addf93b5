/** Messages of the bridge's own making, and the reading of the gate's lines. */
import { type JsonObject, type JsonValue, utf8 } from "../base/mod.ts";
import { encodeFrame, type Id, type Incoming, type ReadFrame, readFrame } from "../wire/mod.ts";

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

/** The message in a line of the gate. */
export function readLine(line: string): Incoming {
  return readFrame({ kind: "line", bytes: utf8(line.endsWith("\n") ? line.slice(0, -1) : line) });
}

export function errorOf(code: number, message: string, data?: JsonObject): { readonly error: JsonObject } {
  return { error: data === undefined ? { code, message } : { code, message, data } };
}
