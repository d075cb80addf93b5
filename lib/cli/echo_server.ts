/**
 * The upstream that `bench` measures with: an MCP server of the legacy era with one tool, `echo`. It reads and writes
 * synchronously and does next to nothing, so that what is measured is the firewall.
 */
import { type Command, EXIT } from "./command.ts";

export const command: Command = {
  name: "echo-server",
  summary: "the upstream that bench measures with",
  usage: "",
  flags: [],
  example: "countersign bench",
  run() {
    serveEcho(Deno.stdin, Deno.stdout);
    return Promise.resolve(EXIT.done);
  },
};

const NEWLINE = 0x0a;
const BUFFER_BYTES = 256 * 1024;
const METHOD_NOT_FOUND = -32601;

interface Source {
  readSync(buffer: Uint8Array): number | null;
}

interface Sink {
  writeSync(bytes: Uint8Array): number;
}

/** What of a request is looked at. The bench client sends nothing else. */
interface Request {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: { readonly message?: string } };
}

/** Answers every request from `source` on `sink` until its end; the replies of one read leave in one write. */
export function serveEcho(source: Source, sink: Sink): void {
  const encoder = new TextEncoder(), decoder = new TextDecoder();
  const buffer = new Uint8Array(BUFFER_BYTES);
  let rest = "";
  for (let read = source.readSync(buffer); read !== null; read = source.readSync(buffer)) {
    const end = buffer.lastIndexOf(NEWLINE, read - 1) + 1;
    if (end === 0) {
      rest += decoder.decode(buffer.subarray(0, read), { stream: true });
      continue;
    }
    const lines = (rest + decoder.decode(buffer.subarray(0, end), { stream: true })).split("\n");
    rest = decoder.decode(buffer.subarray(end, read), { stream: true });
    writeAll(sink, encoder.encode(lines.map(replyTo).join("")));
  }
}

function writeAll(sink: Sink, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += sink.writeSync(bytes.subarray(at));
}

function replyTo(line: string): string {
  if (line === "") return "";
  const { id, method, params }: Request = JSON.parse(line);
  if (id === undefined) return "";
  const answer = method === "tools/call"
    ? `"result":{"content":[{"type":"text","text":${JSON.stringify(params?.arguments?.message ?? "")}}]}`
    : otherAnswer(method, params?.protocolVersion);
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${answer}}\n`;
}

const ECHO_TOOL = {
  name: "echo",
  description: "Says what it was told",
  inputSchema: { type: "object", properties: { message: { type: "string" } } },
} as const;

function otherAnswer(method: string, protocolVersion = "2025-11-25"): string {
  const results: Readonly<Record<string, unknown>> = {
    "initialize": {
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "countersign-echo", version: "1" },
    },
    "ping": {},
    "tools/list": { tools: [ECHO_TOOL] },
  };
  const result = results[method];
  if (result !== undefined) return `"result":${JSON.stringify(result)}`;
  return `"error":${JSON.stringify({ code: METHOD_NOT_FOUND, message: `Method not found: ${method}` })}`;
}
