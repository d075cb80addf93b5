/** A history as the store keeps it: canonical JSON, read strictly. */
import {
  canonicalJson,
  Fault,
  isJsonObject,
  type JsonValue,
  parseJson,
  sha256Hex,
  utf8,
  utf8Decode,
} from "../base/mod.ts";
import { type History, MAX_TRACKS, type Track } from "./history.ts";

/** A value of the store has at most 64 KiB. */
const MAX_BYTES = 60_000;
const MAX_NAME = 48;

/** How a track is called within a row: by its name, or by a digest of one that would take too much of it. */
export function trackKey(name: string): string {
  return name.length <= MAX_NAME ? name : `sha256:${sha256Hex(name.toWellFormed()).slice(0, 32)}`;
}

/** The bytes that the store keeps. Of more tracks than it can keep, those that were reached last. */
export function encodeHistory(history: History): Uint8Array<ArrayBuffer> {
  for (let most = MAX_TRACKS; most > 0; most = Math.floor(most / 2)) {
    const bytes = utf8(canonicalJson(rowOf(history, most)));
    if (bytes.length <= MAX_BYTES) return bytes;
  }
  throw new Fault("ledger", "Cannot keep a history: one track has more steps than the store can hold");
}

/** The history behind {@link encodeHistory}. Throws Fault `ledger` for bytes that it did not write. */
export function decodeHistory(bytes: Uint8Array): History {
  const text = utf8Decode(bytes);
  const parsed = text === undefined ? undefined : parseJson(text);
  if (parsed?.ok !== true || !isJsonObject(parsed.value)) throw damaged();
  const { calls, first, tracks, walks, v } = parsed.value;
  if (v !== 1 || (first !== undefined && !isCount(first))) throw damaged();
  return {
    calls: countOf(calls),
    ...(first === undefined ? {} : { first }),
    tracks: new Map(listOf(tracks).map(readTrack)),
    walks: new Map(listOf(walks).map(readWalk)),
  };
}

function rowOf({ calls, first, tracks, walks }: History, most: number): JsonValue {
  return {
    calls,
    ...(first === undefined ? {} : { first }),
    tracks: newestOf(tracks, most).map(([name, { best, keepMs }]) => ({
      best: best.map((began) => began ?? null),
      ...(keepMs === undefined ? {} : { keep_ms: keepMs }),
      name,
    })),
    v: 1,
    walks: [...walks].slice(-most).map(([name, steps]) => ({ name, steps })),
  };
}

function newestOf(
  tracks: ReadonlyMap<string, Track>,
  most: number,
): readonly (readonly [string, Track])[] {
  if (tracks.size <= most) return [...tracks];
  const latest = ({ best }: Track) => Math.max(0, ...best.map((began) => began ?? 0));
  return [...tracks].sort(([, a], [, b]) => latest(b) - latest(a)).slice(0, most);
}

function readTrack(row: JsonValue): readonly [string, Track] {
  if (!isJsonObject(row) || typeof row.name !== "string") throw damaged();
  const { best, keep_ms: keepMs, name } = row;
  if (keepMs !== undefined && !isCount(keepMs)) throw damaged();
  const instants = listOf(best).map((began) => began === null ? undefined : countOf(began));
  return [name, { best: instants, ...(keepMs === undefined ? {} : { keepMs }) }];
}

function readWalk(row: JsonValue): readonly [string, number] {
  if (!isJsonObject(row) || typeof row.name !== "string") throw damaged();
  return [row.name, countOf(row.steps)];
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  throw damaged();
}

function countOf(value: JsonValue | undefined): number {
  if (isCount(value)) return value;
  throw damaged();
}

function isCount(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damaged(): Fault {
  return new Fault("ledger", "Cannot read a history: its value in the store is damaged", {
    hint: "countersign verify",
  });
}
