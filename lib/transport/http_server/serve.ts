/** The one file that listens. */
import type { McpServerOptions } from "./options.ts";
import type { Caller } from "./ports.ts";

export type { McpServerOptions } from "./options.ts";

export interface McpServer {
  readonly port: number;
  /** No new sessions; replies under way are awaited, then everything is closed. */
  close(): Promise<void>;
}

/** Begins to listen. Throws Fault `usage` where the address cannot be had. */
export function serveMcp<C extends Caller>(_options: McpServerOptions<C>): McpServer {
  throw new Error("internal error: transport: not built yet");
}
