/**
 * One worker, seen from main: questions with a deadline, an end and a fresh start when it hangs or dies. This is the one
 * place where a worker's failure is handled; everybody else sees a Fault of code `worker`.
 */
import { Fault, faultFromPlain } from "../base/mod.ts";
import { type Answered, Outbox, type Question } from "./messages.ts";

/** The first question to every new worker: hands it what it must know. Asked again after a restart. */
export interface Greeting {
  readonly operation: string;
  readonly payload: unknown;
}

export interface WorkerSpec {
  /** For messages: "Cannot ask <name>". */
  readonly name: string;
  readonly url: URL;
  readonly permissions: Deno.PermissionOptions;
  /**
   * May questions that waited behind a hanging one be asked again of the next worker? Not where a question writes:
   * the dead worker may have written already.
   */
  readonly resend: boolean;
}

export interface AskOptions {
  /** How long the worker may work on this question, not counting those before it. Default 2,000 ms. */
  readonly deadlineMs?: number;
  /**
   * About how large the payload is. A large one travels in a message of its own: a batch is unpacked whole before the
   * worker can answer the first of it, and the deadline would run meanwhile.
   */
  readonly size?: number;
}

interface Waiting {
  readonly question: Question;
  readonly deadlineMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: Fault) => void;
}

const DEFAULT_DEADLINE_MS = 2_000;
const START_DEADLINE_MS = 20_000;
const LARGE = 16_384;
// With so many questions under way the worker does not wait for the next one.
const BUSY = 4;
// Once a worker is late, the watch looks again and again, so long apart, before it calls it hung. A look that comes late
// itself says that this machine has no time for anybody: a worker that is not run is no worker that hangs. It is given up
// after so many looks in a row that came in time, or when it took so many times what it was allowed.
const LOOK_EVERY_MS = 10;
const LATE_LOOK_MS = 5;
const LOOKS_IN_TIME = 3;
const MOST_TIMES_ALLOWED = 4;

export class WorkerClient {
  readonly #spec: WorkerSpec;
  /** In the order of asking; the worker answers in this order, so the first is the one that it works on. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #outbox = new Outbox<Question>((batch) => this.#worker?.postMessage(batch));
  #worker: Worker | undefined;
  #greeting: Greeting | (() => Greeting) | undefined;
  #next = 0;
  #up = false;
  #closed = false;
  /** When the first of the waiting became the first, on the monotonic clock. */
  #headSince = 0;
  /** Looks in a row that came in time since the worker is late; `undefined`: it is not. */
  #inTime: number | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #watchAt = 0;

  constructor(spec: WorkerSpec) {
    this.#spec = spec;
    this.#start();
  }

  /** Asks the first question and keeps it for every later worker. */
  greet<T>(greeting: Greeting): Promise<T> {
    const answer = this.ask<T>(greeting.operation, greeting.payload, { deadlineMs: START_DEADLINE_MS });
    this.#greeting = greeting;
    return answer;
  }

  /** Replaces what a restarted worker is greeted with, without asking it now; a function is asked at each restart. */
  set greeting(greeting: Greeting | (() => Greeting)) {
    this.#greeting = greeting;
  }

