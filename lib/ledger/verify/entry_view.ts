/**
 * One record, read with the verifier's own eyes: nothing here is shared with the code that writes, but hashing and
 * canonical JSON from lib/base. The bytes are ATTACKER-CONTROLLED.
 */
import { type JsonObject, type JsonValue, sha256Hex, toHex } from "../../base/mod.ts";
import { canonicalObject } from "./canonical.ts";
import { type CheckName, type Finding, finding } from "./finding.ts";

/** What every record has. */
interface RecordView {
  /** Leaf hash, hex. */
  readonly hash: string;
  /** 32 bytes of leaf hash and 64 of signature. */
  readonly signed: Uint8Array;
  /** Key id, hex. */
  readonly key: string;
}

/** An entry whose own checks hold; its place in the chain and its signature are checked elsewhere. */
export interface EntryView extends RecordView {
  readonly seq: number;
  readonly time: string;
  readonly prev: string;
  readonly kind: string;
  readonly session: string;
  readonly fields: JsonObject;
}

/** What pruning leaves of an entry: its text is gone. */
export interface StubView extends RecordView {
  readonly kind: undefined;
}

const FRAME_BYTES = 106;
const STUB_BYTES = 105;
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
export function viewEntry(place: number, record: Uint8Array): EntryView | StubView | Finding {
  const no = (check: CheckName, detail: string) => finding(place, check, detail);
  if (record[0] === 2 && record.length === STUB_BYTES) return { kind: undefined, ...frameOf(record) };
  if (record.length <= FRAME_BYTES) return no("record", `${record.length} bytes are too few for an entry`);
  if (record[0] !== 1 || record[105] !== 0) return no("record", "not an entry of format 1");
  const frame = frameOf(record);
  if (sha256Hex(record.subarray(105)) !== frame.hash) {
    return no("hash", "the bytes do not have the stored leaf hash");
  }
  const fields = canonicalObject(record.subarray(FRAME_BYTES));
  if (fields === undefined) return no("canonical", "the bytes are not one object in canonical JSON");
  return viewFields(fields, frame) ?? no("fields", wrongField(fields));
}

function frameOf(record: Uint8Array): RecordView {
  return {
    hash: toHex(record.subarray(1, 33)),
    signed: record.subarray(1, 97),
    key: toHex(record.subarray(97, 105)),
  };
}

/** `undefined` where a field that every entry has is absent or malformed. */
function viewFields(fields: JsonObject, frame: RecordView): EntryView | undefined {
  const { v, seq, id, time, prev, kind, session } = fields;
  if (v !== 1 || typeof seq !== "number" || !Number.isSafeInteger(seq) || !matches(id, ID_REGEXP)) {
    return undefined;
  }
  if (!matches(time, TIME_REGEXP) || !matches(prev, HASH_REGEXP)) return undefined;
  if (typeof kind !== "string" || !KINDS.has(kind) || typeof session !== "string" || session === "") {
    return undefined;
  }
  return { seq, time, prev, kind, session, fields, ...frame };
}

function wrongField({ v, seq, id, time, prev, kind }: JsonObject): string {
  if (v !== 1) return "v is not 1";
  if (!Number.isSafeInteger(seq)) return "seq is not a whole number";
  if (!matches(id, ID_REGEXP)) return "id is not a UUID of version 7";
  if (!matches(time, TIME_REGEXP)) return "time is not RFC 3339 in UTC with microseconds";
  if (!matches(prev, HASH_REGEXP)) return "prev is not a hash";
  if (typeof kind !== "string" || !KINDS.has(kind)) return "kind is not one of an entry";
  return "session is missing";
}

function matches(value: JsonValue | undefined, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}
