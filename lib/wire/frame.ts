import type { Challenge } from "./challenge.ts";
import type { RawFrame } from "./frame_reader.ts";
import type { Id } from "./ids.ts";
import type { Incoming } from "./message.ts";

/** A frame that its transport had to read already, to know what it answers. `bytes`: how long it was. */
export interface ReadFrame {
  readonly kind: "read";
  readonly incoming: Incoming;
  readonly bytes: number;
  /** Of an upstream: the id of the request on whose stream it came. What else comes there is the sender's own claim. */
  readonly about?: Id;
  /** Of an upstream: a reply that says who may not call, as the transport was told of it. */
  readonly challenge?: Challenge;
}

/** What a transport hands to the gate. ATTACKER-CONTROLLED. */
export type Frame = RawFrame | ReadFrame;
