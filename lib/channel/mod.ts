/**
 * channel: main asks a worker and gets an answer, within a deadline or as a fault. The only room that names `Worker`.
 *
 * Input: trusted senders (our own threads); payloads may carry ATTACKER-CONTROLLED strings, which pass through unread.
 * Thread: `WorkerClient` in main, `serve` in the workers. Imports: base, verdict types.
 */
export { type AskOptions, type Greeting, WorkerClient, type WorkerSpec } from "./worker_client.ts";
export { type Handler, type Handlers, serve } from "./serve.ts";
