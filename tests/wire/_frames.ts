import { FrameReader, type Incoming, type Message, readFrame } from "../../lib/wire/mod.ts";
import { utf8 } from "../../lib/base/mod.ts";

/** What a line of text turns out to be. */
export function readText(text: string): Incoming {
  return readFrame({ kind: "line", bytes: utf8(text) });
}

/** The message that a text is; the test fails where it is none. */
export function messageIn(text: string): Message {
  const incoming = readText(text);
  if (incoming.kind === "malformed" || incoming.kind === "batch") {
    throw new Error(`no message: ${JSON.stringify(incoming)}`);
  }
  return incoming;
}

/** The frames of a stream that comes in these chunks, as text: lines as they are, `OVERSIZE` for what was dropped. */
export function framesOf(
  chunks: readonly Uint8Array[],
  options: { readonly maxFrameBytes: number },
): readonly string[] {
  const reader = new FrameReader(options);
  return [...chunks.flatMap((chunk) => [...reader.push(chunk)]), ...reader.end()].map((frame) =>
    frame.kind === "oversize" ? `OVERSIZE ${frame.limit}` : new TextDecoder("latin1").decode(frame.bytes)
  );
}
