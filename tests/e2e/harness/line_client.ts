/**
 * A client that speaks in bytes and lines: for everything that a well-behaved SDK would never send. It keeps all that
 * came back, and an expectation that is not met says what came instead, with the other side's stderr.
 */
import { within } from "./deadline.ts";

/** A command line with its whole environment. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Working folder; the test's own where absent. */
  readonly cwd?: string;
}

/** A message as the client sees it. Nothing about its shape is certain before a test has looked. */
export interface Received {
  readonly id?: string | number | null;
  readonly method?: string;
  // deno-lint-ignore no-explicit-any -- tests pick fields out of replies; a wrong shape fails their assertion
  readonly params?: any;
  // deno-lint-ignore no-explicit-any -- as above
  readonly result?: any;
  // deno-lint-ignore no-explicit-any -- as above
  readonly error?: any;
}

type Waiter = PromiseWithResolvers<Received>;
type Id = string | number | null;

export class LineClient {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #byId = new Map<string, Received[]>();
  readonly #waitingForId = new Map<string, Waiter>();
  readonly #waitingForTest = new Map<Waiter, (message: Received) => boolean>();
  readonly #ended: Promise<Deno.CommandStatus>;
  #nextId = 1;
  #stderr = "";
  #failure: Error | undefined;
  /** Every line of stdout, in order, without its line feed. */
  readonly lines: string[] = [];
  /** Every line that is JSON, parsed, in order. */
  readonly messages: Received[] = [];

  constructor(launch: Launch) {
    const { command, args, env, cwd } = launch;
    const options = {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      ...(cwd === undefined ? {} : { cwd }),
    };
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#process = new Deno.Command(command, { ...options, ...pipes }).spawn();
    this.#input = this.#process.stdin.getWriter();
    // A client that writes to a process which just ended hears of it by the missing reply, with the reason in it.
    this.#input.closed.catch(() => undefined);
    const output = Promise.all([this.#readLines(), this.#readStderr()]);
    this.#ended = output.then(() => this.#process.status).then((status) => this.#end(status));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What the other side wrote to stderr so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Sends one line: text as it is, a message with `jsonrpc` added. */
  send(line: string | Record<string, unknown>): Promise<void> {
    const text = typeof line === "string" ? line : JSON.stringify({ jsonrpc: "2.0", ...line });
    return this.sendBytes(new TextEncoder().encode(`${text}\n`));
  }

  /** Sends bytes as they are. A pipe that is closed is no error here: the exit code and the replies tell. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#input.write(bytes).catch(() => undefined);
  }

  /** Sends a request under a fresh id and resolves with its reply, result or error. */
  async request(method: string, params?: Record<string, unknown>): Promise<Received> {
    const id = this.#nextId++;
    const reply = this.reply(id);
    await this.send({ id, method, ...(params === undefined ? {} : { params }) });
    return await reply;
  }

  /** Calls a tool and resolves with the reply. */
  call(name: string, args: Record<string, unknown> = {}): Promise<Received> {
    return this.request("tools/call", { name, arguments: args });
  }

  /** The legacy handshake, or the modern `server/discover` with nothing to shake. */
  async initialize(
    protocolVersion = "2025-11-25",
    capabilities: Record<string, unknown> = {},
  ): Promise<Received> {
    const clientInfo = { name: "line-client", version: "1.0.0" };
    const reply = await this.request("initialize", { protocolVersion, capabilities, clientInfo });
    await this.send({ method: "notifications/initialized" });
    return reply;
  }

  /** The first reply with `id`, now or later. */
  async reply(id: Id, ms?: number): Promise<Received> {
    const [first] = this.replies(id);
    if (first !== undefined) return first;
    const key = JSON.stringify(id);
    // One waiter for all who wait for this id, as thousands of replies come in at once.
    const waiter = this.#waitingForId.get(key) ?? this.#newWaiter();
    this.#waitingForId.set(key, waiter);
    return await this.#await(waiter, { what: `the reply to ${key}`, ...(ms === undefined ? {} : { ms }) });
  }

  /** All replies with `id` so far: more than one is a mistake that a test looks for. */
  replies(id: Id): readonly Received[] {
    return this.#byId.get(JSON.stringify(id)) ?? [];
  }

  /** The first message for which `test` holds, of those that came already or come still. */
  async next(test: (message: Received) => boolean, what: string): Promise<Received> {
    const found = this.messages.find(test);
    if (found !== undefined) return found;
    const waiter = this.#newWaiter();
    this.#waitingForTest.set(waiter, test);
    return await this.#await(waiter, { what }).finally(() => this.#waitingForTest.delete(waiter));
  }

  async closeInput(): Promise<void> {
    await this.#input.close().catch(() => undefined);
  }

  /** Resolves once the process has ended and all its output has arrived. */
  exited(ms?: number): Promise<Deno.CommandStatus> {
    const options = { what: "the process to end", detail: () => this.#state() };
    return within(this.#ended, ms === undefined ? options : { ...options, ms });
  }

  kill(name: Deno.Signal): void {
    try {
      this.#process.kill(name);
    } catch (error) {
      // It may have ended by itself in the meantime, which is what the caller wanted.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Ends the process for good and waits for it; what it started is the business of the test's box. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#input.abort().catch(() => undefined);
    // A grandchild may still hold the pipes; the box ends it by its mark.
    await this.#process.status;
  }

  #newWaiter(): Waiter {
    const waiter = Promise.withResolvers<Received>();
    if (this.#failure !== undefined) waiter.reject(this.#failure);
    return waiter;
  }

  #await(waiter: Waiter, options: { what: string; ms?: number }): Promise<Received> {
    return within(waiter.promise, { ...options, detail: () => this.#state() });
  }

  async #readLines(): Promise<void> {
    let parts: string[] = [];
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = text.split("\n");
      const rest = lines.pop() ?? "";
      for (const line of lines) {
        this.#take(parts.join("") + line);
        parts = [];
      }
      if (rest !== "") parts.push(rest);
    }
    if (parts.length > 0) this.#take(parts.join(""));
  }

  #take(line: string): void {
    this.lines.push(line);
    const message = parse(line);
    if (message === undefined) return;
    this.messages.push(message);
    if (message.id !== undefined && message.method === undefined) this.#takeReply(message);
    for (const [waiter, test] of this.#waitingForTest) {
      if (test(message)) waiter.resolve(message);
    }
  }

  #takeReply(message: Received): void {
    const key = JSON.stringify(message.id);
    const known = this.#byId.get(key);
    if (known === undefined) this.#byId.set(key, [message]);
    else known.push(message);
    this.#waitingForId.get(key)?.resolve(message);
    this.#waitingForId.delete(key);
  }

  async #readStderr(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) this.#stderr += text;
  }

  #end(status: Deno.CommandStatus): Deno.CommandStatus {
    this.#failure = new Error(
      `The process ended (code ${status.code}) while a test waited\n${this.#state()}`,
    );
    for (const waiter of this.#waitingForId.values()) waiter.reject(this.#failure);
    for (const waiter of this.#waitingForTest.keys()) waiter.reject(this.#failure);
    return status;
  }

  #state(): string {
    const last = this.lines.slice(-3).map((line) => `  ${line.slice(0, 300)}`).join("\n");
    return `${this.lines.length} lines came, the last ones:\n${last}\nstderr:\n${this.#stderr.slice(-4000)}`;
  }
}

function parse(line: string): Received | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
