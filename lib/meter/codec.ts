/**
 * A meter as bytes: format 2; the sliding log (a count of events, 0 for none; its window; for each event the time since
 * the event before and the amount); the fixed counts (how many; for each its length, its first charge and its total);
 * the total (its length in bytes, 0 for none). Numbers are varints: seven bits a byte, lowest first, the high bit says
 * that more follows. Totals are ASCII, with their length in front.
 */
import { Fault, utf8, utf8Decode } from "../base/mod.ts";
import type { FixedCount, MeterState } from "./meter_state.ts";
import type { MeterEvent, SlidingLog } from "./sliding_log.ts";

const FORMAT = 2;
const MAX_VARINT_BYTES = 8;
const TOTAL_REGEXP = /^\d{1,121}(?:\.\d{1,121})?$/;

/** The bytes that the store keeps for a meter. */
export function encodeMeter({ sliding, fixed, total }: MeterState): Uint8Array<ArrayBuffer> {
  const writer = new Writer((sliding?.events.length ?? 0) * 2 + 8);
  writer.byte(FORMAT);
  writeLog(writer, sliding);
  writer.varint(fixed.length);
  for (const { ms, first, total } of fixed) {
    writer.varint(ms);
    writer.varint(first);
    writer.text(total);
  }
  writer.text(total ?? "");
  return writer.bytes();
}

/** The state behind {@link encodeMeter}. Throws Fault `ledger` for bytes that it did not write. */
export function decodeMeter(bytes: Uint8Array): MeterState {
  const reader = new Reader(bytes);
  if (reader.byte() !== FORMAT) throw damaged();
  const sliding = readLog(reader);
  const fixed = Array.from({ length: reader.count() }, () => readFixed(reader));
  const total = reader.text();
  if (!reader.done || new Set(fixed.map(({ ms }) => ms)).size < fixed.length) throw damaged();
  return {
    ...(sliding === undefined ? {} : { sliding }),
    fixed,
    ...(total === "" ? {} : { total: checkedTotal(total) }),
  };
}

function writeLog(writer: Writer, log: SlidingLog | undefined): void {
  if (log === undefined) return writer.varint(0);
  writer.varint(log.events.length + 1);
  writer.varint(log.windowMs);
  let previous = 0;
  for (const { at, amount } of log.events) {
    writer.varint(at - previous);
    writer.varint(amount);
    previous = at;
  }
}

function readLog(reader: Reader): SlidingLog | undefined {
  const count = reader.count();
  if (count === 0) return undefined;
  const windowMs = reader.varint();
  const events: MeterEvent[] = [];
  let at = 0;
  for (let i = 1; i < count; i++) {
    at += reader.varint();
    events.push({ at, amount: reader.varint() });
  }
  if (!Number.isSafeInteger(at)) throw damaged();
  return { windowMs, events };
}

function readFixed(reader: Reader): FixedCount {
  return { ms: reader.varint(), first: reader.varint(), total: checkedTotal(reader.text()) };
}

function checkedTotal(text: string): string {
  if (TOTAL_REGEXP.test(text)) return text;
  throw damaged();
}

class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** `numbers`: about how many there will be. */
  constructor(numbers: number) {
    this.#bytes = new Uint8Array(numbers * 5 + 64);
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow();
    this.#bytes[this.#at++] = value;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80); // not a shift: times in microseconds do not fit 32 bits
    }
    this.byte(rest);
  }

  text(value: string): void {
    const bytes = utf8(value);
    this.varint(bytes.length);
    for (const byte of bytes) this.byte(byte);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw damaged();
    return byte;
  }

  varint(): number {
    let value = 0, scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw damaged();
        return value;
      }
      scale *= 0x80;
    }
    throw damaged();
  }

  /** How many items follow: never more than there are bytes, so that a damaged row cannot ask for memory. */
  count(): number {
    const count = this.varint();
    if (count > this.#bytes.length) throw damaged();
    return count;
  }

  text(): string {
    const length = this.count();
    const text = utf8Decode(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    if (text === undefined || this.#at > this.#bytes.length) throw damaged();
    return text;
  }
}

function damaged(): Fault {
  return new Fault("ledger", "Cannot read a meter: its value in the store is damaged", {
    hint: "countersign verify",
  });
}
