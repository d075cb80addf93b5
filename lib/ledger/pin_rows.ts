/** The rows of pins: what was seen first of a server's tools, and what they are now. Canonical JSON. */
import { canonicalJson, type JsonValue, parseJson, utf8, utf8Decode } from "../base/mod.ts";
import type { PinState } from "../verdict/mod.ts";
import { damagedRow } from "./rows.ts";

/** A part of a definition. Digests are keyed: a leaked store tells nobody what was masked in a text. */
export interface PinnedField {
  readonly name: string;
  readonly digest: string;
  /** Canonical JSON, secrets masked; absent where it was not to be kept. */
  readonly text?: string;
  /** The text is only the beginning. */
  readonly cut?: true;
}

export interface PinnedDefinition {
  readonly digest: string;
  readonly fields: readonly PinnedField[];
}

/** One tool, or the instructions of a server. */
export interface PinRow {
  readonly v: 1;
  readonly kind: "tool" | "instructions";
  /** The server's name. */
  readonly server: string;
  /** The tool's, as it may be shown; empty for instructions. */
  readonly name: string;
  /** What counts; absent for a tool that came later and was never accepted. */
  readonly pinned?: PinnedDefinition;
  /** What was seen last, where it is something else. */
  readonly seen?: PinnedDefinition;
  /** A person said no to what was seen. */
  readonly rejected?: true;
  /** The entry that put the row here, and its time. */
  readonly entry: number;
  readonly since: string;
}

/** One server. Every change of its pins writes it anew, so its version tells whether what was read still holds. */
export interface PinServerRow {
  readonly v: 1;
  readonly kind: "server";
  readonly server: string;
  /** How many rows of tools there are. */
  readonly count: number;
}

// A value of the store has at most 64 KiB, and a row has up to sixteen texts.
const MAX_ROW_BYTES = 60 * 1024;

/** The bytes of a row; of one that is too large, without its texts: the digests are what counts. */
export function sealPinRow(row: PinRow | PinServerRow): Uint8Array<ArrayBuffer> {
  const bytes = utf8(canonicalJson(row as unknown as JsonValue));
  return bytes.length <= MAX_ROW_BYTES || row.kind === "server" ? bytes : utf8(
    canonicalJson(
      {
        ...row,
        ...row.pinned && { pinned: withoutTexts(row.pinned) },
        ...row.seen && { seen: withoutTexts(row.seen) },
      } as unknown as JsonValue,
    ),
  );
}

function withoutTexts({ digest, fields }: PinnedDefinition): PinnedDefinition {
  return { digest, fields: fields.map(({ name, digest }) => ({ name, digest })) };
}

/** A row; throws Fault `ledger` for one that none of us wrote. */
export function readPinRow(value: Uint8Array): PinRow | PinServerRow {
  const text = utf8Decode(value);
  const parsed = text === undefined ? undefined : parseJson(text);
  const row: unknown = parsed?.ok ? parsed.value : undefined;
  if (isServerRow(row) || isToolRow(row)) return row;
  throw damagedRow();
}

function isServerRow(row: unknown): row is PinServerRow {
  return isObject(row) && row["v"] === 1 && row["kind"] === "server" && typeof row["server"] === "string" &&
    Number.isSafeInteger(row["count"]);
}

function isToolRow(row: unknown): row is PinRow {
  if (!isObject(row) || row["v"] !== 1) return false;
  const { kind, server, name, pinned, seen, entry, since } = row;
  return (kind === "tool" || kind === "instructions") && typeof server === "string" &&
    typeof name === "string" && Number.isSafeInteger(entry) && typeof since === "string" &&
    (pinned !== undefined || seen !== undefined) && [pinned, seen].every(isDefinition);
}

function isDefinition(value: unknown): boolean {
  return value === undefined ||
    isObject(value) && typeof value["digest"] === "string" && Array.isArray(value["fields"]) &&
      value["fields"].every((field) =>
        isObject(field) && typeof field["name"] === "string" && typeof field["digest"] === "string"
      );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is the matter with a row. */
export function stateOf({ pinned, seen, rejected }: Pick<PinRow, "pinned" | "seen" | "rejected">): PinState {
  if (seen === undefined) return "pinned";
  if (rejected === true) return "rejected";
  return pinned === undefined ? "new" : "drifted";
}

/** The parts that differ between what is pinned and what was seen; all of them where nothing is pinned. */
export function changedFields({ pinned, seen }: Pick<PinRow, "pinned" | "seen">): readonly string[] {
  if (seen === undefined) return [];
  const before = new Map(pinned?.fields.map(({ name, digest }) => [name, digest]));
  const after = new Map(seen.fields.map(({ name, digest }) => [name, digest]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name));
}
