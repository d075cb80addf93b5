/**
 * transport/http_server: MCP over Streamable HTTP towards clients, both eras, and the pair of 2024-11-05 on request.
 * Guards, sessions, streams and their resumption; who calls and what a session is are handed in as ports.
 *
 * Input: ATTACKER-CONTROLLED, from the first byte. Thread: main. Imports: base, wire. A side door of transport: only a
 * `run --listen` loads it.
 */
export type {
  Authenticated,
  Caller,
  ClientLane,
  ClientSession,
  CloseReason,
  Opened,
  RequestFacts,
  SessionPort,
} from "./ports.ts";
export type { HttpAnswer } from "./answer.ts";
export type { DenialReason } from "./denial.ts";
export { Front } from "./front.ts";
export { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
export type { McpServerOptions } from "./options.ts";
export { type McpServer, serveMcp } from "./serve.ts";
