/** A server of a few lines that speaks HTTP with SSE alone, as 2024-11-05 had it: each test says what it does otherwise. */
import { type JsonObject, type JsonValue, utf8 } from "../../lib/base/mod.ts";
import {
  event,
  INITIALIZE,
  INITIALIZED,
  result,
  type Scene,
  type Script,
  type Seen,
  withUpstream,
} from "./http_upstream_kit.ts";

/** One stream of it, as the server has it. */
export class ServerStream {
  readonly #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  readonly #gone = Promise.withResolvers<void>();
  isOpen = true;

  constructor(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
    this.#controller = controller;
  }

  /** Resolves when the other side has let go of it. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  raw(text: string): void {
    if (this.isOpen) this.#controller.enqueue(utf8(text));
  }

  say(...messages: readonly JsonValue[]): void {
    this.raw(messages.map((message) => event(message)).join(""));
  }

  end(): void {
    if (this.isOpen) this.#controller.close();
    this.isOpen = false;
  }

  cancelled(): void {
    this.isOpen = false;
    this.#gone.resolve();
  }
}

export interface OldServerOptions {
  /** What a POST to the address itself comes to. */
  readonly refuse?: () => Response;
  /** The data of the first event of a stream; streams are counted from one. */
  readonly endpoint?: (count: number) => string;
  /** What a GET comes to instead. */
  readonly get?: (count: number) => Response | undefined;
  /** What a message comes to instead of what {@link OldServer.answer} makes of it. */
  readonly onPost?: (
    body: JsonObject,
    seen: Seen,
    server: OldServer,
  ) => Response | undefined | Promise<Response | undefined>;
}

/** Resolves once `test` holds; an error where it does not for a long time. */
export async function until(test: () => boolean): Promise<void> {
  for (let tries = 0; !test(); tries++) {
    if (tries > 4_000) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A link to an {@link OldServer}. */
export type OldScene = Scene & { readonly server: OldServer };

/** Runs `use` with a link to a server that speaks the old pair alone. */
export function withOld(
  options: OldServerOptions,
  use: (scene: OldScene) => Promise<void>,
  headers = {},
): Promise<void> {
  const server = new OldServer(options);
  return withUpstream(server.script, (scene) => use({ ...scene, server }), headers);
}

/** The handshake, as a client has it done. */
export async function shakeHands({ link, next }: Scene): Promise<void> {
  link.write(INITIALIZE);
  const { id } = await next();
  if (id !== 1) throw new Error("the handshake failed");
  link.write(INITIALIZED);
  await link.flushed();
}

export const ACCEPTED = () => new Response("Accepted", { status: 202 });

export class OldServer {
  readonly streams: ServerStream[] = [];
  readonly #options: OldServerOptions;
  readonly #waiting: (() => void)[] = [];

  constructor(options: OldServerOptions = {}) {
    this.#options = options;
  }

  /** The newest. */
  get stream(): ServerStream {
    const newest = this.streams.at(-1);
    if (newest === undefined) throw new Error("no stream was opened");
    return newest;
  }

  /** Resolves once so many streams were opened. */
  async opened(count: number): Promise<void> {
    while (this.streams.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  readonly script: Script = async (seen) => {
    const { method, path, body } = seen;
    if (method === "GET") return this.#listen();
    if (path === "/mcp") return this.#options.refuse?.() ?? new Response("no such thing", { status: 404 });
    if (body === undefined) return new Response(null, { status: 400 });
    const instead = await this.#options.onPost?.(body, seen, this);
    if (instead !== undefined) return instead;
    this.answer(body, seen);
    return ACCEPTED();
  };

  /** Says on the stream of the session what any server would. */
  answer({ id, method }: JsonObject, { search }: Seen): void {
    if (id === undefined || typeof method !== "string") return;
    const greeting = { protocolVersion: "2024-11-05", capabilities: {} };
    const stream = this.streams[Number(search.slice("?s=".length)) - 1] ?? this.stream;
    stream.say(result(id, method === "initialize" ? greeting : { said: method }));
  }

  #listen(): Response {
    const count = this.streams.length + 1;
    const instead = this.#options.get?.(count);
    if (instead !== undefined) return instead;
    let stream: ServerStream | undefined;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        stream = new ServerStream(controller);
        this.streams.push(stream);
      },
      cancel: () => stream?.cancelled(),
    });
    stream?.raw(`event: endpoint\ndata: ${this.#options.endpoint?.(count) ?? `/messages?s=${count}`}\n\n`);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}
