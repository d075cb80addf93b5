/** One HTTP request to an upstream: to its own origin and nowhere else. */
import type { Challenge } from "../../wire/mod.ts";
import type { UpstreamAddress } from "./address.ts";

/** As `fetch`; tests hand in their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface RequesterOptions {
  readonly address: UpstreamAddress;
  /** The operator's own headers, such as an authorization. SECRET: sent to this origin alone, never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
}

export interface HttpAsk {
  readonly method: "POST" | "GET" | "DELETE";
  /** Where it goes, within the origin; the operator's address where absent. */
  readonly href?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Why there is no answer; a phrase for the client, with the origin and nothing else of the address. */
export class NoAnswer extends Error {
  /** What the upstream asks of whoever calls. */
  readonly challenge: Challenge | undefined;

  constructor(
    message: string,
    { challenge, ...options }: ErrorOptions & { challenge?: Challenge | undefined } = {},
  ) {
    super(message, options);
    this.challenge = challenge;
  }
}

const MAX_REDIRECTS = 3;

/**
 * Sends requests to one upstream. Which address its host name leads to is not looked at: `fetch` resolves the name again
 * after any look of ours, and a proxy of the environment resolves it elsewhere. Whoever holds the name can therefore point
 * it at an inner address. Over https that host has no certificate for the name, and the request fails; over http it does
 * not. A redirect to another origin is refused.
 */
export class Requester {
  readonly #options: RequesterOptions;
  /** The operator's headers, by name in lower case. */
  readonly #own: ReadonlyMap<string, string>;

  constructor(options: RequesterOptions) {
    this.#options = options;
    this.#own = new Map(
      Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
  }

  get origin(): string {
    return this.#options.address.origin;
  }

  get address(): UpstreamAddress {
    return this.#options.address;
  }

  /** Rejects with {@link NoAnswer}. A redirect is followed within the origin, with method and body as they are. */
  async send(ask: HttpAsk): Promise<Response> {
    let href = ask.href ?? this.#options.address.href;
    for (let redirects = 0;; redirects++) {
      const response = await this.#sendTo(href, ask);
      if (response.status !== 307 && response.status !== 308) return this.#refuseOtherRedirects(response);
      await discard(response);
      const location = response.headers.get("location");
      const target = location === null ? null : URL.parse(location, href);
      // Elsewhere our headers have no business, and neither has the call: the operator named this origin.
      if (target?.origin !== this.origin) {
        throw new NoAnswer(`The MCP server at ${this.origin} redirects to another origin`);
      }
      if (redirects === MAX_REDIRECTS) {
        throw new NoAnswer(`The MCP server at ${this.origin} redirects without end`);
      }
      href = target.href;
    }
  }

  async #sendTo(href: string, { method, headers, body, signal }: HttpAsk): Promise<Response> {
    try {
      return await this.#options.fetch(href, {
        method,
        headers: this.#headers(headers),
        redirect: "manual",
        signal,
        ...body !== undefined && { body },
      });
    } catch (cause) {
      if (signal.aborted) throw cause;
      // The platform's message has the whole URL in it.
      throw new NoAnswer(`The MCP server at ${this.origin} cannot be reached`, { cause });
    }
  }

  /**
   * The operator's, and over them ours: a value of each name, so that nobody can read another one than we meant. A plain
   * object costs a third of what `Headers` do.
   */
  #headers(ours: HttpAsk["headers"]): Record<string, string> {
    const headers = new Map(this.#own);
    for (const [name, value] of ours) headers.set(name.toLowerCase(), value);
    // Compressed answers would make a small one large behind our back. One that comes all the same is no JSON to us.
    headers.set("accept-encoding", "identity");
    return Object.fromEntries(headers);
  }

  /** 301, 302 and 303 would turn a call into a GET. */
  async #refuseOtherRedirects(response: Response): Promise<Response> {
    if (response.status < 300 || response.status > 399) return response;
    await discard(response);
    throw new NoAnswer(
      `The MCP server at ${this.origin} redirects (HTTP ${response.status}), which a call cannot follow`,
    );
  }
}

/** Is the status one that may be another the next time: the server is busy, or holds a connection that is gone? */
export function isWorthAnotherTry({ status }: Response): boolean {
  return status >= 500 || [408, 409, 425, 429].includes(status);
}

/** Lets go of a body that nobody reads. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {}); // the connection may be gone already
}
