/**
 * Server-sent events (WHATWG HTML, "Server-sent events"): bytes ↔ events. What is read is ATTACKER-CONTROLLED in content,
 * length and cutting; memory stays under twice the cap plus one chunk, and time is linear in the bytes.
 */
import { utf8, utf8Decode } from "../base/mod.ts";

/** One event as it was dispatched. */
export interface SseEvent {
  readonly kind: "event";
  /** Its type; `message` where the stream names none. */
  readonly type: string;
  /** The lines of its data, joined by `\n`. UTF-8 is not checked. */
  readonly data: Uint8Array;
  /** The last id that the stream named up to here; absent where it named none. */
  readonly id?: string;
}

/** An event with more data than the cap was dropped. */
export interface SseOversize {
  readonly kind: "oversize";
  readonly limit: number;
}

/** The stream asks for so many milliseconds before the next attempt to connect. */
export interface SseRetry {
  readonly kind: "retry";
  readonly ms: number;
}

export type SseItem = SseEvent | SseOversize | SseRetry;

const NEWLINE = 0x0a, CARRIAGE_RETURN = 0x0d, COLON = 0x3a, SPACE = 0x20;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const NO_BYTES = new Uint8Array(0);
const NEWLINE_BYTES = Uint8Array.of(NEWLINE);
// Types and ids are names; a longer one is none that anybody sends back.
const MAX_NAME_BYTES = 1024;

/** Cuts a byte stream into events. How the stream is cut into chunks never shows. */
export class SseReader {
  readonly #limit: number;
  readonly #line = new Bytes();
  readonly #data = new Bytes();
  #hasData = false;
  #type = "";
  #id: string | undefined;
  /** The event has more than the cap: everything up to its end is dropped. */
  #skipping = false;
  /** Is there anything in the line that is being read? */
  #begun = false;
  /** The last line ended in `\r`: a `\n` right behind belongs to it. */
  #afterReturn = false;
  #first = true;

  /** `maxEventBytes`: most data of one event. */
  constructor(options: { readonly maxEventBytes: number }) {
    this.#limit = options.maxEventBytes;
  }

