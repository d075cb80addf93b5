/** What the HTTP front needs from the rest of the house: who calls, and a session that takes their messages. */
import type { FrameTaker } from "../../wire/mod.ts";

/** Who calls, as far as the front has to know. Extended by whoever authenticates. */
export interface Caller {
  /** Equal for equal principals: a session is found by the caller that opened it, and by nobody else. */
  readonly key: string;
}

/** What is known of a request before its body is read. All of it is ATTACKER-CONTROLLED but `peer`. */
export interface RequestFacts {
  /** SECRET. The token of `Authorization: Bearer`; absent where there is no such header, or one of another scheme. */
  readonly bearer: string | undefined;
  readonly method: string;
  readonly path: string;
  /** The address that the connection comes from; never read from a header. */
  readonly peer: string;
}

export type Authenticated<C extends Caller> =
  | { readonly kind: "caller"; readonly caller: C }
  /** `challenge`: the value of WWW-Authenticate. `message`: for the client, coarse. */
  | {
    readonly kind: "challenge";
    readonly status: 401 | 403;
    readonly challenge: string;
    readonly message: string;
  };

/** The way of a session towards its client that no request asked for: what the upstream asks and tells by itself. */
export interface ClientLane {
  /** Takes one line; never waits. As `GatePorts.client`. */
  send(line: string): void;
  /** Resolves when the client's streams have room for more. Whoever reads the upstream waits for this. */
  room(): Promise<void>;
}

/** Why the front gives a session up. `unopened`: its `initialize` was answered with an error. */
export type CloseReason = "deleted" | "idle" | "shutdown" | "unopened";

/** One gate with its upstream. */
export interface ClientSession extends FrameTaker {
  /** Resolves when it takes nothing any more: its upstream is gone. */
  readonly closed: Promise<void>;
  /** Ends it. Called once, and not after `closed`. Resolves when it is gone. */
  close(reason: CloseReason): Promise<void>;
}

export type Opened =
  | { readonly kind: "session"; readonly session: ClientSession }
  /** `message`: for the client, coarse. `retryAfterS`: seconds until it is worth trying again. */
  | {
    readonly kind: "refusal";
    readonly status: 403 | 429 | 502 | 503;
    readonly message: string;
    readonly retryAfterS?: number;
  };

export interface SessionPort<C extends Caller> {
  /** Opens a session of its own: a legacy `initialize`, or a stream of 2024-11-05. */
  open(caller: C, lane: ClientLane): Promise<Opened>;
  /** Opens the one session that all modern requests of a caller share. Not called again before that one is closed. */
  shared(caller: C, lane: ClientLane): Promise<Opened>;
}
