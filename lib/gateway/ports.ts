/** What the gateway needs from the rest of the house, and what it gives to whoever runs its servers. */
import type { Clock } from "../base/mod.ts";
import type { FrameTaker } from "../wire/mod.ts";

/** Something that never reached a gate, for the ledger. */
export interface GatewayIncident {
  readonly kind: "malformed" | "fault";
  /** Where it came from. */
  readonly direction: "to-upstream" | "to-client";
  /** The server that it is about; absent: the gateway itself. */
  readonly server?: string;
  /** A stable code; never content. */
  readonly reason: string;
  readonly bytes: number;
}

export interface GatewayPorts {
  /** Takes one line for the client that no request of its own asked for; never waits. */
  readonly toClient: (line: string) => void;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  /** Writes it down; never waits, never throws. */
  readonly incident: (incident: GatewayIncident) => void;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  /** Resolves when `event` came to pass, or after `ms` milliseconds: did it come to pass? */
  readonly within: (event: Promise<unknown>, ms: number) => Promise<boolean>;
}

export interface GatewayOptions {
  /** Names of the servers, in the order in which their parts of a list stand. */
  readonly servers: readonly string[];
  /** Of the product, for clients. */
  readonly version: string;
  readonly ports: GatewayPorts;
}

/** Why a server is not there, and since when it is to be tried again. */
export interface Down {
  /** Absent where it could not be started. */
  readonly exitCode?: number;
  /** When it is started again, as of the monotonic clock. */
  readonly retryAtMs: number;
}

export interface LinkOptions {
  /** Called when the server does not accept the client's greeting: in this life it is of no use. `why`: for people. */
  readonly onRefused?: (why: string) => void;
}

/** One life of a server, from its start to its end. Another start is another link; what an old one says is not heard. */
export interface ServerLink {
  /** Takes a line of the server that belongs to no request: as its gate's way to the client. */
  readonly toClient: (line: string) => void;
  /** Its gate stands, and takes frames. */
  up(taker: FrameTaker): void;
  /** It is gone. Call it once the gate has answered whoever waited. */
  down(down: Down): void;
}
