/**
 * `record = "full"`: what allowed calls carried, beside the entries. The digest in the entry binds it; the rows can go at
 * any time, and every proof stays as it was.
 */
import { concatBytes, Fault, hmacSha256, pause, toHex, utf8, utf8Decode } from "../base/mod.ts";
import type { Entry, PayloadDigest } from "./entry.ts";
import type { Change, LedgerStore } from "./port.ts";
import { deflate, inflate } from "./squeeze.ts";
import type { Tip } from "./tip.ts";

/** The longest payload that is kept, in bytes of UTF-8; of a longer one the entry has length and digest alone. */
export const MAX_KEPT_BYTES = 8 * 1024 * 1024;

// A value of the store has at most 64 KiB, a commit 800 KiB; an entry of any size shares its commit with what fits here.
const PART_BYTES = 60 * 1024;
const TOGETHER_BYTES = 32 * 1024;
const PARTS_A_COMMIT = 10;
const PATIENCE_TRIES = 100;
const NAP_MS = 15;

const RAW = 0, DEFLATED = 1;
// Below this, deflating costs more than the bytes that it saves.
const MIN_DEFLATED_BYTES = 1024;

/** `in`: the params of a call. `out`: what was released in reply. */
export type PayloadSide = "in" | "out";

/** A payload on its way into the store. Its rows are made once, when they are asked for first: most are never split. */
export class Keepsake {
  readonly #id: string;
  readonly #side: PayloadSide;
  readonly #text: string;
  #rows: readonly Change[] | undefined;
  #staged = false;

  /** `id`: of the entry that it belongs to. */
  constructor(id: string, side: PayloadSide, text: string) {
    this.#id = id;
    this.#side = side;
    this.#text = text;
  }

  /** Are its rows in the store, whether or not there is an entry yet? */
  get isStaged(): boolean {
    return this.#staged;
  }

