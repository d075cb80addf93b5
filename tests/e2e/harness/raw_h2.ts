/** HTTP/2 as frames (RFC 9113), without TLS: just enough to open streams and to reset them at once. */
import { within } from "./deadline.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS = 0x1, RST_STREAM = 0x3, SETTINGS = 0x4, GOAWAY = 0x7;
const END_STREAM_AND_HEADERS = 0x5, ACK = 0x1;
const CANCEL = Uint8Array.of(0, 0, 0, 8);
const HEAD_BYTES = 9;

/** A literal header without indexing, both strings plain (RFC 7541, section 6.2.2). */
function literal(name: string, value: string): number[] {
  const text = (written: string) => [written.length, ...new TextEncoder().encode(written)];
  return [0x00, ...text(name), ...text(value)];
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES), view = new DataView(head.buffer);
  view.setUint32(0, payload.length << 8 | type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  return Uint8Array.of(...head, ...payload);
}

/** Opens up to `count` streams and resets each at once (CVE-2023-44487). Is the connection ended for that? */
export async function resetRapidly({ hostname, port, host }: URL, count: number): Promise<boolean> {
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const fields = [[":method", "GET"], [":scheme", "http"], [":authority", host], [":path", "/mcp"]] as const;
  const head = Uint8Array.from(fields.flatMap(([name, value]) => literal(name, value)));
  const ended = isEnded(connection);
  try {
    await writeAll(connection, new TextEncoder().encode(PREFACE));
    await writeAll(connection, frame(SETTINGS, 0, 0, new Uint8Array()));
    await writeAll(connection, frame(SETTINGS, ACK, 0, new Uint8Array()));
    for (let n = 0; n < count; n++) {
      const stream = 2 * n + 1;
      const both = [
        ...frame(HEADERS, END_STREAM_AND_HEADERS, stream, head),
        ...frame(RST_STREAM, 0, stream, CANCEL),
      ];
      await writeAll(connection, Uint8Array.from(both));
    }
  } catch {
    return true; // it was ended while we wrote
  }
  return await within(ended, { what: "the connection to end" });
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Resolves at a GOAWAY, or where the connection is closed. */
async function isEnded(connection: Deno.Conn): Promise<boolean> {
  const buffer = new Uint8Array(65_536);
  let held: number[] = [];
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return true;
    held.push(...buffer.subarray(0, length));
    while (held.length >= HEAD_BYTES) {
      const [a = 0, b = 0, c = 0, type] = held;
      const whole = HEAD_BYTES + (a << 16 | b << 8 | c);
      if (held.length < whole) break;
      if (type === GOAWAY) return true;
      held = held.slice(whole);
    }
  }
}
