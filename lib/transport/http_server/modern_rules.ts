/**
 * What a modern message must have, and say alike in its headers and in its body (2026-07-28, "Per-request protocol fields",
 * "Request Metadata"). All of it is ATTACKER-CONTROLLED, and looked at before the message goes anywhere.
 */
import { isJsonObject } from "../../base/mod.ts";
import {
  ERROR_CODE,
  headerMismatch,
  methodInfo,
  type NoticeMessage,
  type ParamHeader,
  protocolVersionOf,
  type RequestMessage,
} from "../../wire/mod.ts";
import type { Denial } from "./denial.ts";
import { MODERN_VERSIONS, VERSION_HEADER } from "./versions.ts";

type Asked = Pick<RequestMessage, "method" | "params">;

/** Of JSON-RPC, and two that MCP reserves for itself. */
const METHOD_NOT_FOUND = -32601, HEADER_MISMATCH = -32020, UNSUPPORTED_VERSION = -32022;
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";

/** What is wrong with a request, as far as it can be said before it is known which tool it calls. */
export function requestProblem(headers: Headers, message: Asked): Denial | undefined {
  const version = protocolVersionOf(message.params);
  // Whoever sends a version that nobody speaks here is to hear of that, and of nothing else.
  if (version === undefined) return versionProblem(headers.get(VERSION_HEADER)) ?? MISSING_VERSION;
  return headerProblem(headers, message) ?? versionProblem(version) ?? capabilitiesProblem(message) ??
    removedProblem(message);
}

/** No revision says which headers a notification has: only what is said twice is compared. */
export function noticeProblem(headers: Headers, { method, params }: NoticeMessage): Denial | undefined {
  const sent = headers.get(VERSION_HEADER), version = protocolVersionOf(params);
  if (sent !== null && version !== undefined && sent !== version) {
    return mismatch("the header MCP-Protocol-Version does not match the body");
  }
  const sentMethod = headers.get("mcp-method");
  if (sentMethod !== null && sentMethod !== method) {
    return mismatch("the header Mcp-Method does not match the body");
  }
  return versionProblem(version ?? sent);
}

/** `params`: of the tool that is called, where it was listed. */
export function headerProblem(
  headers: Headers,
  message: Asked,
  params: readonly ParamHeader[] = [],
): Denial | undefined {
  const phrase = headerMismatch(message, (name) => headers.get(name) ?? undefined, params);
  return phrase === undefined ? undefined : mismatch(phrase);
}

function mismatch(phrase: string): Denial {
  return {
    status: 400,
    reason: "header-mismatch",
    message: `Header mismatch: ${phrase}`,
    code: HEADER_MISMATCH,
  };
}

function versionProblem(version: string | null): Denial | undefined {
  if (version === null || MODERN_VERSIONS.includes(version)) return undefined;
  return {
    status: 400,
    reason: "protocol-version",
    message: "Unsupported protocol version",
    code: UNSUPPORTED_VERSION,
    // Its own word, and no longer than a version is.
    data: { supported: [...MODERN_VERSIONS], requested: version.slice(0, 32).toWellFormed() },
  };
}

const MISSING_VERSION = missing("io.modelcontextprotocol/protocolVersion");

function capabilitiesProblem({ params }: Asked): Denial | undefined {
  const meta = params?._meta;
  return isJsonObject(meta) && isJsonObject(meta[CAPABILITIES_KEY]) ? undefined : missing(CAPABILITIES_KEY);
}

function missing(key: string): Denial {
  return {
    status: 400,
    reason: "message",
    message: `Invalid params: _meta["${key}"] is missing`,
    code: ERROR_CODE.invalidParams,
  };
}

/** A method that this era has no more is none, whatever its parameters are. */
function removedProblem({ method }: Asked): Denial | undefined {
  if (methodInfo(method)?.eras.includes("modern") !== false) return undefined;
  return { status: 404, reason: "message", message: "Method not found", code: METHOD_NOT_FOUND };
}
