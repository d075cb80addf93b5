/** A client over HTTP that knows only what is on the wire: a POST, and what comes back. */
import { DEADLINE_MS } from "./deadline.ts";

// deno-lint-ignore no-explicit-any -- what a server sends is looked into by a test that knows it
type Message = any;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** In the order of their coming, whether as JSON or as events. */
  readonly messages: readonly Message[];
}

const CLIENT_INFO = { name: "raw-client", version: "1.0.0" };
const LEGACY = "2025-11-25", MODERN = "2026-07-28";

/** Sends one message. `headers`: in place of, or beside, the usual ones. */
export async function post(
  url: URL,
  message: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  return { status: response.status, headers: response.headers, messages: messagesIn(await response.text()) };
}

function messagesIn(text: string): readonly Message[] {
  if (text.trim() === "") return [];
  if (text.startsWith("{") || text.startsWith("[")) return [JSON.parse(text)];
  return text.split("\n").flatMap((line) => {
    const data = /^data: ?(\S.*)$/.exec(line)?.[1];
    return data === undefined ? [] : [JSON.parse(data)];
  });
}

/** A session of the legacy era. */
export class HttpSession {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  #next = 1;

  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    this.url = url;
    this.headers = headers;
  }

  /** `headers`: with every request, such as an authorization. */
  static async open(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<HttpSession> {
    const params = { protocolVersion: LEGACY, capabilities: {}, clientInfo: CLIENT_INFO };
    const { status, headers: got, messages } = await post(
      url,
      { jsonrpc: "2.0", id: 0, method: "initialize", params },
      headers,
    );
    const id = got.get("mcp-session-id");
    if (id === null) throw new Error(`initialize was answered with ${status}: ${JSON.stringify(messages)}`);
    const session = new HttpSession(url, {
      ...headers,
      "mcp-session-id": id,
      "mcp-protocol-version": LEGACY,
    });
    await post(url, { jsonrpc: "2.0", method: "notifications/initialized" }, session.headers);
    return session;
  }

  ask(method: string, params: Record<string, unknown> = {}): Promise<Answered> {
    return post(this.url, { jsonrpc: "2.0", id: this.#next++, method, params }, this.headers);
  }

  /** The reply to a call of a tool. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<Message> {
    const { status, messages } = await this.ask("tools/call", { name, arguments: args });
    return messages.findLast((message: Message) => "id" in message) ?? { status };
  }

  async delete(): Promise<number> {
    const response = await fetch(this.url, { method: "DELETE", headers: this.headers });
    await response.body?.cancel();
    return response.status;
  }
}

/** A call of the modern era, which needs no session. `id`: several clients may use the same. */
export async function modernCall(
  url: URL,
  { id, name, args = {}, headers = {} }: {
    readonly id: number | string;
    readonly name: string;
    readonly args?: Record<string, unknown>;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<Answered> {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": CLIENT_INFO,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = {
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args, _meta: meta },
  };
  return await post(url, message, {
    "mcp-protocol-version": MODERN,
    "mcp-method": "tools/call",
    "mcp-name": name,
    ...headers,
  });
}
