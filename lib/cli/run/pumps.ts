/** Frames → gate, one loop a side. Each stops reading while the other side, or the gate, has enough to do. */
import type { Gate } from "../../gate/mod.ts";
import type { Frame, FrameTaker } from "../../wire/mod.ts";

/** What tells that there is room: a LineWriter, or whoever does as one. */
interface Rooms {
  room(): Promise<void>;
  answerRoom(): Promise<void>;
}

interface Pump {
  /** Where most of what is read here goes to. */
  readonly target: Rooms;
  /** Towards the side that is read here: refusals and errors go back there. */
  readonly back: Rooms;
  /** ATTACKER-CONTROLLED. */
  readonly frames: AsyncIterable<readonly Frame[]>;
}

/** Resolves at the client's end of input. */
export async function clientFrames(taker: FrameTaker, pump: Pump): Promise<void> {
  await feed((frame) => taker.take(frame), taker, pump);
}

/** Resolves when the upstream's output ends. */
export async function upstreamFrames(gate: Gate, pump: Pump): Promise<void> {
  await feed(
    (frame) => gate.fromUpstream(frame, frame.kind === "read" ? frame.about : undefined),
    gate,
    pump,
  );
}

async function feed(
  take: (frame: Frame) => void,
  taker: Pick<FrameTaker, "room">,
  { target, back, frames }: Pump,
): Promise<void> {
  for await (const batch of frames) {
    for (const frame of batch) take(frame);
    await taker.room();
    await target.room();
    await back.answerRoom();
  }
}
