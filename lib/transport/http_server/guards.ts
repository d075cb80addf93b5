/** What is looked at before a body is read, in this order: host, origin, path, method, then the headers of the body. */
import type { Denial } from "./denial.ts";
import { hostAllowed, type HostRules, originKind } from "./hosts.ts";
import { accepts, isJson } from "./media.ts";

/** Which of our doors a request knocks at. */
export type Route = "mcp" | "sse" | "messages";

export interface GuardRules {
  readonly hosts: HostRules;
  /** Of the MCP endpoint. */
  readonly path: string;
  readonly legacySse: boolean;
}

export type Guarded =
  | { readonly kind: "denied"; readonly denial: Denial }
  | { readonly kind: "preflight" }
  | { readonly kind: "route"; readonly route: Route };

const METHODS: Readonly<Record<Route, readonly string[]>> = {
  mcp: ["POST", "GET", "DELETE"],
  sse: ["GET"],
  messages: ["POST"],
};

/** `url`: as the server made it of the request line and the Host header. ATTACKER-CONTROLLED, all of it. */
export function guard(url: URL, { method, headers }: Request, rules: GuardRules): Guarded {
  const problem = hostProblem(url, headers, rules.hosts) ?? originProblem(headers, rules.hosts);
  if (problem !== undefined) return { kind: "denied", denial: problem };
  const route = routeOf(url.pathname, rules);
  if (route === undefined) return denied(404, "path", "There is nothing at this path");
  if (method === "OPTIONS" && headers.has("origin")) return { kind: "preflight" };
  if (METHODS[route].includes(method)) return { kind: "route", route };
  const allow = METHODS[route].join(", ");
  return denied(405, "method", "Method not allowed", { allow });
}

function hostProblem(url: URL, headers: Headers, rules: HostRules): Denial | undefined {
  // HTTP/2 has no Host header. In HTTP/1 a request line can name another host than the header: two readers, two answers.
  const named = headers.get("host") ?? url.host;
  const agrees = named === url.host || url.host === new URL(`${url.protocol}//${safeHost(named)}/`).host;
  if (agrees && hostAllowed(named, rules)) return undefined;
  return { status: 403, reason: "host", message: "This host name is not one that is served here" };
}

function safeHost(host: string): string {
  return /^[a-zA-Z0-9.:[\]-]{1,255}$/.test(host) && URL.canParse(`http://${host}/`)
    ? host
    : "invalid.invalid";
}

function originProblem(headers: Headers, rules: HostRules): Denial | undefined {
  const origin = headers.get("origin");
  if (origin === null || originKind(origin, rules) !== "refused") return undefined;
  return { status: 403, reason: "origin", message: "Pages of this origin may not call here" };
}

function routeOf(path: string, { path: mcp, legacySse }: GuardRules): Route | undefined {
  if (path === mcp) return "mcp";
  if (!legacySse) return undefined;
  if (path === "/sse") return "sse";
  return path === "/messages" ? "messages" : undefined;
}

function denied(
  status: number,
  reason: Denial["reason"],
  message: string,
  headers?: Denial["headers"],
): Guarded {
  return { kind: "denied", denial: { status, reason, message, ...headers !== undefined && { headers } } };
}

/** What is wrong with the headers of a body, before a byte of it is read. `most`: bytes. */
export function bodyProblem(headers: Headers, most: number): Denial | undefined {
  const length = headers.get("content-length"), transfer = headers.get("transfer-encoding");
  // Two lengths that are equal arrive as "3, 3". The server takes them; whoever stands in front may not.
  if (length !== null && !/^\d{1,15}$/.test(length)) return twofold("Content-Length is not one number");
  // The mark of smuggling (RFC 9112, 6.1): what follows on the connection may be a body for one and a request for another.
  if (length !== null && transfer !== null) return twofold("Content-Length stands beside Transfer-Encoding");
  if (Number(length ?? 0) > most) return tooLong(most);
  if (headers.has("content-encoding") || (transfer !== null && transfer.toLowerCase() !== "chunked")) {
    const message = "Encoded bodies are not accepted";
    const headers = { "accept-encoding": "identity", ...transfer !== null && { connection: "close" } };
    return { status: 415, reason: "content-encoding", message, headers };
  }
  if (isJson(headers.get("content-type"))) return undefined;
  return { status: 415, reason: "content-type", message: "Content-Type must be application/json" };
}

/** Who sends what can be read in two ways is not read on. */
function twofold(message: string): Denial {
  return { status: 400, reason: "body-length", message, headers: { connection: "close" } };
}

export function tooLong(most: number): Denial {
  return {
    status: 413,
    reason: "body-too-long",
    message: `The body is longer than ${most} bytes`,
    headers: { connection: "close" },
  };
}

/** `types`: all of which the client must take. */
export function acceptProblem(headers: Headers, types: readonly string[]): Denial | undefined {
  if (types.every((type) => accepts(headers.get("accept"), type))) return undefined;
  return {
    status: 406,
    reason: "accept",
    message: `Not acceptable: the client must accept ${types.join(" and ")}`,
  };
}

export const EVENT_STREAM = "text/event-stream", JSON_TYPE = "application/json";
export const POST_TYPES: readonly string[] = [JSON_TYPE, EVENT_STREAM];

/** The token of `Authorization: Bearer` (RFC 6750, section 2.1). SECRET. */
export function bearerOf(headers: Headers): string | undefined {
  const [, token] = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers.get("authorization") ?? "") ?? [];
  return token;
}
