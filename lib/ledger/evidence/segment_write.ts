/** Appends to an archive of segments what the ledger has and the archive has not. */
import {
  type Clock,
  concatBytes,
  Fault,
  rfc3339Micros,
  sha256Hex,
  toHex,
  utf8,
  utf8Decode,
} from "../../base/mod.ts";
import { sealHead } from "../head.ts";
import { signCheckpoint } from "../note/checkpoint.ts";
import type { Keys, LedgerStore } from "../port.ts";
import { GrowingTree } from "../tree/growing_tree.ts";
import { checkpointOf } from "./checkpoint_text.ts";
import { entryOf } from "./entry_stream.ts";
import { lineOf, readLine } from "./line.ts";
import { sealManifest, SEGMENT_TYPE } from "./manifest.ts";
import { rotationsSince } from "./rotations.ts";
import {
  digestOf,
  hasItsDigest,
  isSegmentOf,
  listSegments,
  type Segment,
  segmentName,
  type SegmentPredicate,
  type SegmentTarget,
} from "./segment_files.ts";
import { isSealedBy, trustedKeys } from "./trust.ts";

/** A few megabytes, which fit the memory and one upload. */
const SEGMENT_ENTRIES = 4096;
const HASH_AT = 1, SIGNATURE_AT = 33;
const ATTEMPTS = 99;

export interface SegmentLedger {
  readonly store: Pick<LedgerStore, "read" | "scan">;
  readonly keys: Keys;
  readonly clock: Clock;
}

export interface AppendRequest {
  /** A signed note: up to there the archive will reach. */
  readonly checkpoint: string;
  /** Reads every segment that is there again, not only the newest. */
  readonly thorough: boolean;
  /** How many entries a segment has at least, where there are as many. */
  readonly segmentEntries?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the archive has now. */
export interface Appended {
  /** Segments that were written. */
  readonly segments: number;
  /** Entries in them, and in all of the archive. */
  readonly entries: number;
  readonly total: number;
}

/**
 * Checks what is there, and writes what is missing. A crash at any place leaves whole segments, and perhaps one file that no
 * manifest names: the next run takes it if it is what it would have written, and writes beside it if not. Throws Fault
 * `ledger` where archive and ledger do not belong together.
 */
export async function appendSegments(
  ledger: SegmentLedger,
  target: SegmentTarget,
  request: AppendRequest,
): Promise<Appended> {
  const trusted = trustedKeys(
    [ledger.keys.publicKey],
    await rotationsSince(ledger.store, 0, request.checkpoint),
  );
  const there = await checkedSegments(trusted, target, request);
  const ends = await segmentEnds(ledger, (there.at(-1)?.last ?? -1) + 1, request);
  const walk = new SegmentWalk(ledger, target, { there, ends, trusted });
  const { size } = checkpointOf(request.checkpoint);
  for await (const { key, value } of ledger.store.scan("entry", { from: 0, until: size })) {
    if (key !== walk.next) break;
    await walk.step(value);
    if (walk.next % 8192 === 0) request.onProgress?.(walk.next, size);
  }
  if (walk.next !== size) throw foreign(`entry ${walk.next} is missing from the ledger`);
  return { segments: walk.written, entries: walk.writtenEntries, total: size };
}

/** What is there: without a gap, signed by a key of this ledger, unchanged. */
async function checkedSegments(
  trusted: ReadonlyMap<string, Uint8Array>,
  target: SegmentTarget,
  { checkpoint, thorough }: AppendRequest,
): Promise<readonly Segment[]> {
  const listed = await listSegments(target);
  if (!listed.ok) throw foreign(listed.error);
  const segments = listed.value;
  const { size } = checkpointOf(checkpoint);
  const newest = segments.at(-1);
  if (newest !== undefined && newest.last >= size) {
    throw foreign(`it has ${newest.last + 1} entries, and the ledger ${size}: the ledger lost some`);
  }
  for (const segment of segments) {
    if (!isSegmentOf(segment, trusted.values())) {
      throw foreign(`${segment.name} is not signed by a key of this ledger`);
    }
    if (!thorough && segment !== newest) continue;
    if (!await hasItsDigest(target, segment)) throw foreign(`${segment.name} is not what was written`);
  }
  return segments;
}

/**
 * Signed checkpoints at which segments end, by size: the newest, and such that come before it. Their roots are those of the
 * tree that gives the newest one's, so whoever signed that has stood for these, too.
 */
async function segmentEnds(
  { store, keys }: SegmentLedger,
  from: number,
  { checkpoint: newest, segmentEntries = SEGMENT_ENTRIES }: AppendRequest,
): Promise<ReadonlyMap<number, string>> {
  const { size, root, origin } = checkpointOf(newest);
  const ends = new Map([[size, newest]]);
  if (size - from < 2 * segmentEntries) return ends;
  const roots = new Map<number, string>();
  const tree = new GrowingTree();
  for await (const { key, value } of store.scan("entry", { from: 0, until: size })) {
    if (key !== tree.size) break;
    tree.add(toHex(value.subarray(HASH_AT, SIGNATURE_AT)));
    const isEnd = tree.size > from && (tree.size - from) % segmentEntries === 0;
    if (isEnd && size - tree.size >= segmentEntries) roots.set(tree.size, tree.root());
  }
  if (tree.size !== size || tree.root() !== root) throw otherTree(size);
  for (const [size, root] of roots) {
    ends.set(size, signCheckpoint({ origin, size, root, extensions: [] }, keys));
  }
  return ends;
}

interface Plan {
  readonly there: readonly Segment[];
  readonly ends: ReadonlyMap<number, string>;
  /** Keys of entries, by id. */
  readonly trusted: ReadonlyMap<string, Uint8Array>;
}

/** Goes along the ledger once: holds what is there against it, then gathers lines and writes them at each end. */
class SegmentWalk {
  next = 0;
  written = 0;
  writtenEntries = 0;
  readonly #ledger: SegmentLedger;
  readonly #target: SegmentTarget;
  readonly #ends: ReadonlyMap<number, string>;
  readonly #there: ReadonlyMap<number, Segment>;
  readonly #covered: number;
  readonly #trusted: ReadonlyMap<string, Uint8Array>;
  readonly #tree = new GrowingTree();
  #lines: Uint8Array[] = [];

