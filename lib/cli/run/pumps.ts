/** Bytes → frames → gate, one loop a side. Each stops reading while the other side, or the gate, has enough to do. */
import type { Gate } from "../../gate/mod.ts";
import { clientChunks, type LineWriter } from "../../transport/mod.ts";
import { FrameReader } from "../../wire/mod.ts";

interface Pump {
  readonly maxFrameBytes: number;
  /** Where most of what is read here goes to. */
  readonly target: LineWriter;
  /** Towards the side that is read here: refusals and errors go back there. */
  readonly back: LineWriter;
}

/** Resolves at the client's end of input. */
export async function clientFrames(gate: Gate, { maxFrameBytes, target, back }: Pump): Promise<void> {
  const reader = new FrameReader({ maxFrameBytes });
  for await (const chunk of clientChunks()) {
    for (const frame of reader.push(chunk)) gate.fromClient(frame);
    await gate.room();
    await target.room();
    await back.answerRoom();
  }
  for (const frame of reader.end()) gate.fromClient(frame);
}

/** Resolves when the upstream's output ends. */
export async function upstreamFrames(
  gate: Gate,
  { maxFrameBytes, target, back, chunks }: Pump & { readonly chunks: AsyncIterable<Uint8Array> },
): Promise<void> {
  const reader = new FrameReader({ maxFrameBytes });
  for await (const chunk of chunks) {
    for (const frame of reader.push(chunk)) gate.fromUpstream(frame);
    await gate.room();
    await target.room();
    await back.answerRoom();
  }
  for (const frame of reader.end()) gate.fromUpstream(frame);
}
