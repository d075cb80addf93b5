import { utf8 } from "../base/mod.ts";
import type { RawFrame } from "./frame_reader.ts";
import type { Incoming } from "./message.ts";
import { readFrame } from "./read_frame.ts";

/** A line that was encoded for a peer, with or without its end, as the frame that it would arrive as. */
export function frameOfLine(line: string): RawFrame {
  return { kind: "line", bytes: utf8(line.endsWith("\n") ? line.slice(0, -1) : line) };
}

/** The message in such a line. */
export function readLine(line: string): Incoming {
  return readFrame(frameOfLine(line));
}
