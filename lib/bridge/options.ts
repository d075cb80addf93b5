import type { FrameTaker } from "../wire/mod.ts";

export interface BridgeOptions {
  /** The gate. Whatever reaches the upstream goes through it, what the bridge itself has to say as well. */
  readonly gate: FrameTaker;
  /** Takes one line for the client that no request of it asked for; never waits. */
  readonly toClient: (line: string) => void;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  /** Resolves after `ms` milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Milliseconds since an arbitrary start; never steps backwards. */
  readonly nowMs: () => number;
  /** Text that nobody can guess. */
  readonly secret: () => string;
}