  /**
   * May its entry be written? Not as long as it is too large for one commit with it, and not staged: so that after a crash
   * at any instant no entry lacks its payload.
   */
  get isReady(): boolean {
    if (this.#staged) return true;
    const rows = this.#made();
    return rows.length <= 1 && (rows[0]?.value?.length ?? 0) <= TOGETHER_BYTES;
  }

  /** Puts what is ready and not yet in the store into the commit of its entry. */
  put(tip: Tip): void {
    if (this.#staged) return;
    for (const row of this.#made()) tip.change(row);
  }

  /** Writes it in commits of its own. A crash here leaves rows without an entry: pruning takes them once they are old. */
  async stage(store: LedgerStore): Promise<void> {
    this.#staged = true;
    await commitRows(store, this.#made());
  }

  /** Takes back what was staged: the entry says something else by now. */
  async unstage(store: LedgerStore): Promise<void> {
    await commitRows(store, this.#made().map(({ table, key }) => ({ table, key })));
    this.#staged = false;
  }

  #made(): readonly Change[] {
    return this.#rows ??= payloadRows(this.#id, this.#side, this.#text);
  }
}

/** The payload of an entry to be, where it is one that is kept. */
export function keepsake(id: string, side: PayloadSide, text: string): Keepsake | undefined {
  // Cheap and never too generous: a character has at least one byte.
  return text.length > MAX_KEPT_BYTES ? undefined : new Keepsake(id, side, text);
}

function payloadRows(id: string, side: PayloadSide, text: string): readonly Change[] {
  const bytes = utf8(text);
  if (bytes.length > MAX_KEPT_BYTES) return [];
  const packed = bytes.length < MIN_DEFLATED_BYTES
    ? concatBytes(Uint8Array.of(RAW), bytes)
    : concatBytes(Uint8Array.of(DEFLATED), deflate(bytes));
  return Array.from({ length: Math.ceil(packed.length / PART_BYTES) }, (_, part) => ({
    table: "payload",
    key: `${id}/${side}/${part}`,
    value: packed.slice(part * PART_BYTES, (part + 1) * PART_BYTES),
  }));
}

/** Outside of the chain: no entry is written, so no head has to be where it was. Throws Fault `ledger`. */
async function commitRows(store: LedgerStore, rows: readonly Change[]): Promise<void> {
  for (let at = 0; at < rows.length; at += PARTS_A_COMMIT) {
    await commitPatiently(store, rows.slice(at, at + PARTS_A_COMMIT));
  }
}

/** Commits rows that nothing is checked for, as often as it takes until the file is free. Throws Fault `ledger`. */
export async function commitPatiently(store: LedgerStore, changes: readonly Change[]): Promise<void> {
  for (let tries = 1;; tries++) {
    if (await committed(store, changes)) return;
    if (tries === PATIENCE_TRIES) {
      throw new Fault(
        "ledger",
        "Cannot write beside the entries: other processes held the file all the time",
      );
    }
    await pause(Math.random() * 2 * NAP_MS);
  }
}

async function committed(store: LedgerStore, changes: readonly Change[]): Promise<boolean> {
  try {
    return (await store.commit({ checks: [], changes })).done;
  } catch (cause) {
    throw new Fault("ledger", "Cannot write beside the entries: the store failed to commit", {
      cause,
      hint: "countersign doctor",
    });
  }
}

/** What was recorded in full of one entry. */
export interface ReadPayloads {
  readonly input?: string;
  readonly output?: string;
  /** What is there and is not what the entry says: changed, or a part is missing. */
  readonly damaged: readonly ("input" | "output")[];
  /** Were the digests compared? Without the entry's k, the lengths alone were. */
  readonly checked: boolean;
}

/** The fields of an entry that name its payloads. */
export type PayloadOwner = Pick<Entry, "id" | "input" | "output">;

/**
 * The payloads of an entry, each compared with its length and digest in the entry; `k`: of this entry
 * ({@link Digester.keyOf}), where whoever reads has the blinding key. The rows are ATTACKER-CONTROLLED: whoever can write
 * to the store can change them.
 */
export async function readPayloads(
  store: Pick<LedgerStore, "scan">,
  entry: PayloadOwner,
  k?: Uint8Array,
): Promise<ReadPayloads> {
  const found: { input?: string; output?: string } = {};
  const damaged: ("input" | "output")[] = [];
  for (const [field, side] of [["input", "in"], ["output", "out"]] as const) {
    const parts = await partsOf(store, `${entry.id}/${side}/`);
    if (parts.length === 0) continue;
    const text = unpacked(parts, entry[field], k);
    if (text === undefined) damaged.push(field);
    else found[field] = text;
  }
  return { ...found, damaged, checked: k !== undefined };
}

async function partsOf(store: Pick<LedgerStore, "scan">, prefix: string): Promise<readonly Uint8Array[]> {
  const parts: (readonly [number, Uint8Array])[] = [];
  // `~` is behind every digit.
  for await (const { key, value } of store.scan("payload", { from: prefix, until: `${prefix}~` })) {
    if (typeof key === "string") parts.push([Number(key.slice(prefix.length)), value]);
  }
  // Keys are texts, and "10" is before "2" among these.
  return parts.sort(([a], [b]) => a - b).map(([, value]) => value);
}

function unpacked(
  parts: readonly Uint8Array[],
  want: PayloadDigest | undefined,
  k: Uint8Array | undefined,
): string | undefined {
  if (want === undefined || want.bytes > MAX_KEPT_BYTES) return undefined;
  const packed = concatBytes(...parts);
  const body = packed.subarray(1);
  // Never more than the entry says: a few bytes can be made to inflate to gigabytes.
  const bytes = packed[0] === DEFLATED ? inflate(body, want.bytes) : packed[0] === RAW ? body : undefined;
  if (bytes?.length !== want.bytes) return undefined;
  if (k !== undefined && toHex(hmacSha256(k, bytes)) !== want.digest) return undefined;
  return utf8Decode(bytes);
}
