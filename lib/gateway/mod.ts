/**
 * gateway: many servers behind one client. Names are shared out and routed by tables, lists are merged, what the servers
 * ask the client goes under ids of our own, and a server that is gone is spoken for. It stands in front of the gates.
 *
 * Input: frames of the client and lines of the servers, ATTACKER-CONTROLLED. Thread: main. Imports: base, wire.
 */
export { Backoff } from "./backoff.ts";
export { Gateway } from "./gateway.ts";
export type {
  Down,
  GatewayIncident,
  GatewayOptions,
  GatewayPorts,
  LinkOptions,
  ServerLink,
} from "./ports.ts";
