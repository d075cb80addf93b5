/** The one file that listens. */
import { Fault, messageOf, within } from "../../base/mod.ts";
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
/** What is left of connections when everything was said. */
const LINGER_MS = 2_000;

/** Begins to listen. Throws Fault `usage` where the address cannot be had. */
export function serveMcp<C extends Caller>(options: McpServerOptions<C>): McpServer {
  const ending = new AbortController();
  const server = listen(options, ending.signal, (request, { remoteAddr }): Promise<Response> => {
    return answer(front, request, { peer: remoteAddr.hostname, log: options.log });
  });
  // Nothing is accepted before this turn of the event loop is over.
  const front: Front<C> = new Front(options, server.addr.port);
  const sweeping = setInterval(() => front.sweep(), SWEEP_MS);
  Deno.unrefTimer(sweeping);
  return {
    port: server.addr.port,
    async close() {
      await front.close();
      clearInterval(sweeping);
      if (!await within(server.shutdown(), LINGER_MS)) ending.abort();
      await server.finished;
    },
  };
}

function listen<C extends Caller>(
  { hostname, port, tls }: McpServerOptions<C>,
  signal: AbortSignal,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname, port, signal, onListen: () => {}, ...tls }, handler);
  } catch (cause) {
    throw new Fault("usage", `Cannot listen on ${hostname}:${port}: ${messageOf(cause)}`, {
      cause,
      hint: "choose another port with --listen, or end what listens there",
    });
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
