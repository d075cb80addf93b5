import type { Clock } from "../../base/mod.ts";
import type { ServerLimits } from "./limits.ts";
import type { Authenticated, Caller, RequestFacts, SessionPort } from "./ports.ts";

export interface McpServerOptions<C extends Caller> {
  /** An address of this machine; `127.0.0.1` unless somebody asked for another. */
  readonly hostname: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What the files hold, PEM. The key is SECRET. Absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Of the MCP endpoint; `/mcp` where absent. */
  readonly path?: string;
  /** Names that clients may call us by (`Host`), beside the address itself: `mcp.example.com`, or with `:port`. */
  readonly hosts?: readonly string[];
  /** Pages that may call us: `https://app.example.com`. Our own origin may. */
  readonly origins?: readonly string[];
  /** Is the pair of 2024-11-05 served as well (`/sse`, `/messages`)? */
  readonly legacySse?: boolean;
  readonly sessions: SessionPort<C>;
  /** Who calls? Asked for each request, before its body is read. */
  readonly authenticate: (facts: RequestFacts) => Authenticated<C> | Promise<Authenticated<C>>;
  readonly limits?: Partial<ServerLimits>;
  /** One line for the operator, without newline; nothing that a client sent is in it. */
  readonly log: (line: string) => void;
  readonly clock: Clock;
}
