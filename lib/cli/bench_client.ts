/**
 * The client of `bench`: as little as possible between two time stamps. Requests are written as text, replies are
 * matched by id after the clock was read, and all that one read brings is answered with one write.
 */
import { Fault } from "../base/mod.ts";
import { TOKEN_VARIABLE } from "./agent_identity.ts";
import { KEY_PASSPHRASE_VARIABLE } from "../transport/mod.ts";
import type { OwnCommand } from "./build_kind.ts";

const SILENCE_MS = 10_000;
const GRACE_MS = 3000;
const STDERR_KEPT = 4000;

/** What is asked again and again: everything behind `"method":` for call number n, and what its reply must contain. */
export interface Question {
  text(n: number): string;
  expected(n: number): string;
}

/** How a block of calls is made. */
export interface BlockOptions {
  readonly calls: number;
  /** Requests in flight at once. */
  readonly concurrency: number;
  readonly question: Question;
}

/** What a block showed. `micros`: one per answered call. */
export interface Block {
  readonly micros: readonly number[];
  readonly lost: number;
  readonly elapsedMs: number;
  /** The text of the first reply that was not the expected one. */
  readonly refusal: string | undefined;
}

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message?: string };
}

/** One started server, direct or behind the firewall, and the pipes to it. */
export class BenchClient {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #stderr: Promise<string>;
  #rest = "";
  #nextId = 1;

  constructor({ program, args }: OwnCommand) {
    this.#child = spawn(program, args);
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
    this.#stderr = lastWords(this.#child.stderr);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Milliseconds from now to the reply to `initialize`. Throws Fault `upstream` where none comes. */
  async initialize(): Promise<number> {
    const start = performance.now();
    const { lost } = await this.block({ calls: 1, concurrency: 1, question: INITIALIZE });
    if (lost > 0) throw await this.#noReply();
    const ms = performance.now() - start;
    this.#write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return ms;
  }

  /** Makes the calls, never more than `concurrency` at once. Ends early where the server stops answering. */
  async block({ calls, concurrency, question }: BlockOptions): Promise<Block> {
    const sentAt = new Map<number, number>();
    const micros: number[] = [];
    const start = performance.now();
    let sent = 0, wrong = 0, refusal: string | undefined;
    const watchdog = new Watchdog(() => void this.#reader.cancel());
    while (micros.length + wrong < calls) {
      sent += this.#send({ most: Math.min(concurrency - sentAt.size, calls - sent), question, sentAt });
      const lines = await this.#readLines();
      const now = performance.now();
      if (lines === undefined) break;
      watchdog.feed();
      for (const line of lines) {
        const { id, outcome } = judge(line, question);
        const began = id === undefined ? undefined : sentAt.get(id);
        if (id === undefined || began === undefined) continue;
        sentAt.delete(id);
        if (outcome === "expected") micros.push((now - began) * 1000);
        else {
          wrong++;
          refusal ??= line;
        }
      }
    }
    watchdog.stop();
    return { micros, lost: calls - micros.length, elapsedMs: performance.now() - start, refusal };
  }

  /** Ends the server politely, then firmly. Answers with the end of what it said on stderr. */
  async close(): Promise<string> {
    await this.#writer.close().catch(ignoreBroken);
    const timer = setTimeout(() => this.#kill(), GRACE_MS);
    await this.#child.status;
    clearTimeout(timer);
    await this.#reader.cancel();
    return await this.#stderr;
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (thrown) {
      // It ended between the timer and here; there is nothing left to end.
      if (!(thrown instanceof TypeError) && !(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }

  #send({ most, question, sentAt }: SendOptions): number {
    if (most <= 0) return 0;
    let text = "";
    const first = this.#nextId;
    for (; this.#nextId < first + most; this.#nextId++) {
      text += `{"jsonrpc":"2.0","id":${this.#nextId},"method":${question.text(this.#nextId)}}\n`;
    }
    const now = performance.now();
    for (let id = first; id < this.#nextId; id++) sentAt.set(id, now);
    this.#write(text);
    return most;
  }

  #write(text: string): void {
    // Not awaited: the window bounds what is under way, and a broken pipe shows as the end of the replies.
    this.#writer.write(this.#encoder.encode(text)).catch(ignoreBroken);
  }

  /** The whole lines that the next read completes; `undefined` at the end. */
  async #readLines(): Promise<readonly string[] | undefined> {
    const { value, done } = await this.#reader.read();
    if (done) return undefined;
    const lines = (this.#rest + this.#decoder.decode(value, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  async #noReply(): Promise<Fault> {
    const said = (await this.close()).trim().split("\n").at(-1) ?? "";
    return new Fault("upstream", "Cannot measure: the server did not answer to initialize", {
      hint: said === "" ? "start the server by hand and see what it says" : `it said: ${said}`,
    });
  }
}

interface SendOptions {
  readonly most: number;
  readonly question: Question;
  readonly sentAt: Map<number, number>;
}

const INITIALIZE: Question = {
  text: () =>
    '"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},' +
    '"clientInfo":{"name":"countersign-bench","version":"1"}}',
  expected: () => '"serverInfo"',
};

interface Judged {
  readonly id: number | undefined;
  readonly outcome: "expected" | "other";
}

/** Notices and requests of the server have no id of ours. A refusal is a reply, but not the one that was asked for. */
function judge(line: string, question: Question): Judged {
  if (line.trim() === "") return { id: undefined, outcome: "other" };
  const reply: Reply = JSON.parse(line);
  if (reply.method !== undefined || typeof reply.id !== "number") return { id: undefined, outcome: "other" };
  const fine = reply.error === undefined && line.includes(question.expected(reply.id));
  return { id: reply.id, outcome: fine ? "expected" : "other" };
}

function spawn(program: string, args: readonly string[]): Deno.ChildProcess {
  try {
    const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    // The firewall that is measured has no key for an agent's token and no protected keys; a server never gets either.
    const env = { [TOKEN_VARIABLE]: "", [KEY_PASSPHRASE_VARIABLE]: "" };
    return new Deno.Command(program, { args: [...args], env, ...piped }).spawn();
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    throw new Fault("upstream", `Cannot measure: there is no program "${program}"`, {
      hint: "write its full path behind --",
    });
  }
}

/** Drains a stderr, so that it never fills up, and keeps its end. */
async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let kept = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream() as TextPipe)) {
    kept = (kept + chunk).slice(-STDERR_KEPT);
  }
  return kept;
}

type TextPipe = ReadableWritablePair<string, Uint8Array>;

/** A pipe whose other end has gone is noticed by who reads from it. */
function ignoreBroken(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.BrokenPipe) && !(thrown instanceof TypeError)) throw thrown;
}

/** Gives up where nothing arrives for ten seconds: a lost reply must not hang the measurement. */
class Watchdog {
  readonly #timer: ReturnType<typeof setInterval>;
  #fedAt = performance.now();

  constructor(giveUp: () => void) {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#fedAt > SILENCE_MS) giveUp();
    }, 1000);
  }

  feed(): void {
    this.#fedAt = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
