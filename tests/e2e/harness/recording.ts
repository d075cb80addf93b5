import type { Transcript } from "./transcript.ts";

/** What both SDK lines ask of a transport, as far as a session uses it. */
export interface Wire {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  // deno-lint-ignore no-explicit-any -- the two SDK lines name their message types differently
  onmessage?: ((message: any, extra?: any) => void) | undefined;
  start(): Promise<void>;
  // deno-lint-ignore no-explicit-any -- as above
  send(message: any, options?: any): Promise<void>;
  close(): Promise<void>;
}

/**
 * The SDK's own transport with a listener in it: each message that reaches the client is written to the transcript
 * before the client looks at it.
 */
export class RecordingTransport implements Wire {
  readonly #inner: Wire;
  readonly #transcript: Transcript;
  declare onclose?: () => void;
  declare onerror?: (error: Error) => void;
  // deno-lint-ignore no-explicit-any -- see Wire
  declare onmessage?: (message: any, extra?: any) => void;

  constructor(inner: Wire, transcript: Transcript) {
    this.#inner = inner;
    this.#transcript = transcript;
  }

  start(): Promise<void> {
    this.#inner.onmessage = (message, extra) => {
      this.#transcript.received(message);
      this.onmessage?.(message, extra);
    };
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onerror = (error) => {
      // A line that the SDK could not read: a client without us never sees one from these servers.
      this.#transcript.note("transport error", String(error));
      this.onerror?.(error);
    };
    return this.#inner.start();
  }

  // deno-lint-ignore no-explicit-any -- see Wire
  send(message: any, options?: any): Promise<void> {
    return this.#inner.send(message, options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/**
 * A transport that is more than {@link Wire} to its client (sessions, versions), with the same listener in it: a client
 * hands each message to whoever listened before.
 */
export function recorded<T extends Wire>(transport: T, transcript: Transcript): T {
  transport.onmessage = (message) => transcript.received(message);
  return transport;
}
