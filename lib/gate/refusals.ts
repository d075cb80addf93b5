import type { ReasonCode } from "../verdict/mod.ts";
import {
  encodeFrame,
  ERROR_CODE,
  errorReply,
  type Id,
  refusalReply,
  type RefusalStyle,
} from "../wire/mod.ts";
import type { JsonObject } from "../base/mod.ts";
import type { Call } from "./call.ts";

export interface Refusal {
  readonly reason: ReasonCode;
  readonly message: string;
  readonly verdict: "refuse" | "withhold";
  /** The entry that says why; absent where none could be written. */
  readonly entry: number | undefined;
}

/** The line that tells the asker of `call` why there is no result. Coarse: the detail is in the ledger. */
export function refusalLine(call: Call, refusal: Refusal, style: RefusalStyle): string {
  if (refusal.reason === "invalid-params" && refusal.verdict === "refuse") {
    return encodeFrame(errorReply(call.theirId, ERROR_CODE.invalidParams, invalidText(refusal)));
  }
  const { theirId: id, method, era } = call;
  const { entry, ...rest } = refusal;
  return encodeFrame(
    refusalReply({
      id,
      method,
      era,
      style: call.asTask ? "error" : style,
      ...rest,
      ...entry !== undefined && { entry },
    }),
  );
}

function invalidText({ message, entry }: Refusal): string {
  return entry === undefined ? message : `${message} (entry ${entry})`;
}

/** For a request whose id is still in flight. Without id: with it, the reply would be taken for that of the first. */
export function duplicateIdReply(): JsonObject {
  return errorReply(
    null,
    ERROR_CODE.invalidRequest,
    "Invalid request: a request with this id is still in flight",
  );
}

/** For one request too many. */
export function crowdReply(id: Id): JsonObject {
  return errorReply(id, ERROR_CODE.internal, "Refused: too many requests wait for an answer");
}

/** For a call whose reply came, and was none. */
export function malformedReply(call: Call): JsonObject {
  return errorReply(call.theirId, ERROR_CODE.internal, "The reply to this request was malformed");
}

/** For a request that a mistake of ours stopped. */
export function internalErrorReply(call: Call): JsonObject {
  return errorReply(call.theirId, ERROR_CODE.internal, "Refused: internal error of the firewall");
}

/** For a call that the upstream did not live to answer, or that we did not wait for. */
export function upstreamExitReply(id: Id, { exitCode, server }: UpstreamEnd): JsonObject {
  const which = server === undefined ? "MCP server" : `MCP server "${server}"`;
  const message = exitCode === undefined
    ? `The connection to the ${which} ended before it answered`
    : `The ${which} ended before it answered (exit code ${exitCode})`;
  return errorReply(id, ERROR_CODE.internal, message);
}

/** How the upstream left. `exitCode` is `undefined` where it is no process of ours: we have let go of it, and it may live on. */
export interface UpstreamEnd {
  readonly exitCode: number | undefined;
  /** Its name; absent where the client has no other server. */
  readonly server?: string;
}
