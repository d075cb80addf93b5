/** The front on a socket. */
import { messageOf } from "../../base/mod.ts";
import { SteadyServer } from "../steady_server.ts";
import { type HttpAnswer, jsonAnswer } from "./answer.ts";
import { Front } from "./front.ts";
import type { McpServerOptions } from "./options.ts";
import type { Caller } from "./ports.ts";

export interface McpServer {
  readonly port: number;
  /** No new sessions; replies under way are awaited, then everything is closed. */
  close(): Promise<void>;
}

const SWEEP_MS = 1_000;

/** Begins to listen. Throws Fault `usage` where the address cannot be had. */
export function serveMcp<C extends Caller>(options: McpServerOptions<C>): McpServer {
  const { hostname, port, tls, log } = options;
  const told = new AgainLog(options);
  const server = new SteadyServer({
    hostname,
    port,
    tls,
    handler: (request, { remoteAddr }) => answer(front, request, { peer: remoteAddr.hostname, log }),
    onAgain: () => told.note(),
  });
  // Nothing is accepted before this turn of the event loop is over.
  const front: Front<C> = new Front(options, server.port);
  const sweeping = setInterval(() => front.sweep(), SWEEP_MS);
  Deno.unrefTimer(sweeping);
  return {
    port: server.port,
    async close() {
      await front.close();
      clearInterval(sweeping);
      await server.close();
    },
  };
}

const QUIET_MS = 10_000;

/** One line in so many seconds, however often connections use up what the system gives. */
class AgainLog {
  readonly #options: Pick<McpServerOptions<Caller>, "log" | "clock">;
  #toldMs = -Infinity;

  constructor(options: Pick<McpServerOptions<Caller>, "log" | "clock">) {
    this.#options = options;
  }

  note(): void {
    const { clock, log } = this.#options;
    if (clock.monotonicMs() - this.#toldMs < QUIET_MS) return;
    this.#toldMs = clock.monotonicMs();
    log("no more connections could be taken: those without a request were closed");
  }
}

interface Answering {
  readonly peer: string;
  readonly log: (line: string) => void;
}

async function answer<C extends Caller>(
  front: Front<C>,
  request: Request,
  { peer, log }: Answering,
): Promise<Response> {
  try {
    return respond(await front.handle(request, peer));
  } catch (error) {
    log(`internal error: ${messageOf(error)}`);
    return respond(jsonAnswer(500, `{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"}}\n`));
  }
}

function respond({ status, headers, body }: HttpAnswer): Response {
  return new Response(body, { status, headers: { ...headers } });
}
