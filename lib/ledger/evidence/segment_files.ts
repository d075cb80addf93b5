/**
 * Segments: closed files of entries that are never written again, for media that take nothing back. Each has its lines in
 * `segment-<first>-<last>.jsonl` and, written after them, a signed manifest of the same name that ends in `.json`: a segment
 * counts once its manifest is whole.
 */
import { err, ok, type Result, utf8Decode } from "../../base/mod.ts";
import { signedBy } from "./dsse.ts";
import { Sha256 } from "./hashing.ts";
import { type EvidencePredicate, type Manifest, readManifest, SEGMENT_TYPE } from "./manifest.ts";

const MANIFEST_REGEXP = /^segment-(\d{12})-(\d{12})(?:-r\d{1,2})?\.json$/;
const DATA_REGEXP = /^segment-\d{12}-\d{12}(?:-r\d{1,2})?\.jsonl$/;
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** Where segments are kept: a folder, a bucket. */
export interface SegmentTarget {
  /** Names and lengths of what is there. */
  list(): Promise<ReadonlyMap<string, number>>;
  read(name: string): AsyncIterable<Uint8Array>;
  /** Makes a file that is whole and durable once this resolves. False: there is one of that name, and it is as it was. */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
}

/** A segment that is there. */
export interface Segment {
  /** Its file of lines. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly note: string;
  readonly head: string;
  readonly root: string;
}

/** The name of a segment, without its ending. `again`: the attempt, where an earlier one was broken off. */
export function segmentName(
  { first, last }: { readonly first: number; readonly last: number },
  again: number,
): string {
  const [from, to] = [first, last].map((seq) => String(seq).padStart(12, "0"));
  return `segment-${from}-${to}${again === 0 ? "" : `-r${again}`}`;
}

/**
 * The segments that are there, in order and without a gap from entry 0 on. Nothing is known about their signatures and
 * contents. What is not whole, because somebody who wrote it was interrupted, is left out. ATTACKER-CONTROLLED. The error is
 * a phrase.
 */
export async function listSegments(target: SegmentTarget): Promise<Result<readonly Segment[], string>> {
  const sizes = await target.list();
  const byFirst = new Map<number, Segment>();
  for (const name of sizes.keys()) {
    const segment = await readSegment(target, name, sizes);
    if (segment === undefined) continue;
    // Two who append at once may have begun at the same place; what cannot be taken back is passed over.
    const other = byFirst.get(segment.first);
    if (other === undefined || other.last < segment.last) byFirst.set(segment.first, segment);
  }
  return inOrder(byFirst);
}

function inOrder(byFirst: ReadonlyMap<number, Segment>): Result<readonly Segment[], string> {
  const segments: Segment[] = [];
  for (let next = 0;;) {
    const segment = byFirst.get(next);
    if (segment === undefined) break;
    segments.push(segment);
    next = segment.last + 1;
  }
  const end = (segments.at(-1)?.last ?? -1) + 1;
  const beyond = [...byFirst.keys()].some((first) => first > end);
  return beyond ? err(`entry ${end} is in no segment, and later ones are`) : ok(segments);
}

async function readSegment(
  target: SegmentTarget,
  name: string,
  sizes: ReadonlyMap<string, number>,
): Promise<Segment | undefined> {
  if (!MANIFEST_REGEXP.test(name) || (sizes.get(name) ?? Infinity) > MAX_MANIFEST_BYTES) return undefined;
  const text = utf8Decode(await readAll(target.read(name)));
  const manifest = text === undefined ? undefined : readManifest(text, SEGMENT_TYPE);
  return manifest?.ok ? segmentOf(manifest.value, sizes) : undefined;
}

function segmentOf(manifest: Manifest, sizes: ReadonlyMap<string, number>): Segment | undefined {
  const { range, entries, filter, checkpoint, note, head, bytes } = manifest.predicate;
  const [file, more] = manifest.digests;
  if (file === undefined || more !== undefined || range === null || filter !== null) return undefined;
  const [name, digest] = file, { first, last } = range;
  if (!DATA_REGEXP.test(name) || sizes.get(name) !== bytes || note === undefined || head === undefined) {
    return undefined;
  }
  if (entries !== last - first + 1 || checkpoint.size !== last + 1) return undefined;
  return { name, first, last, digest, manifest, note, head, root: checkpoint.root };
}

/** Is the manifest signed by one of `keys`? */
export function isSegmentOf({ manifest }: Segment, keys: Iterable<Uint8Array>): boolean {
  return [...keys].some((key) => signedBy(manifest.envelope, key));
}

/** Has the file the digest that its manifest says? */
export async function hasItsDigest(
  target: Pick<SegmentTarget, "read">,
  { name, digest }: Segment,
): Promise<boolean> {
  return await digestOf(target.read(name)) === digest;
}

/** SHA-256 in hex. */
export async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = new Sha256();
  for await (const piece of pieces) hash.update(piece);
  return hash.finish();
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece.slice());
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What a segment's manifest says. */
export type SegmentPredicate =
  & EvidencePredicate
  & Required<Pick<EvidencePredicate, "note" | "head" | "bytes">>;
