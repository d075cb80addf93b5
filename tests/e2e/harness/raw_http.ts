/** HTTP as bytes: requests that no client library would send, and what comes back on their connection. */
import { within } from "./deadline.ts";

const HEAD_REGEXP = /HTTP\/1\.[01] (\d{3})/g;

export interface RawAnswer {
  /** Of all responses on the connection, in their order. */
  readonly statuses: readonly number[];
  readonly text: string;
}

export interface RawOptions {
  /** The request is not whole, and nothing of it will follow. */
  readonly endsEarly?: boolean;
}

/** What tells where the answer to the attack ends: a request that is answered with 404, and ends the connection. */
function sentinel({ host }: URL): string {
  return `GET /the-end HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

/**
 * Sends `text` byte by byte as it is (latin 1), and behind it a request of our own. Resolves when the server has closed the
 * connection, with the statuses in front of that of our request: each of them is a request that the server saw in `text`.
 */
export async function sendRaw(
  url: URL,
  text: string,
  { endsEarly = false }: RawOptions = {},
): Promise<RawAnswer> {
  using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  const answer = readAll(connection);
  await writeAll(connection, endsEarly ? text : `${text}${sentinel(url)}`);
  // One that was refused at once may have been closed already.
  if (endsEarly) await connection.closeWrite().catch(() => {});
  const got = await within(answer, { what: "the server to close the connection" });
  const statuses = [...got.matchAll(HEAD_REGEXP)].map(([, status]) => Number(status));
  const last = got.lastIndexOf("There is nothing at this path");
  return { statuses: endsEarly || last === -1 ? statuses : statuses.slice(0, -1), text: got };
}

async function writeAll(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch {
    // Refused before all of it was sent: what was said by then counts.
  }
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(65_536), decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}
