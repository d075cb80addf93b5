import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";

/** legacy: 2024-11-05 … 2025-11-25, with a handshake; modern: 2026-07-28, where each request carries its version. */
export type Era = "legacy" | "modern";

/** The only revision in which a JSON-RPC batch is legal. */
export const VERSION_WITH_BATCHES = "2025-03-26";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

/** The era of a request, by its own params: a modern request names its protocol version, whichever that is. */
export function eraOf(params: JsonObject | undefined): Era {
  const meta = params?._meta;
  return isJsonObject(meta) && Object.hasOwn(meta, VERSION_KEY) ? "modern" : "legacy";
}

/** The protocol version that a modern request names; `undefined` where it names none, or none that is text. */
export function protocolVersionOf(params: JsonObject | undefined): string | undefined {
  const meta = params?._meta;
  const version = isJsonObject(meta) && Object.hasOwn(meta, VERSION_KEY) ? meta[VERSION_KEY] : undefined;
  return typeof version === "string" ? version : undefined;
}

/** The protocol version that an `initialize` result settles on; `undefined` where it names none. */
export function negotiatedVersionOf(result: JsonValue | undefined): string | undefined {
  const version = isJsonObject(result) ? result.protocolVersion : undefined;
  return typeof version === "string" ? version : undefined;
}