  /** Rejects with the handler's own fault, or with code `worker` where the worker hangs, died or is closed. */
  ask<T>(operation: string, payload: unknown, options: AskOptions = {}): Promise<T> {
    if (this.#closed) return Promise.reject(this.#fault("it is closed"));
    return new Promise<unknown>((resolve, reject) => {
      const { deadlineMs = DEFAULT_DEADLINE_MS, size = 0 } = options;
      this.#post({ question: [this.#next++, operation, payload], deadlineMs, resolve, reject });
      if (size > LARGE) this.#outbox.flush();
    }) as Promise<T>;
  }

  /** Ends the worker; whoever still waits gets a fault. */
  close(): void {
    this.#closed = true;
    this.#worker?.terminate();
    clearTimeout(this.#watch);
    this.#rejectAll("it is closed");
  }

  #drop(worker: Worker): void {
    if (worker !== this.#worker) return;
    worker.terminate();
    this.#worker = undefined;
    this.#rejectAll("it could not be set up");
  }

  #start(): Worker {
    this.#up = false;
    this.#headSince = performance.now();
    const { url, name, permissions } = this.#spec;
    const worker = new Worker(url, { type: "module", name, deno: { permissions } } as WorkerOptions);
    worker.onmessage = ({ data }: MessageEvent<readonly Answered[]>) => this.#answered(data);
    worker.onerror = (event) => {
      event.preventDefault(); // without this an uncaught error in a worker ends the whole process
      if (worker === this.#worker) this.#replace(`it died: ${event.message}`);
    };
    this.#worker = worker;
    return worker;
  }

  #restart(): void {
    const worker = this.#start();
    if (this.#greeting === undefined) return;
    const { operation, payload } = typeof this.#greeting === "function" ? this.#greeting() : this.#greeting;
    // Nobody waits for this answer. A worker that could not be greeted fails what was asked with it, and is dropped, so
    // that the next question tries again: what kept it (a busy database) may have passed.
    const question: Question = [this.#next++, operation, payload];
    this.#post({
      question,
      deadlineMs: START_DEADLINE_MS,
      resolve: () => {},
      reject: () => this.#drop(worker),
    });
  }

  #post(waiting: Waiting): void {
    if (this.#worker === undefined) this.#restart();
    if (this.#waiting.size === 0) {
      this.#headSince = performance.now();
      this.#inTime = undefined;
    }
    const busy = this.#waiting.size >= BUSY;
    this.#waiting.set(waiting.question[0], waiting);
    this.#outbox.put(waiting.question, busy);
    this.#watchHead();
  }

  #answered(batch: readonly Answered[]): void {
    this.#up = true;
    const [head] = this.#waiting.keys();
    for (const [number, value, fault] of batch) {
      const waiting = this.#waiting.get(number);
      if (waiting === undefined) continue; // its asker was told of a fault already
      this.#waiting.delete(number);
      if (fault === undefined) waiting.resolve(value);
      else waiting.reject(faultFromPlain(fault));
    }
    // Only a new first one gets new time: an answer to a later question says nothing about one that hangs.
    if (head === undefined || !this.#waiting.has(head)) {
      this.#headSince = performance.now();
      this.#inTime = undefined;
    }
    this.#watchHead();
  }

  /** One timer for all that wait, set anew only where the first of them is due before it: mostly it just runs. */
  #watchHead(): void {
    const [head] = this.#waiting.values();
    if (head === undefined) return;
    const due = this.#headSince + this.#allowedMs(head);
    if (this.#watch !== undefined && this.#watchAt <= due) return;
    clearTimeout(this.#watch);
    this.#watchAt = due;
    this.#watch = setTimeout(() => this.#look(), Math.max(1, due - performance.now()));
  }

  #look(): void {
    this.#watch = undefined;
    const [head] = this.#waiting.values();
    if (head === undefined) return;
    const allowed = this.#allowedMs(head);
    const now = performance.now(), took = now - this.#headSince;
    if (took < allowed) return this.#watchHead();
    const wasInTime = this.#inTime !== undefined && now - this.#watchAt < LATE_LOOK_MS;
    this.#inTime = wasInTime ? (this.#inTime ?? 0) + 1 : 0;
    if (this.#inTime >= LOOKS_IN_TIME || took > allowed * MOST_TIMES_ALLOWED) {
      return this.#replace(`it gave no answer within ${allowed} ms`);
    }
    this.#watchAt = now + LOOK_EVERY_MS;
    this.#watch = setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }

  #allowedMs(head: Waiting): number {
    return this.#up ? head.deadlineMs : Math.max(START_DEADLINE_MS, head.deadlineMs);
  }

  /**
   * The worker hangs or died: the question it worked on fails, the worker is ended, a new one takes over. One that is in a
   * loop without end is cut off and keeps its core all the same until the process ends: the platform does not stop it
   * (denoland/deno#35657).
   */
  #replace(cause: string): void {
    this.#worker?.terminate();
    clearTimeout(this.#watch);
    this.#watch = undefined;
    this.#inTime = undefined;
    const wasUp = this.#up;
    const [head] = this.#waiting.values();
    if (head !== undefined) {
      this.#waiting.delete(head.question[0]);
      head.reject(this.#fault(cause));
    }
    this.#worker = undefined; // the next question starts a new one
    // A worker that never came up would not come up for the others either.
    if (!this.#spec.resend || !wasUp) this.#rejectAll(cause);
    const others = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#outbox.clear();
    for (const waiting of others) this.#post(waiting);
  }

  #rejectAll(cause: string): void {
    for (const { reject } of this.#waiting.values()) reject(this.#fault(cause));
    this.#waiting.clear();
  }

  #fault(cause: string): Fault {
    return new Fault("worker", `Cannot ask the ${this.#spec.name} worker: ${cause}`);
  }
}
