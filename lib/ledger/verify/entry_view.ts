/**
 * One record, read with the verifier's own eyes: nothing here is shared with the code that writes, but hashing and
 * canonical JSON from lib/base. The bytes are ATTACKER-CONTROLLED.
 */
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  sha256Hex,
  toHex,
  utf8Decode,
} from "../../base/mod.ts";
import { type CheckName, type Finding, finding } from "./finding.ts";

/** An entry whose own checks hold; its place in the chain and its signature are checked elsewhere. */
export interface EntryView {
  readonly seq: number;
  readonly time: string;
  readonly prev: string;
  readonly kind: string;
  readonly session: string;
  readonly fields: JsonObject;
  /** Leaf hash, hex. */
  readonly hash: string;
  /** 32 bytes of leaf hash and 64 of signature. */
  readonly signed: Uint8Array;
  /** Key id, hex. */
  readonly key: string;
}

const FRAME_BYTES = 106;
const KINDS: ReadonlySet<string> = new Set([
  "session-open",
  "call",
  "outcome",
  "approval",
  "drift",
  "pin",
  "policy",
  "malformed",
  "fault",
  "key",
  "recovered",
  "session-close",
  "prune",
]);
const TIME_REGEXP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const ID_REGEXP = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const HASH_REGEXP = /^[0-9a-f]{64}$/;

/** Reads the record that stands at `place`. */
export function viewEntry(place: number, record: Uint8Array): EntryView | Finding {
  const no = (check: CheckName, detail: string) => finding(place, check, detail);
  if (record.length <= FRAME_BYTES) return no("record", `${record.length} bytes are too few for an entry`);
  if (record[0] !== 1 || record[105] !== 0) return no("record", "not an entry of format 1");
  const hash = sha256Hex(record.subarray(105));
  if (hash !== toHex(record.subarray(1, 33))) {
    return no("hash", "the bytes do not have the stored leaf hash");
  }
  const fields = canonicalObject(record.subarray(FRAME_BYTES));
  if (fields === undefined) return no("canonical", "the bytes are not one object in canonical JSON");
  const { v, seq, id, time, prev, kind, session } = fields;
  if (v !== 1) return no("fields", "v is not 1");
  if (typeof seq !== "number" || !Number.isSafeInteger(seq)) return no("fields", "seq is not a whole number");
  if (!matches(id, ID_REGEXP)) return no("fields", "id is not a UUID of version 7");
  if (!matches(time, TIME_REGEXP)) return no("fields", "time is not RFC 3339 in UTC with microseconds");
  if (!matches(prev, HASH_REGEXP)) return no("fields", "prev is not a hash");
  if (typeof kind !== "string" || !KINDS.has(kind)) return no("fields", "kind is not one of an entry");
  if (typeof session !== "string" || session === "") return no("fields", "session is missing");
  return {
    seq,
    time,
    prev,
    kind,
    session,
    fields,
    hash,
    signed: record.subarray(1, 97),
    key: toHex(record.subarray(97, 105)),
  };
}

/**
 * `JSON.parse` is lax about duplicate keys, order and white space. To write its value canonically and to compare puts
 * all of that right: a text that had any of it comes out different.
 */
function canonicalObject(bytes: Uint8Array): JsonObject | undefined {
  const text = utf8Decode(bytes);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined; // not JSON, or nested beyond the stack
  }
}

function matches(value: JsonValue | undefined, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}