  constructor(ledger: SegmentLedger, target: SegmentTarget, { there, ends, trusted }: Plan) {
    this.#ledger = ledger;
    this.#target = target;
    this.#ends = ends;
    this.#trusted = trusted;
    this.#there = new Map(there.map((segment) => [segment.last + 1, segment]));
    this.#covered = (there.at(-1)?.last ?? -1) + 1;
  }

  async step(record: Uint8Array): Promise<void> {
    const seq = this.next++;
    const hash = toHex(record.subarray(HASH_AT, SIGNATURE_AT));
    this.#tree.add(hash);
    if (seq >= this.#covered) this.#lines.push(this.#lineBytes(seq, record));
    const there = this.#there.get(this.next);
    if (there !== undefined && there.root !== this.#tree.root()) {
      throw foreign(`${there.name} holds other entries than the ledger has there`);
    }
    const end = this.next > this.#covered ? this.#ends.get(this.next) : undefined;
    if (end !== undefined) await this.#close(end, { hash, record });
  }

  /** What is written is never taken back: one entry that was changed would spoil the archive for good. */
  #lineBytes(seq: number, record: Uint8Array): Uint8Array {
    const line = lineOf(seq, record), read = line === undefined ? undefined : readLine(line);
    const key = read?.ok ? this.#trusted.get(read.value.key) : undefined;
    if (read?.ok && read.value.seq === seq && key !== undefined && isSealedBy(read.value, key)) {
      return utf8(`${line}\n`);
    }
    throw new Fault("ledger", `Cannot append to the archive: entry ${seq} is not what was signed`, {
      hint: "countersign verify",
    });
  }

  async #close(
    note: string,
    { hash, record }: { readonly hash: string; readonly record: Uint8Array },
  ): Promise<void> {
    const { size, root, origin } = checkpointOf(note);
    if (root !== this.#tree.root()) {
      throw foreign(`the ledger's checkpoint of ${size} entries is of another tree`);
    }
    const last = this.next - 1, entries = this.#lines.length;
    const bytes = concatBytes(...this.#lines);
    const range = { first: last - entries + 1, last };
    const name = await createData(this.#target, range, bytes);
    const { keys, clock } = this.#ledger;
    const head = utf8Decode(sealHead({ seq: last, hash, timeMicros: timeOf(last, record) }, keys)) ?? "";
    const created = rfc3339Micros(clock.nowMicros());
    const predicate: SegmentPredicate = {
      origin,
      created,
      entries,
      range,
      filter: null,
      checkpoint: { size, root },
      note,
      head,
      bytes: bytes.length,
    };
    const digests = new Map([[name, sha256Hex(bytes)]]);
    await createManifest(this.#target, range, sealManifest({ type: SEGMENT_TYPE, digests, predicate }, keys));
    this.#lines = [];
    this.written++;
    this.writtenEntries += entries;
  }
}

/** Of a pruned entry nobody knows it; then it says nothing. */
function timeOf(seq: number, record: Uint8Array): number {
  const time = entryOf(seq, record)?.time;
  return time === undefined ? 0 : Date.parse(`${time.slice(0, 23)}Z`) * 1000 + Number(time.slice(23, 26));
}

type Range = Parameters<typeof segmentName>[0];

/** The name under which the lines are there. What an interrupted run left is taken where it is the same. */
async function createData(target: SegmentTarget, range: Range, bytes: Uint8Array): Promise<string> {
  const digest = sha256Hex(bytes);
  for (let again = 0; again <= ATTEMPTS; again++) {
    const name = `${segmentName(range, again)}.jsonl`;
    if (await target.create(name, bytes) || await digestOf(target.read(name)) === digest) return name;
  }
  throw tooOften(range);
}

async function createManifest(target: SegmentTarget, range: Range, text: string): Promise<void> {
  for (let again = 0; again <= ATTEMPTS; again++) {
    if (await target.create(`${segmentName(range, again)}.json`, utf8(text))) return;
  }
  throw tooOften(range);
}

function tooOften({ first, last }: Range): Fault {
  return new Fault(
    "io",
    `Cannot append to the archive: entries ${first} to ${last} were begun ${ATTEMPTS} times`,
  );
}

function otherTree(size: number): Fault {
  return foreign(`the ledger's checkpoint of ${size} entries is of another tree`);
}

function foreign(why: string): Fault {
  return new Fault("ledger", `Cannot append to the archive: ${why}`, {
    hint: "countersign verify, or begin another archive in an empty place",
  });
}
