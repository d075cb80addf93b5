/** The official client of SDK v2, in either era, with every capability and a scripted person behind it. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { within } from "./deadline.ts";
import type { Launch } from "./line_client.ts";
import { recorded, RecordingTransport } from "./recording.ts";
import { Transcript } from "./transcript.ts";

export type Era = "modern" | "legacy";

/** A process to speak with, or the address of a server. */
export type Peer = Launch | URL;

const MODERN = "2026-07-28";

/** A connected client of SDK v2, and what it has seen so far. */
export class ModernSession {
  readonly client: Client;
  readonly transcript = new Transcript();
  readonly era: Era;
  readonly called = new Set<string>();
  readonly listed = new Set<string>();
  /** What the scripted person says to the next forms, in order; then it accepts. */
  readonly willRefuse: ("decline" | "cancel")[] = [];

  constructor(era: Era) {
    this.era = era;
    const capabilities = { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } };
    const mode = era === "modern" ? { pin: MODERN } : "legacy" as const;
    this.client = new Client({ name: "client-of-v2", version: "2.0.0" }, {
      capabilities,
      versionNegotiation: { mode },
    });
    this.#answerServer();
  }

  static async connect(peer: Peer, era: Era): Promise<ModernSession> {
    const session = new ModernSession(era);
    // Not the SDK's own class as it is, so the probe for the era goes to the very process that serves the session.
    const transport = peer instanceof URL
      ? recorded(new StreamableHTTPClientTransport(peer), session.transcript)
      : new RecordingTransport(stdio(peer), session.transcript);
    await within(session.client.connect(transport), { what: "the client to connect" });
    return session;
  }

  #answerServer(): void {
    this.client.setRequestHandler(
      "roots/list",
      () => ({ roots: [{ uri: "file:///srv/work", name: "work" }] }),
    );
    this.client.setRequestHandler("sampling/createMessage", () => ({
      model: "scripted-model",
      role: "assistant",
      content: { type: "text", text: "in short: \u{1F4DC}" },
    }));
    this.client.setRequestHandler("elicitation/create", ({ params }) => {
      const refusal = this.willRefuse.shift();
      if (refusal !== undefined) return { action: refusal };
      return params.mode === "url" ? { action: "accept" } : { action: "accept", content: { confirm: true } };
    });
  }

  /** One step of the script: what it came to, good or bad, goes into the transcript. */
  async step<T>(name: string, action: (client: Client) => Promise<T>): Promise<T | undefined> {
    try {
      const outcome = await within(action(this.client), { what: `the step "${name}"` });
      this.transcript.note(name, outcome);
      return outcome;
    } catch (error) {
      this.transcript.note(name, `threw ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** Lists the tools as a step, and remembers what there is to try. */
  async listTools(): Promise<void> {
    const outcome = await this.step("list tools", (client) => client.listTools());
    for (const { name } of (outcome as { tools: { name: string }[] }).tools) this.listed.add(name);
  }

  /** Calls a tool as a step; `_meta` goes with the call. */
  async tool(
    name: string,
    args: Record<string, unknown> = {},
    meta: Record<string, unknown> | undefined = undefined,
  ): Promise<void> {
    this.called.add(name);
    const params = { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) };
    await this.step(`${name} ${JSON.stringify(args)}`, (client) => client.callTool(params));
  }

  /** Does `action` and waits until a message that holds all of `words` has come after its beginning. */
  async until(words: readonly string[], action: () => Promise<unknown>): Promise<void> {
    await this.transcript.until(words, action);
  }

  async close(): Promise<void> {
    await within(this.client.close(), { what: "the client to close" });
  }
}

/** The SDK's own stdio transport for `launch`. */
export function stdio({ command, args, env, cwd }: Launch): StdioClientTransport {
  const place = cwd === undefined ? {} : { cwd };
  return new StdioClientTransport({ command, args: [...args], env: { ...env }, stderr: "ignore", ...place });
}
