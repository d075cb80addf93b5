/** The official client of the legacy era, with every capability and a scripted person behind it. */
import { within } from "./deadline.ts";
import {
  ASKS,
  type LegacyClient,
  newLegacyClient,
  recordingHttp,
  recordingStdio,
  type ServerAsks,
} from "./legacy_client.ts";
import type { Launch } from "./line_client.ts";
import { Transcript, type Varying } from "./transcript.ts";

/** A process to speak with, or the address of a server. */
export type Peer = Launch | URL;

export interface SessionOptions {
  readonly roots?: readonly { readonly uri: string; readonly name?: string }[];
  readonly varying?: readonly Varying[];
  /** What the scripted person answers to a form, unless it is to be declined. */
  readonly answer?: Record<string, string | number | boolean | string[]>;
}

const SAMPLED = {
  model: "scripted-model",
  role: "assistant",
  content: { type: "text", text: "a scripted completion" },
  stopReason: "endTurn",
} as const;

const TASKS = {
  list: {},
  cancel: {},
  requests: { sampling: { createMessage: {} }, elicitation: { create: {} } },
} as const;

type Handler = Parameters<LegacyClient["setRequestHandler"]>[1];
type Answer = NonNullable<SessionOptions["answer"]> | "decline" | "cancel";

/** A connected client, and what it has seen so far. */
export class LegacySession {
  readonly client: LegacyClient;
  readonly transcript: Transcript;
  #roots: SessionOptions["roots"];
  #answer: Answer;
  readonly #forgetTasks: () => void;
  /** The names of the tools that were called: a server's new tool must not stay untried. */
  readonly called = new Set<string>();
  readonly listed = new Set<string>();

  constructor(options: SessionOptions) {
    const roots = options.roots === undefined ? {} : { roots: { listChanged: true } };
    const capabilities = { ...roots, sampling: {}, elicitation: { form: {}, url: {} }, tasks: TASKS };
    const { client, forgetTasks } = newLegacyClient(capabilities);
    this.client = client;
    this.#forgetTasks = forgetTasks;
    this.transcript = new Transcript(options.varying);
    this.#roots = options.roots;
    this.#answer = options.answer ?? {};
    this.#answerServer();
  }

  static async connect(peer: Peer, options: SessionOptions = {}): Promise<LegacySession> {
    const session = new LegacySession(options);
    const { transcript } = session;
    const transport = peer instanceof URL
      ? recordingHttp(peer, transcript)
      : recordingStdio(peer, transcript);
    await within(session.client.connect(transport), { what: "the client to connect" });
    return session;
  }

  #answerServer(): void {
    const later = async (asked: ServerAsks, extra: Parameters<Handler>[1], result: unknown) => {
      if (asked.params.task === undefined || extra.taskStore === undefined) return result;
      const task = await extra.taskStore.createTask({ ttl: asked.params.task.ttl ?? null });
      await extra.taskStore.storeTaskResult(task.taskId, "completed", result);
      return { task };
    };
    this.client.setRequestHandler(ASKS.sampling, (asked, extra) => later(asked, extra, SAMPLED));
    this.client.setRequestHandler(ASKS.elicitation, (asked, extra) => later(asked, extra, this.#elicited()));
    if (this.#roots !== undefined) {
      this.client.setRequestHandler(ASKS.roots, () => ({ roots: this.#roots }));
    }
  }

  #elicited(): Record<string, unknown> {
    return typeof this.#answer === "string"
      ? { action: this.#answer }
      : { action: "accept", content: this.#answer };
  }

  /** What the scripted person does from now on when a server asks. */
  willAnswer(answer: Answer): void {
    this.#answer = answer;
  }

  /** Changes the roots and says so to the server. */
  async changeRoots(roots: NonNullable<SessionOptions["roots"]>): Promise<void> {
    this.#roots = roots;
    await this.client.sendRootsListChanged();
  }

  /** One step of the script: what it came to, good or bad, goes into the transcript. */
  async step(name: string, action: (client: LegacyClient) => Promise<unknown>): Promise<unknown> {
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

  /** Calls a tool as a step. Progress reports go into the transcript as they come. */
  async tool(name: string, args: Record<string, unknown> = {}): Promise<void> {
    this.called.add(name);
    await this.step(
      `${name} ${JSON.stringify(args)}`,
      (client) => client.callTool({ name, arguments: args }),
    );
  }

  /** Does `action` and waits until a message that holds all of `words` has come after its beginning. */
  until(words: readonly string[], action?: () => Promise<unknown>): Promise<void> {
    return this.transcript.until(words, action);
  }

  async close(): Promise<void> {
    this.#forgetTasks();
    await within(this.client.close(), { what: "the client to close" });
  }
}
