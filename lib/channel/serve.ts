import { Fault, toPlainFault } from "../base/mod.ts";
import { type Answered, Outbox, type Question } from "./messages.ts";

/** Answers one operation. What it throws or rejects with reaches the asker as a fault. */
// deno-lint-ignore no-explicit-any -- the payload's type is a matter between the asker and this handler
export type Handler = (payload: any) => unknown;
export type Handlers = Readonly<Record<string, Handler>>;

/** The part of a worker's global scope that `serve` needs; TypeScript's default library describes a window. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<readonly Question[]>) => void) | null;
  postMessage(message: unknown): void;
}

// Answers are sent on after this much work, so that a long batch does not look like a hanging worker.
const ANSWER_EVERY_MS = 5;

/** Turns this worker into a server of `handlers`. A worker does this and nothing else. */
export function serve(handlers: Handlers, scope: WorkerScope = self as unknown as WorkerScope): void {
  const outbox = new Outbox<Answered>((batch) => scope.postMessage(batch));
  scope.onmessage = ({ data }) => {
    let flushed = performance.now();
    for (const question of data) {
      answer(handlers, question, outbox);
      if (performance.now() - flushed < ANSWER_EVERY_MS) continue;
      outbox.flush();
      flushed = performance.now();
    }
    // Flushed here and not by the microtask: the answers to one batch go back in one message.
    outbox.flush();
  };
  scope.postMessage([]); // "I am up": the asker's clock starts only now
}

function answer(handlers: Handlers, [number, operation, payload]: Question, outbox: Outbox<Answered>): void {
  const fail = (thrown: unknown) => outbox.put([number, undefined, toPlainFault(thrown)]);
  try {
    const handler = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
    if (handler === undefined) {
      throw new Fault("internal", `Cannot answer "${operation}": the worker has no such operation`);
    }
    const value = handler(payload);
    if (value instanceof Promise) value.then((settled) => outbox.put([number, settled]), fail);
    else outbox.put([number, value]);
  } catch (thrown) {
    fail(thrown);
  }
}
