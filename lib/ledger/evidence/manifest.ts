/** What a pack or a segment holds, as an in-toto statement (v1): each file by its digest, and what it is about. */
import {
  err,
  fromHex,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
  utf8,
} from "../../base/mod.ts";
import type { Keys } from "../port.ts";
import { type Envelope, envelopeJson, IN_TOTO_TYPE, readEnvelope, sealEnvelope } from "./dsse.ts";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PACK_TYPE = "urn:countersign:pack:v1";
export const SEGMENT_TYPE = "urn:countersign:segment:v1";
const MAX_ENVELOPE_CHARS = 32 * 1024 * 1024;

/** The predicate of both types. */
export interface EvidencePredicate {
  /** Whose ledger: the origin of its checkpoints. */
  readonly origin: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  /** How many entries are in it. */
  readonly entries: number;
  /** The first and the last of them; `null` where there is none. */
  readonly range: { readonly first: number; readonly last: number } | null;
  /** What was asked for, in the words of the command line; `null`: every entry of the tree. */
  readonly filter: Readonly<Record<string, string>> | null;
  /** The tree that every entry is proven to be in. */
  readonly checkpoint: { readonly size: number; readonly root: string };
  /** Of a segment: the signed checkpoint and the signed head at its end, and the length of its file in bytes. */
  readonly note?: string;
  readonly head?: string;
  readonly bytes?: number;
}

/** A statement that was read. */
export interface Manifest {
  readonly envelope: Envelope;
  /** SHA-256 in hex by file name. */
  readonly digests: ReadonlyMap<string, string>;
  readonly predicate: EvidencePredicate;
}

/** What {@link sealManifest} signs. */
export interface Statement {
  readonly type: typeof PACK_TYPE | typeof SEGMENT_TYPE;
  readonly digests: ReadonlyMap<string, string>;
  readonly predicate: EvidencePredicate;
}

/** The text of `manifest.json`: the statement in an envelope, signed by the ledger's key. */
export function sealManifest({ type, digests, predicate }: Statement, keys: Keys): string {
  const subject = [...digests].toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([name, sha256]) => ({ name, digest: { sha256 } }));
  const statement = { _type: STATEMENT_TYPE, subject, predicateType: type, predicate };
  return sealEnvelope(IN_TOTO_TYPE, utf8(JSON.stringify(statement)), keys);
}

/** Reads a manifest of that type; its signature is checked elsewhere. ATTACKER-CONTROLLED. */
export function readManifest(text: string, type: Statement["type"]): Result<Manifest, string> {
  if (text.length > MAX_ENVELOPE_CHARS) return err("the manifest is too long");
  const envelope = readEnvelope(text);
  if (!envelope.ok) return envelope;
  if (envelope.value.payloadType !== IN_TOTO_TYPE) return err("the manifest holds no in-toto statement");
  const statement = envelopeJson(envelope.value);
  if (statement?.["_type"] !== STATEMENT_TYPE || statement["predicateType"] !== type) {
    return err(`the manifest holds no statement of the type ${type}`);
  }
  const digests = digestsOf(statement["subject"]), predicate = predicateOf(statement["predicate"]);
  if (digests === undefined) return err("the manifest names a file without its SHA-256, or twice");
  if (predicate === undefined) return err("the manifest does not say what it is about");
  return ok({ envelope: envelope.value, digests, predicate });
}

function digestsOf(subject: JsonValue | undefined): ReadonlyMap<string, string> | undefined {
  if (!Array.isArray(subject)) return undefined;
  const digests = new Map<string, string>();
  for (const one of subject as readonly JsonValue[]) {
    const name = isJsonObject(one) ? one["name"] : undefined,
      digest = isJsonObject(one) ? one["digest"] : undefined;
    const sha256 = isJsonObject(digest) ? digest["sha256"] : undefined;
    if (typeof name !== "string" || digests.has(name) || !isHash(sha256)) return undefined;
    digests.set(name, sha256);
  }
  return digests;
}

function predicateOf(value: JsonValue | undefined): EvidencePredicate | undefined {
  if (!isJsonObject(value)) return undefined;
  const { origin, created, entries, range, filter, checkpoint } = value;
  if (typeof origin !== "string" || typeof created !== "string" || !isCount(entries)) return undefined;
  const size = isJsonObject(checkpoint) ? checkpoint["size"] : undefined;
  const root = isJsonObject(checkpoint) ? checkpoint["root"] : undefined;
  if (!isCount(size) || !isHash(root) || !isFilter(filter)) return undefined;
  const readRange = range === null ? null : rangeOf(range);
  if (readRange === undefined) return undefined;
  const end = endOf(value);
  return end && { origin, created, entries, range: readRange, filter, checkpoint: { size, root }, ...end };
}

/** What a segment says of its end: all of it, or nothing. */
function endOf(
  { note, head, bytes }: JsonObject,
): Pick<EvidencePredicate, "note" | "head" | "bytes"> | undefined {
  if (note === undefined && head === undefined && bytes === undefined) return {};
  return typeof note === "string" && typeof head === "string" && isCount(bytes)
    ? { note, head, bytes }
    : undefined;
}

function rangeOf(value: JsonValue | undefined): EvidencePredicate["range"] | undefined {
  if (!isJsonObject(value)) return undefined;
  const { first, last } = value;
  return isCount(first) && isCount(last) && first <= last ? { first, last } : undefined;
}

function isFilter(value: JsonValue | undefined): value is Record<string, string> | null {
  return value === null ||
    isJsonObject(value) && Object.values(value as JsonObject).every((one) => typeof one === "string");
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value.length === 64 && fromHex(value) !== undefined;
}
