import type { Direction } from "../verdict/mod.ts";
import type { Afterwards } from "./afterwards.ts";
import { InFlight } from "./in_flight.ts";
import type { Holds } from "./holds.ts";
import type { Judge } from "./judge.ts";
import type { Lane, Outlet } from "./lane.ts";
import type { GatePorts, GateSettings } from "./ports.ts";
import type { Session } from "./session.ts";

/** One of the two ways across the gate: requests and notices travel along it, replies to its requests travel back. */
export interface Way {
  readonly direction: Direction;
  /** Towards those who ask on this way. */
  readonly asker: Lane;
  /** Towards those who answer on this way. */
  readonly answerer: Outlet;
  readonly inFlight: InFlight;
}

/** What requests, notices and replies share. */
export interface Desk {
  readonly ports: GatePorts;
  readonly settings: GateSettings;
  readonly session: Session;
  readonly judge: Judge;
  readonly holds: Holds;
  readonly afterwards: Afterwards;
  /** Lets `work` go on by itself: it waits for a person. A rejection is a mistake of ours and is logged. */
  detach(work: Promise<void>): void;
}

export function makeWay(direction: Direction, lanes: { client: Lane; upstream: Lane }): Way {
  const toUpstream = direction === "to-upstream";
  return {
    direction,
    asker: toUpstream ? lanes.client : lanes.upstream,
    answerer: toUpstream ? lanes.upstream : lanes.client,
    inFlight: new InFlight(),
  };
}
