// deno-lint-ignore-file countersign/named-where-allowed -- a client of the platform would cost more than what it measures
/** One kept-alive connection of HTTP/1.1 that asks one thing at a time: as little as possible between two time stamps. */
import { Fault } from "../../lib/base/mod.ts";

const HEAD_END = "\r\n\r\n";
const BUFFER_BYTES = 64 * 1024;
const SILENCE_MS = 10_000;
// Node closes what was idle for five seconds.
const STALE_MS = 2_000;

export interface HttpReply {
  readonly status: number;
  /** Status line and fields, as they came. */
  readonly head: string;
  /** Chunks taken apart; of an event stream as far as the reply to the request. */
  readonly body: string;
}

export class Connection {
  readonly #socket: Deno.TcpConn;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("latin1"); // what is looked for is ASCII, and lengths are in bytes
  #silence: ReturnType<typeof setTimeout> | undefined;
  #rest = "";

  #usedMs = performance.now();

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  static async open(port: number): Promise<Connection> {
    return new Connection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** May the server have closed it, because nothing came? */
  get isStale(): boolean {
    return performance.now() - this.#usedMs > STALE_MS;
  }

  /** Sends a whole request and reads its whole response. Throws Fault `upstream` where the connection ends before. */
  async ask(request: string): Promise<HttpReply> {
    this.#silence = setTimeout(() => this.close(), SILENCE_MS);
    try {
      await this.#write(this.#encoder.encode(request));
      return await this.#reply();
    } finally {
      clearTimeout(this.#silence);
      this.#usedMs = performance.now();
    }
  }

  close(): void {
    try {
      this.#socket.close();
    } catch (thrown) {
      // The silence had closed it already.
      if (!(thrown instanceof Deno.errors.BadResource)) throw thrown;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  async #reply(): Promise<HttpReply> {
    let end = this.#rest.indexOf(HEAD_END);
    for (; end < 0; end = this.#rest.indexOf(HEAD_END)) await this.#more();
    const head = this.#rest.slice(0, end + 2);
    this.#rest = this.#rest.slice(end + HEAD_END.length);
    const status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const body = length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)
      ? await this.#chunks()
      : await this.#exactly(Number(length ?? 0));
    return { status, head, body };
  }

  async #chunks(): Promise<string> {
    let body = "";
    for (;;) {
      let end = this.#rest.indexOf("\r\n");
      for (; end < 0; end = this.#rest.indexOf("\r\n")) await this.#more();
      const length = parseInt(this.#rest.slice(0, end), 16);
      this.#rest = this.#rest.slice(end + 2);
      const chunk = await this.#exactly(length + 2);
      if (length === 0) return body;
      body += chunk.slice(0, length);
    }
  }

  async #exactly(length: number): Promise<string> {
    while (this.#rest.length < length) await this.#more();
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return taken;
  }

  async #more(): Promise<void> {
    const read = await this.#socket.read(this.#buffer);
    if (read === null) throw new Fault("upstream", "Cannot measure: the server closed the connection");
    this.#rest += this.#decoder.decode(this.#buffer.subarray(0, read));
  }
}