  /** What ends in `chunk`, in order. The caller must not write to the chunk again. An event without end is never handed out. */
  push(chunk: Uint8Array): readonly SseItem[] {
    const items: SseItem[] = [];
    const ends = new LineEnds(chunk);
    let start = this.#afterReturn && chunk[0] === NEWLINE ? 1 : 0;
    if (chunk.length > 0) this.#afterReturn = false;
    for (let end = ends.next(start); end !== -1; end = ends.next(start)) {
      this.#hold(chunk.subarray(start, end));
      this.#endLine(items);
      start = end + 1;
      if (chunk[end] !== CARRIAGE_RETURN) continue;
      if (start === chunk.length) this.#afterReturn = true;
      else if (chunk[start] === NEWLINE) start++;
    }
    this.#hold(chunk.subarray(start));
    return items;
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#begun = true;
    if (this.#skipping) return;
    // The name of the field comes on top of its data.
    if (this.#line.length + part.length <= this.#limit + MAX_NAME_BYTES) return this.#line.append(part);
    this.#skipping = true;
    this.#line.take();
  }

  #endLine(items: SseItem[]): void {
    const line = this.#line.take();
    const wasBegun = this.#begun;
    this.#begun = false;
    if (!wasBegun) return this.#dispatch(items);
    if (this.#skipping) return;
    this.#field(this.#first ? withoutMark(line) : line, items);
    this.#first = false;
  }

  #field(line: Uint8Array, items: SseItem[]): void {
    const colon = line.indexOf(COLON);
    if (colon === 0) return; // a comment
    const name = utf8Decode(colon === -1 ? line : line.subarray(0, colon));
    const from = colon === -1 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1;
    const value = line.subarray(from);
    switch (name) {
      case "data":
        return this.#addData(value);
      case "event":
        this.#type = nameOf(value) ?? "";
        return;
      case "id":
        this.#id = idOf(value) ?? this.#id;
        return;
      case "retry": {
        const digits = nameOf(value) ?? "";
        if (/^\d{1,9}$/.test(digits)) items.push({ kind: "retry", ms: Number(digits) });
      }
    }
  }

  #addData(value: Uint8Array): void {
    if (this.#hasData) this.#data.append(NEWLINE_BYTES);
    this.#hasData = true;
    if (this.#data.length + value.length <= this.#limit) return this.#data.append(value);
    this.#skipping = true;
  }

  #dispatch(items: SseItem[]): void {
    const id = this.#id, type = this.#type === "" ? "message" : this.#type;
    const data = this.#data.take();
    if (this.#skipping) items.push({ kind: "oversize", limit: this.#limit });
    else if (this.#hasData) items.push({ kind: "event", type, data, ...id !== undefined && { id } });
    this.#hasData = false;
    this.#type = "";
    this.#skipping = false;
  }
}

/** Where the lines of a chunk end, looked for once: a chunk of nothing but `\r` must not cost its length for each. */
class LineEnds {
  readonly #chunk: Uint8Array;
  #newline = -2;
  #carriageReturn = -2;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  /** The first end at or behind `start`; -1 where there is none. */
  next(start: number): number {
    if (this.#newline !== -1 && this.#newline < start) this.#newline = this.#chunk.indexOf(NEWLINE, start);
    if (this.#carriageReturn !== -1 && this.#carriageReturn < start) {
      this.#carriageReturn = this.#chunk.indexOf(CARRIAGE_RETURN, start);
    }
    if (this.#newline === -1) return this.#carriageReturn;
    return this.#carriageReturn === -1 ? this.#newline : Math.min(this.#newline, this.#carriageReturn);
  }
}

/** Bytes that grow by doubling: a peer that sends one byte at a time costs no more than one that does not. */
class Bytes {
  #held: Uint8Array = NO_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(part: Uint8Array): void {
    const needed = this.#length + part.length;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(part, this.#length);
    this.#length = needed;
  }

  /** What was appended since the last time. The buffer is never written to again. */
  take(): Uint8Array {
    const taken = this.#held.subarray(0, this.#length);
    this.#held = NO_BYTES;
    this.#length = 0;
    return taken;
  }
}

function withoutMark(line: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, i) => line[i] === byte) ? line.subarray(BYTE_ORDER_MARK.length) : line;
}

function nameOf(value: Uint8Array): string | undefined {
  return value.length > MAX_NAME_BYTES ? undefined : utf8Decode(value);
}

/** An id with a NUL in it is ignored, as the standard has it; an empty one takes the id away. */
function idOf(value: Uint8Array): string | undefined {
  const id = nameOf(value);
  return id === undefined || id.includes("\0") ? undefined : id;
}

/** An event as bytes. `data` is one line of JSON; `id` and `type` are names of ours, without line ends. */
export function encodeSse({ data, id, type, retryMs }: {
  readonly data: string;
  readonly id?: string;
  readonly type?: string;
  /** What the client waits before it connects again, should this connection break. */
  readonly retryMs?: number;
}): Uint8Array<ArrayBuffer> {
  const head = (type === undefined ? "" : `event: ${type}\n`) + (id === undefined ? "" : `id: ${id}\n`) +
    (retryMs === undefined ? "" : `retry: ${retryMs}\n`);
  // A stray line end in the data would end the field, and what is behind it would be read as fields of its own.
  return utf8(`${head}data: ${data.replace(/\r\n|\r|\n/g, "\ndata: ")}\n\n`);
}

/** A comment line: keeps a quiet connection from being closed. */
export const SSE_KEEP_ALIVE: Uint8Array<ArrayBuffer> = utf8(":\n\n");

/** Asks the client to wait so long before it connects again. */
export function encodeSseRetry(ms: number): Uint8Array<ArrayBuffer> {
  return utf8(`retry: ${ms}\n\n`);
}
