/**
 * witness: the witness of other people's logs (C2SP tlog-witness), and the client that asks witnesses for cosignatures.
 *
 * Input: requests and answers from the network are ATTACKER-CONTROLLED, down to the last byte.
 * Thread: cli. Imports: base, ledger; the network and the memory are handed in.
 */
export { gatherCosignatures, type Gathered, type Gathering, type WitnessAnswer } from "./gather.ts";
export type { Remembered, Seen, WitnessMemory } from "./port.ts";
export { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from "./request.ts";
export { addCheckpoint, type WitnessDeps, type WitnessReply } from "./witness.ts";
