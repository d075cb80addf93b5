/** What the front reads in the answers that it sends. */
import { isJsonObject, type JsonObject } from "../../base/mod.ts";
import { encodeFrame, ERROR_CODE, errorReply, readLine } from "../../wire/mod.ts";

// An error that is longer is sent with the status of a result.
const MAX_ERROR_CHARS = 64 * 1024;

/** The error in an answer, and whether it answers nobody in particular. */
export function errorOf(line: string): { readonly code: unknown; readonly isToNobody: boolean } | undefined {
  if (line.length > MAX_ERROR_CHARS || !line.includes(`"error"`)) return undefined;
  const incoming = readLine(line);
  // One without id is none that our reader takes from a peer: only the gate makes such, and its key stands in front.
  if (incoming.kind === "malformed") return { code: undefined, isToNobody: incoming.id === null };
  const error = incoming.kind === "reply" ? incoming.error : undefined;
  return error === undefined ? undefined : { code: error.code, isToNobody: false };
}

/** The result of an answer; `undefined` for an error. */
export function resultOf(line: string): JsonObject | undefined {
  const incoming = readLine(line);
  const result = incoming.kind === "reply" ? incoming.result : undefined;
  return isJsonObject(result) ? result : undefined;
}

/** The answer to a question of the upstream that reaches no client; `undefined` where it was none. */
export function unreachable(line: string): string | undefined {
  const incoming = readLine(line);
  return incoming.kind === "request"
    ? encodeFrame(errorReply(incoming.id, ERROR_CODE.internal, "The client cannot be asked"))
    : undefined;
}
