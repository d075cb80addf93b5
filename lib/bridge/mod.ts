/**
 * bridge: one era of MCP spoken to the client, the other to its server, where they differ; nothing at all where they do not.
 *
 * Input: ATTACKER-CONTROLLED, from the client as it came, from the upstream as the gate let it through.
 * Thread: main. Imports: base, wire.
 */
export { type BridgeOptions, EraBridge } from "./bridge.ts";
