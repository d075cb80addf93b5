/** What an upstream answers over HTTP, as frames. Every byte is ATTACKER-CONTROLLED. */
import { concatBytes, isJsonObject, type JsonObject, parseJson, utf8Decode } from "../../base/mod.ts";
import {
  type RawFrame,
  type ReadFrame,
  readFrame,
  type SseEvent,
  type SseItem,
  SseReader,
} from "../../wire/mod.ts";

export interface Reading {
  readonly maxFrameBytes: number;
  /** Takes a frame; resolves once there is room for the next. */
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
}

export interface StreamReading extends Reading {
  /** The id of an event that was handed on: where the stream can be taken up again. `undefined`: nowhere, from here on. */
  readonly onEventId: (id: string | undefined) => void;
  readonly onRetry: (ms: number) => void;
  /** Takes an event that is no message; without it they are read over. */
  readonly onOther?: (event: SseEvent) => void;
}

/** The type of the body, without parameters. */
export function bodyType(response: Response): string {
  return (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Reads the one message of a JSON body. Resolves without a frame where the body is empty. */
export async function readJsonBody(response: Response, { maxFrameBytes, onFrame }: Reading): Promise<void> {
  const frame = await wholeBody(response, maxFrameBytes);
  if (frame !== undefined) await onFrame(read(frame));
}

/** The JSON-RPC error in the body of an error status, whomever it is for; `undefined` where there is none. */
export async function readErrorBody(
  response: Response,
  maxFrameBytes: number,
): Promise<JsonObject | undefined> {
  const frame = await wholeBody(response, maxFrameBytes);
  const text = frame?.kind === "line" ? utf8Decode(frame.bytes) : undefined;
  const parsed = text === undefined ? undefined : parseJson(text);
  const error = parsed?.ok && isJsonObject(parsed.value) ? parsed.value.error : undefined;
  return isJsonObject(error) ? error : undefined;
}

// An event that is too long is read over; one that never ends would be read over for ever.
const MOST_WITHOUT_EVENT = 4;

/** Reads events until the stream ends. Rejects where the connection breaks. */
export async function readEventStream(response: Response, reading: StreamReading): Promise<void> {
  const { maxFrameBytes } = reading;
  const reader = new SseReader({ maxEventBytes: maxFrameBytes });
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const items = reader.push(chunk);
    bytes = items.length > 0 ? 0 : bytes + chunk.length;
    for (const item of items) await take(item, reading);
    // Leaving the loop cancels the body.
    if (bytes > MOST_WITHOUT_EVENT * maxFrameBytes) {
      return await take({ kind: "oversize", limit: maxFrameBytes }, reading);
    }
  }
}

async function take(item: SseItem, { onFrame, onEventId, onRetry, onOther }: StreamReading): Promise<void> {
  if (item.kind === "retry") return onRetry(item.ms);
  if (item.kind === "oversize") return await onFrame(read(item));
  if (item.type !== "message") onOther?.(item);
  // An event without data primes the client: it names a place, and says nothing. Other types are not Streamable HTTP's.
  if (item.data.length > 0 && item.type === "message") {
    await onFrame(read({ kind: "line", bytes: item.data }));
  }
  if (item.id !== undefined) onEventId(SENDABLE_REGEXP.test(item.id) ? item.id : undefined);
}

// What a header can carry: no control characters, and no white space that it would lose. An empty id names no place.
const SENDABLE_REGEXP = /^[\x21-\x7e\u0080-\uffff](?:[\x20-\x7e\u0080-\uffff]*[\x21-\x7e\u0080-\uffff])?$/;

function read(frame: RawFrame): ReadFrame {
  return { kind: "read", incoming: readFrame(frame), bytes: frame.kind === "line" ? frame.bytes.length : 0 };
}

/** A body as one frame, whatever line ends are in it: JSON may be written over many lines. */
async function wholeBody(response: Response, maxFrameBytes: number): Promise<RawFrame | undefined> {
  if (saysShort(response, maxFrameBytes)) {
    const bytes = await response.bytes();
    return bytes.length === 0 ? undefined : { kind: "line", bytes };
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    // Leaving the loop cancels the body.
    if (length > maxFrameBytes) return { kind: "oversize", limit: maxFrameBytes };
    parts.push(part);
  }
  return length === 0 ? undefined : { kind: "line", bytes: concatBytes(...parts) };
}

/**
 * Does it say how long it is, and is that within the cap? The platform holds the upstream to what it says, and a body that
 * is taken at once costs half of one that is read piece by piece. Of one that is packed the length says nothing.
 */
function saysShort({ headers }: Response, maxFrameBytes: number): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= maxFrameBytes && !headers.has("content-encoding");
}
