/** The legacy era's SDK reaches us untyped; what the tests use of it is typed here and nowhere else. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTaskStore } from "@modelcontextprotocol/sdk/experimental/tasks/index.js";
import * as schemas from "@modelcontextprotocol/sdk/types.js";
import type { Launch } from "./line_client.ts";
import { recorded, RecordingTransport, type Wire } from "./recording.ts";
import type { Transcript } from "./transcript.ts";

type Params = Record<string, unknown>;
// deno-lint-ignore no-explicit-any -- results are written to a transcript, or looked into by a test that knows them
type Outcome = Promise<any>;

export interface CallOptions {
  readonly onprogress?: (progress: unknown) => void;
  readonly signal?: AbortSignal;
  readonly task?: { readonly ttl: number };
}

export interface LegacyClient {
  connect(transport: unknown): Promise<void>;
  close(): Promise<void>;
  ping(): Outcome;
  listTools(params?: Params): Outcome;
  callTool(params: Params, schema?: unknown, options?: CallOptions): Outcome;
  listResources(params?: Params): Outcome;
  listResourceTemplates(params?: Params): Outcome;
  readResource(params: Params): Outcome;
  subscribeResource(params: Params): Outcome;
  unsubscribeResource(params: Params): Outcome;
  listPrompts(params?: Params): Outcome;
  getPrompt(params: Params): Outcome;
  complete(params: Params): Outcome;
  setLoggingLevel(level: string): Outcome;
  sendRootsListChanged(): Promise<void>;
  getServerCapabilities(): unknown;
  getServerVersion(): unknown;
  getInstructions(): string | undefined;
  request(request: { method: string; params?: Params }, schema: unknown, options?: CallOptions): Outcome;
  setRequestHandler(schema: unknown, handler: (request: ServerAsks, extra: HandlerExtra) => unknown): void;
}

/** A request of the server to the client. */
export interface ServerAsks {
  readonly params: { readonly task?: { readonly ttl?: number } };
}

interface HandlerExtra {
  readonly taskStore?: {
    createTask(options: { ttl: number | null }): Promise<{ readonly taskId: string }>;
    storeTaskResult(taskId: string, status: "completed" | "failed", result: unknown): Promise<void>;
  };
}

/** The schemas that name a request to the SDK. */
export const ASKS = {
  sampling: schemas.CreateMessageRequestSchema as unknown,
  elicitation: schemas.ElicitRequestSchema as unknown,
  roots: schemas.ListRootsRequestSchema as unknown,
} as const;

/** The schemas of results that the client has no method for. */
export const RESULTS = {
  any: schemas.ResultSchema as unknown,
  taskCreated: schemas.CreateTaskResultSchema as unknown,
} as const;

/** A client with a place for its own tasks; `forgetTasks` stops the timers that would keep the test alive. */
export function newLegacyClient(
  capabilities: Record<string, unknown>,
): { readonly client: LegacyClient; forgetTasks(): void } {
  const info = { name: "legacy-client", version: "1.0.0" };
  const taskStore = new InMemoryTaskStore();
  return { client: new Client(info, { capabilities, taskStore }), forgetTasks: () => taskStore.cleanup() };
}

/** The SDK's own stdio transport for `launch`, with a listener in it. */
export function recordingStdio(launch: Launch, transcript: Transcript): RecordingTransport {
  const { command, args, env, cwd } = launch;
  const parameters = { command, args: [...args], env: { ...env }, stderr: "ignore", cwd };
  return new RecordingTransport(new StdioClientTransport(parameters), transcript);
}

/** The SDK's own transport over HTTP, with the same listener; that of 2024-11-05 where the path says so. */
export function recordingHttp(url: URL, transcript: Transcript): Wire {
  const isOld = url.pathname === "/sse";
  return recorded<Wire>(
    isOld ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url),
    transcript,
  );
}
