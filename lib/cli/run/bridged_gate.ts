/** A gate with the era bridge in front of it: what whoever carries the client's frames talks to. */
import { pause, randomBytes, systemClock } from "../../base/mod.ts";
import { EraBridge } from "../../bridge/mod.ts";
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

const SECRET_BYTES = 24;

/** As {@link openGate}. `settings.translate`: does the bridge translate where the client's era is not the upstream's? */
export function openBridgedGate(wiring: GateWiring): BridgedGate {
  if (!wiring.settings.translate) return unbridged(openGate(wiring));
  const { log, toClient } = wiring;
  const gate: Gate = openGate({
    ...wiring,
    toClient: (line) => bridge.hear(line),
    late: (line) => bridge.hearLate(line),
  });
  const bridge = new EraBridge({
    gate: takerOf(gate),
    toClient,
    log,
    pause,
    nowMs: () => systemClock.monotonicMs(),
    secret: () => randomBytes(SECRET_BYTES).toBase64({ alphabet: "base64url" }),
  });
  return {
    taker: bridge,
    gate,
    clientDone: () => bridge.clientDone(),
    async idle() {
      do {
        await bridge.asking;
        await gate.idle();
      } while (bridge.asking !== undefined);
    },
  };
}

function unbridged(gate: Gate): BridgedGate {
  return { taker: takerOf(gate), gate, clientDone: () => {}, idle: () => gate.idle() };
}

function takerOf(gate: Gate): FrameTaker {
  return { take: (frame, place) => gate.fromClient(frame, place), room: () => gate.room() };
}
