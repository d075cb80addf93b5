import type { Sink } from "./line_writer.ts";

const CHUNK_BYTES = 65_536;

/** What the client sends, chunk by chunk, until its end of input. ATTACKER-CONTROLLED. Each chunk is its own memory. */
export async function* clientChunks(): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) return;
    // A copy: frames are views into their chunk, and the buffer is filled again while they are judged.
    if (length > 0) yield buffer.slice(0, length);
  }
}

/** Our stdout: it belongs to the protocol. */
export function clientSink(): Sink {
  return {
    async write(bytes) {
      let rest = bytes;
      while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
    },
  };
}
