/** A server that goes on listening where the one under us gives up. */
import { Fault, messageOf, pause, within } from "../base/mod.ts";

export interface SteadyOptions {
  readonly hostname: string;
  /** 0: any that is free. */
  readonly port: number;
  /** PEM. The key is SECRET. Absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  /** It stopped listening, and listens again. Called as often as that happens. */
  readonly onAgain: () => void;
}

type Server = Deno.HttpServer<Deno.NetAddr>;

const TRY_AGAIN_MS = 100;
/** What is left of connections when everything was said. */
const LINGER_MS = 2_000;

/**
 * `Deno.serve` stops listening, for good, when a connection cannot be accepted: when there is no descriptor left for it.
 * Nothing bounds how many connections there are, nor how long the head of a request may take, so whoever opens enough of
 * them and sends a byte on each would end the service (slow loris). Here they end their own connections: the server that
 * gave up is shut down, which closes what has no whole request on it and lets requests under way come to their end; and
 * the next one listens in its place.
 */
export class SteadyServer {
  readonly port: number;
  readonly #options: SteadyOptions;
  readonly #ending = new AbortController();
  /** The one that listens, and those before it that still have requests under way. */
  readonly #servers = new Set<Server>();
  #isClosing = false;

  /** Throws Fault `usage` where the address cannot be had. */
  constructor(options: SteadyOptions) {
    this.#options = options;
    this.port = this.#listen(options.port).addr.port;
  }

  /** Resolves when the replies on their way are out, or were waited for long enough. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const servers = [...this.#servers];
    const shut = Promise.allSettled(servers.map((server) => server.shutdown()));
    if (!await within(shut, LINGER_MS)) this.#ending.abort();
    await Promise.allSettled(servers.map(({ finished }) => finished));
  }

  #listen(port: number): Server {
    const server = serve({ ...this.#options, port }, this.#ending.signal);
    this.#servers.add(server);
    server.finished.catch(() => this.#goOn(server));
    return server;
  }

  async #goOn(server: Server): Promise<void> {
    server.shutdown().catch(() => {}).finally(() => this.#servers.delete(server));
    if (!this.#isClosing) this.#options.onAgain();
    while (!this.#isClosing) {
      // Until the connections above are closed there may be no descriptor to listen on, and none to accept with.
      await pause(TRY_AGAIN_MS);
      try {
        if (!this.#isClosing) this.#listen(this.port);
        return;
      } catch {
        // As before: once more.
      }
    }
  }
}

/**
 * Variables by which an environment would have the platform listen elsewhere than we were told, where no bearer is asked
 * for, or believe a header about who calls.
 */
const OVERRIDES = ["DENO_SERVE_ADDRESS", "DENO_TRUST_PROXY_HEADERS"] as const;

function forgetOverrides(): void {
  for (const name of OVERRIDES) {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    if (state === "granted") Deno.env.delete(name);
  }
}

function serve({ hostname, port, tls, handler }: SteadyOptions, signal: AbortSignal): Server {
  forgetOverrides();
  try {
    return Deno.serve({ hostname, port, signal, onListen: () => {}, ...tls }, handler);
  } catch (cause) {
    throw new Fault("usage", `Cannot listen on ${hostname}:${port}: ${messageOf(cause)}`, {
      cause,
      hint: "choose another port with --listen, or end what listens there",
    });
  }
}
