/**
 * gate: the enforcement point. Every message of either direction takes the same steps here: inspect, decide, record, and
 * only then leave. It talks to ports, never to workers, files or pipes.
 *
 * Input: every frame is ATTACKER-CONTROLLED. Thread: main. Imports: base, wire, verdict.
 */
export { ClientState } from "./client_state.ts";
export { Gate, type GateOptions } from "./gate.ts";
export type {
  GatePorts,
  GateSettings,
  Inspected,
  Inspection,
  LedgerPort,
  Note,
  PinPort,
  PolicyPort,
  ScanPort,
} from "./ports.ts";
