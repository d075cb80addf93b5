/**
 * A meter as bytes: format 1, window, then for each event the time since the event before and the amount, each number
 * as a varint (seven bits a byte, lowest first, the high bit says that more follows).
 */
import { Fault } from "../base/mod.ts";
import type { MeterEvent, MeterState } from "./sliding_log.ts";

const FORMAT = 1;

/** The bytes that the store keeps for a meter. */
export function encodeMeter({ windowMs, events }: MeterState): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [FORMAT];
  pushVarint(bytes, windowMs);
  let previous = 0;
  for (const { at, amount } of events) {
    pushVarint(bytes, at - previous);
    pushVarint(bytes, amount);
    previous = at;
  }
  return Uint8Array.from(bytes);
}

/** The state behind {@link encodeMeter}. Throws Fault `ledger` for bytes that it did not write. */
export function decodeMeter(bytes: Uint8Array): MeterState {
  if (bytes[0] !== FORMAT) throw damaged();
  const reader = { bytes, at: 1 };
  const windowMs = readVarint(reader);
  const events: MeterEvent[] = [];
  let at = 0;
  while (reader.at < bytes.length) {
    at += readVarint(reader);
    events.push({ at, amount: readVarint(reader) });
  }
  if (!Number.isSafeInteger(at)) throw damaged();
  return { windowMs, events };
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80); // not a shift: times in microseconds do not fit 32 bits
  }
  bytes.push(rest);
}

function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let scale = 1; scale <= 0x80 ** 7; scale *= 0x80) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw damaged();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw damaged();
}

function damaged(): Fault {
  return new Fault("ledger", "Cannot read a meter: its value in the store is damaged", {
    hint: "countersign verify",
  });
}
