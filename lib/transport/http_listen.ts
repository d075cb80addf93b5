/** A small HTTP server: whole requests of a bounded size in, whole replies out. */
import { concatBytes, within } from "../base/mod.ts";
import { SteadyServer } from "./steady_server.ts";

/** A request that was read whole. ATTACKER-CONTROLLED. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpListening {
  readonly hostname: string;
  /** 0: any that is free. */
  readonly port: number;
  /** A longer body is answered with 413, as soon as that is known. */
  readonly maxBodyBytes: number;
  /** A body that takes longer is answered with 408. Milliseconds. */
  readonly bodyTimeoutMs: number;
  readonly handle: (request: HttpRequest) => Promise<HttpReply>;
  /** What a handler threw: the peer is told 500 and nothing else. */
  readonly onError: (error: unknown) => void;
}

export interface HttpServer {
  readonly port: number;
  /** Resolves when the replies on their way are out, or were waited for long enough. */
  close(): Promise<void>;
}

/** Begins to listen. Throws Fault `usage` where the address cannot be had. */
export function listenHttp(options: HttpListening): HttpServer {
  const { hostname, port } = options;
  const handler = (request: Request) => answer(request, options);
  return new SteadyServer({ hostname, port, handler, onAgain: () => {} });
}

async function answer(request: Request, options: HttpListening): Promise<Response> {
  try {
    const body = await readBody(request, options);
    if (typeof body === "number") {
      return respond({ status: body, headers: { connection: "close" }, body: "" });
    }
    const path = new URL(request.url).pathname;
    return respond(await options.handle({ method: request.method, path, body }));
  } catch (error) {
    options.onError(error);
    return respond({ status: 500, headers: {}, body: "" });
  }
}

function respond({ status, headers, body }: HttpReply): Response {
  return new Response(body, { status, headers: { ...headers } });
}

/** The body, or the status that refuses it. A peer that sends a byte a minute is not waited for. */
async function readBody(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: HttpListening,
): Promise<Uint8Array | 408 | 413> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) return 413;
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  let whole: Uint8Array | undefined;
  const read = collect(reader, maxBodyBytes).then((bytes) => whole = bytes);
  const inTime = await within(read, bodyTimeoutMs);
  if (whole !== undefined) return whole;
  // The peer may be gone already; its request is refused either way.
  await reader.cancel().catch(() => {});
  return inTime ? 413 : 408;
}

/** All of it, or `undefined` as soon as it is more than `most` bytes. */
async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  most: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  for (let length = 0;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(...parts);
    length += value.length;
    if (length > most) return undefined;
    parts.push(value);
  }
}
