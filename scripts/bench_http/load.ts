/** The client of `bench:http`: one MCP session, asked over as many connections as requests are in flight. */
import { Fault } from "../../lib/base/mod.ts";
import { Connection, type HttpReply } from "./connection.ts";

export type Era = "legacy" | "modern";

/** What a block of calls showed. `micros`: one per answered call. */
export interface Block {
  readonly micros: readonly number[];
  readonly lost: number;
  readonly elapsedMs: number;
  /** The first answer that was not the expected one. */
  readonly refusal: string | undefined;
}

const LEGACY_VERSION = "2025-11-25", MODERN_VERSION = "2026-07-28";
const CLIENT = '{"name":"countersign-bench","version":"1"}';
const META = `"_meta":{"io.modelcontextprotocol/protocolVersion":"${MODERN_VERSION}",` +
  `"io.modelcontextprotocol/clientInfo":${CLIENT},"io.modelcontextprotocol/clientCapabilities":{}}`;

// A block of the slowest must not take the time of all the others.
const MOST_MS = 2_000;

export class Load {
  readonly #port: number;
  readonly #era: Era;
  readonly #connections: Connection[] = [];
  #session = "";
  #nextId = 1;

  constructor(port: number, era: Era) {
    this.#port = port;
    this.#era = era;
  }

  /** Shakes hands, in the era where that is done. Throws Fault `upstream` where the server does not. */
  async begin(): Promise<void> {
    if (this.#era === "modern") return;
    const params = `{"protocolVersion":"${LEGACY_VERSION}","capabilities":{},"clientInfo":${CLIENT}}`;
    const reply = await this.#ask(0, `"id":0,"method":"initialize","params":${params}`);
    if (!reply.body.includes('"serverInfo"')) {
      throw new Fault("upstream", `Cannot measure: initialize was answered with ${shown(reply)}`);
    }
    const id = /\r\nmcp-session-id: *(\S+)/i.exec(reply.head)?.[1];
    this.#session = `MCP-Protocol-Version: ${LEGACY_VERSION}\r\n` +
      (id === undefined ? "" : `Mcp-Session-Id: ${id}\r\n`);
    await this.#ask(0, `"method":"notifications/initialized"`);
  }

  /** Makes the calls, `concurrency` of them at once; fewer where one is lost, or the server is slow. */
  async block(calls: number, concurrency: number): Promise<Block> {
    await Promise.all(Array.from({ length: concurrency }, (_, which) => this.#connection(which)));
    const micros: number[] = [];
    const start = performance.now();
    let sent = 0, refusal: string | undefined;
    const lane = async (which: number) => {
      while (sent < calls && refusal === undefined && performance.now() - start < MOST_MS) {
        sent++;
        const id = this.#nextId++;
        const text = this.#requestText(callText(id, this.#era));
        const began = performance.now();
        const reply = await this.#exchange(which, text);
        const took = (performance.now() - began) * 1000;
        if (reply.status === 200 && reply.body.includes(`"call ${id}"`)) micros.push(took);
        else refusal ??= shown(reply);
      }
    };
    try {
      await Promise.all(Array.from({ length: concurrency }, (_, which) => lane(which)));
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      refusal ??= thrown.message;
    }
    return { micros, lost: sent - micros.length, elapsedMs: performance.now() - start, refusal };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #ask(which: number, message: string): Promise<HttpReply> {
    return this.#exchange(which, this.#requestText(message));
  }

  async #exchange(which: number, text: string): Promise<HttpReply> {
    const connection = this.#connections[which] ?? await this.#connection(which);
    return await connection.ask(text);
  }

  async #connection(which: number): Promise<Connection> {
    const open = this.#connections[which];
    if (open?.isStale === false) return open;
    open?.close();
    return this.#connections[which] = await Connection.open(this.#port);
  }

  #requestText(message: string): string {
    const body = `{"jsonrpc":"2.0",${message}}`;
    const own = this.#era === "legacy"
      ? this.#session
      : `MCP-Protocol-Version: ${MODERN_VERSION}\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n`;
    return `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\nContent-Type: application/json\r\n` +
      `Accept: application/json, text/event-stream\r\n${own}Content-Length: ${body.length}\r\n\r\n${body}`;
  }
}

function callText(id: number, era: Era): string {
  const meta = era === "modern" ? `,${META}` : "";
  return `"id":${id},"method":"tools/call",` +
    `"params":{"name":"echo","arguments":{"message":"call ${id}"}${meta}}`;
}

const SHOWN_CHARS = 300;

function shown({ status, body }: HttpReply): string {
  return `HTTP ${status} ${body.slice(0, SHOWN_CHARS)}`;
}
