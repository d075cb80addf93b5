/**
 * One entry as a line of JSON: its fields, then `hash`, `sig` and `key`, as `audit --json` prints it; of an entry whose text
 * was pruned, `seq` and these three alone. The bytes that were hashed are made again from the fields.
 */
import {
  canonicalJson,
  err,
  fromHex,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
} from "../../base/mod.ts";
import { type Result, toHex, utf8, utf8Decode } from "../../base/mod.ts";

const FULL = 1, STUB = 2;
const HASH_AT = 1, SIGNATURE_AT = 33, KEY_AT = 97, PREFIX_AT = 105, TEXT_AT = 106;
/** An entry has at most 60 KiB, and a line at most twelve characters for two bytes of it. */
export const MAX_LINE_BYTES = 512 * 1024;
const HIDDEN_REGEXP = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const EACH_HIDDEN_REGEXP = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
const SUFFIX_CHARS = 237;
const SUFFIX_REGEXP = /^,"hash":"([0-9a-f]{64})","sig":"([0-9a-f]{128})","key":"([0-9a-f]{16})"\}$/;
/** Behind the first field: a pruned entry has its `seq` there, and is read the long way. */
const SEQ_REGEXP = /,"seq":(\d{1,15})[,}]/;
const BESIDE_REGEXP = /,"hash":"([0-9a-f]{64})","sig":"([0-9a-f]{128})","key":"([0-9a-f]{16})"\}$/;

/** The line of a record (without a line feed); `undefined` for bytes that are no record. */
export function lineOf(seq: number, record: Uint8Array): string | undefined {
  const stub = record[0] === STUB && record.length === PREFIX_AT;
  if (!stub && (record[0] !== FULL || record.length <= TEXT_AT)) return undefined;
  const text = stub ? `{"seq":${seq}}` : utf8Decode(record.subarray(TEXT_AT));
  if (text === undefined || !text.endsWith("}") || text.includes("\n")) return undefined;
  const hash = toHex(record.subarray(HASH_AT, SIGNATURE_AT));
  const sig = toHex(record.subarray(SIGNATURE_AT, KEY_AT)), key = toHex(record.subarray(KEY_AT, PREFIX_AT));
  const line = `${text.slice(0, -1)},"hash":"${hash}","sig":"${sig}","key":"${key}"}`;
  // As JSON escapes them, what a terminal would obey or hide is harmless, and means the same to every program.
  return HIDDEN_REGEXP.test(line) ? line.replace(EACH_HIDDEN_REGEXP, escaped) : line;
}

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

/** A line that was read: nothing of it is checked but its form. */
export interface ReadLine {
  readonly seq: number;
  readonly hash: string;
  readonly sig: string;
  readonly key: string;
  /** The fields of the entry; `undefined` where its text was pruned. */
  readonly fields: JsonObject | undefined;
  /** As the store keeps it: what `verify` reads. */
  readonly record: Uint8Array;
}

/** Reads a line. ATTACKER-CONTROLLED. */
export function readLine(line: string): Result<ReadLine, string> {
  const value = parsed(line);
  if (value === undefined) return err("it is not one JSON object");
  return readEntryObject(value, line);
}

/** The seq and the record of a line, where more is not needed; `undefined` for what is no line. ATTACKER-CONTROLLED. */
export function readRow(line: string): Pick<ReadLine, "seq" | "record"> | undefined {
  const beside = SUFFIX_REGEXP.exec(line.slice(-SUFFIX_CHARS)), [, seq] = SEQ_REGEXP.exec(line) ?? [];
  // As this program writes it, a line need not be parsed to be taken apart. Where another `seq` comes first, the verifier
  // finds that it is not the entry's own.
  if (beside !== null && seq !== undefined && !line.includes("\\u")) {
    const [, hash = "", sig = "", key = ""] = beside;
    return {
      seq: Number(seq),
      record: recordOf({ hash, sig, key, text: `${line.slice(0, -SUFFIX_CHARS)}}` }),
    };
  }
  const read = readLine(line);
  return read.ok ? read.value : undefined;
}

/**
 * Reads an entry from its object. `line`: its text, where it is at hand: if that is as {@link lineOf} writes it, the bytes
 * that were hashed stand in it, and need not be made again.
 */
export function readEntryObject(value: JsonObject, line = ""): Result<ReadLine, string> {
  const { hash, sig, key, ...fields } = value;
  const { seq } = fields;
  if (!isHex(hash, 64) || !isHex(sig, 128) || !isHex(key, 16)) {
    return err("hash, sig or key is not what it should be");
  }
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) return err("seq is no whole number");
  const isStub = Object.keys(fields).length === 1;
  const text = isStub ? undefined : hashedText(fields, line);
  if (!isStub && text === undefined) return err("it has a number that canonical JSON has no form for");
  const record = recordOf({ hash, sig, key, text });
  return ok({ seq, hash, sig, key, fields: isStub ? undefined : fields, record });
}

function hashedText(fields: JsonObject, line: string): string | undefined {
  const beside = BESIDE_REGEXP.exec(line);
  // An escape may stand for what canonical JSON writes as it is.
  if (beside === null || line.includes("\\u")) return canonicalText(fields);
  return `${line.slice(0, beside.index)}}`;
}

/** `undefined` for a number that canonical JSON has no form for (1e999). */
function canonicalText(fields: JsonObject): string | undefined {
  try {
    return canonicalJson(fields);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

interface RecordParts {
  readonly hash: string;
  readonly sig: string;
  readonly key: string;
  readonly text: string | undefined;
}

/** The record of the store (lib/ledger/README.md). */
function recordOf({ hash, sig, key, text }: RecordParts): Uint8Array {
  const bytes = text === undefined ? undefined : utf8(text);
  const record = new Uint8Array(bytes === undefined ? PREFIX_AT : TEXT_AT + bytes.length);
  record[0] = bytes === undefined ? STUB : FULL;
  record.subarray(HASH_AT).setFromHex(hash);
  record.subarray(SIGNATURE_AT).setFromHex(sig);
  record.subarray(KEY_AT).setFromHex(key);
  if (bytes !== undefined) record.set(bytes, TEXT_AT);
  return record;
}

/**
 * `JSON.parse` and not our strict parser, for its speed: what it is lax about (a key twice, white space, an order of its
 * own) comes out as other bytes than were hashed.
 */
function parsed(line: string): JsonObject | undefined {
  try {
    const value = JSON.parse(line) as JsonValue;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // not JSON, or nested beyond the stack
  }
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && fromHex(value) !== undefined;
}
