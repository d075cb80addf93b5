/** One client of the legacy era under load: it knows a secret that no other knows, and every call carries it. */
import { within } from "../harness.ts";
import { eventsOf, type Told } from "./event_reader.ts";
import type { Message, Tally } from "./tally.ts";

const VERSION = "2025-11-25";
const USUAL = { "content-type": "application/json", accept: "application/json, text/event-stream" };
/** Everything here comes at once, or never. */
const PATIENCE_MS = 120_000;

export interface LoadOptions {
  readonly url: URL;
  readonly client: Deno.HttpClient;
  readonly tally: Tally;
}

export class LoadSession {
  readonly secret: string = crypto.randomUUID();
  readonly headers: Record<string, string> = { ...USUAL };
  /** Takes what comes on the stream of a call beside its reply. */
  onAside: (message: Message) => void = () => {};
  readonly #options: LoadOptions;
  #next = 1;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  static async open(options: LoadOptions): Promise<LoadSession> {
    const session = new LoadSession(options);
    const params = {
      protocolVersion: VERSION,
      capabilities: {},
      clientInfo: { name: "load", version: "1.0.0" },
    };
    const response = await session.#post({ jsonrpc: "2.0", id: 0, method: "initialize", params });
    const text = await response.text();
    const id = response.headers.get("mcp-session-id");
    if (id === null) throw new Error(`initialize was answered with ${response.status}: ${text}`);
    Object.assign(session.headers, { "mcp-session-id": id, "mcp-protocol-version": VERSION });
    const told = await session.#post({ jsonrpc: "2.0", method: "notifications/initialized" });
    await told.body?.cancel();
    return session;
  }

  /** A call that must be answered. Its reply; `undefined` where there was none. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<Message | undefined> {
    const { tally } = this.#options;
    const { id, token, response } = this.#begin(name, args);
    const messages: Message[] = [];
    const reading = (async () => {
      for await (const { message } of eventsOf(await response)) {
        if ("method" in message) this.onAside(message);
        messages.push(message);
      }
    })();
    await within(reading, { what: `the answer to ${name}`, ms: PATIENCE_MS });
    return tally.count(id, token, messages);
  }

  /** A call whose client goes away once it has heard something, or `afterMs` when it hears nothing. */
  async leave(name: string, afterMs?: number): Promise<void> {
    const gone = new AbortController();
    this.#options.tally.sums.left++;
    const { response } = this.#begin(name, {}, gone.signal);
    const timer = afterMs === undefined ? undefined : setTimeout(() => gone.abort(), afterMs);
    try {
      await (await response).body?.getReader().read();
    } catch {
      // it went away, as it was to
    }
    clearTimeout(timer);
    gone.abort();
  }

  /** The stream of what nobody asked for. `lastEventId`: behind it. */
  async listen(signal: AbortSignal, lastEventId?: string): Promise<AsyncGenerator<Told>> {
    const { url, client } = this.#options;
    const headers = { ...this.headers, ...lastEventId !== undefined && { "last-event-id": lastEventId } };
    const response = await fetch(url, { headers, client, signal });
    if (response.status !== 200) throw new Error(`GET was answered with ${response.status}`);
    return eventsOf(response);
  }

  async end(): Promise<number> {
    const { url, client } = this.#options;
    const response = await fetch(url, { method: "DELETE", headers: this.headers, client });
    await response.body?.cancel();
    return response.status;
  }

  #begin(name: string, args: Record<string, unknown>, signal?: AbortSignal) {
    const id = this.#next++, token = `${this.secret}:${id}`;
    this.#options.tally.sums.sent++;
    const _meta = { progressToken: id };
    const params = { name, arguments: { token, ...args }, _meta };
    const response = this.#post({ jsonrpc: "2.0", id, method: "tools/call", params }, signal);
    return { id, token, response };
  }

  #post(message: unknown, signal?: AbortSignal): Promise<Response> {
    const { url, client } = this.#options;
    return fetch(url, {
      method: "POST",
      headers: this.headers,
      body: JSON.stringify(message),
      client,
      ...signal && { signal },
    });
  }
}

const MODERN = "2026-07-28";

/** A call of the modern era, under an id that all of them share. */
export async function modernLoad(
  { url, client, tally }: LoadOptions,
  { name, args = {}, leaves = false }: {
    readonly name: string;
    readonly args?: Record<string, unknown>;
    /** Does its client go away once it has heard something? */
    readonly leaves?: boolean;
  },
): Promise<void> {
  const id = 7, token = crypto.randomUUID();
  const _meta = {
    progressToken: id,
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": { name: "load", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name, arguments: { token, ...args }, _meta };
  const headers = { ...USUAL, "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": name };
  const gone = new AbortController();
  tally.sums.sent++;
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params }),
    client,
    signal: gone.signal,
  });
  if (leaves) {
    tally.sums.left++;
    await response.body?.getReader().read();
    return gone.abort();
  }
  const messages: Message[] = [];
  for await (const { message } of eventsOf(response)) messages.push(message);
  tally.count(id, token, messages);
}
