/** Verifies an archive of segments, which is ATTACKER-CONTROLLED, by the same status words as a ledger. */
import { utf8 } from "../../base/mod.ts";
import { emptyRoot } from "../tree/node.ts";
import { PACK, type PackFiles } from "./names.ts";
import { keyChanges, packSource } from "./pack_read.ts";
import type { PackOptions } from "./pack_verify.ts";
import { type EvidenceReport, holds, problem } from "./report.ts";
import {
  hasItsDigest,
  isSegmentOf,
  listSegments,
  type Segment,
  type SegmentTarget,
} from "./segment_files.ts";
import { keyIdOf, trustedKeys } from "./trust.ts";

const MAX_CHANGES = 10_000;

/** What is verified by: kept checkpoints and policies are the business of `verifyEntries`. */
export type SegmentOptions = Pick<PackOptions, "publicKeys" | "verifyEntries">;

/**
 * Never throws for what stands in the archive: that is a status. That the newest segments were not taken away, only a
 * checkpoint can tell that was kept elsewhere.
 */
export async function verifySegments(
  target: Omit<SegmentTarget, "create">,
  { publicKeys, verifyEntries }: SegmentOptions,
): Promise<EvidenceReport> {
  const listed = await listSegments({ ...target, create: () => Promise.resolve(false) });
  if (!listed.ok) return gap(listed.error);
  const segments = listed.value;
  const files = asPack(target, segments);
  const ledger = await verifyEntries(packSource(files));
  const keys = trustedKeys(publicKeys, await keyChanges(files, MAX_CHANGES));
  const newest = segments.at(-1);
  const signer = newest && [...keys.values()].find((key) => isSegmentOf(newest, [key]));
  const { status, entries, head, root, finding } = ledger;
  const key = signer === undefined ? "" : keyIdOf(signer);
  const report = { status, entries, head, root, finding, key, ledger };
  return holds(status) ? { ...report, ...await firstBad(target, segments, keys) } : report;
}

/** The archive as one pack: lines behind each other, the newest head, the checkpoint at each end. */
function asPack(target: Pick<SegmentTarget, "read">, segments: readonly Segment[]): PackFiles {
  const texts = new Map(segments.map(({ last, note }) => [`checkpoints/${last + 1}.txt`, utf8(note)]));
  const newest = segments.at(-1);
  if (newest !== undefined) texts.set(PACK.head, utf8(newest.head));
  const sizes = new Map([...texts].map(([name, bytes]) => [name, bytes.length]));
  return {
    sizes: sizes.set(PACK.entries, 0),
    read: async function* (name) {
      const text = texts.get(name);
      if (text !== undefined) yield text;
      else for (const segment of segments) yield* target.read(segment.name);
    },
  };
}

async function firstBad(
  target: Pick<SegmentTarget, "read">,
  segments: readonly Segment[],
  keys: ReadonlyMap<string, Uint8Array>,
) {
  for (const segment of segments) {
    const { first: seq, name } = segment;
    if (!isSegmentOf(segment, keys.values())) {
      const detail = `the manifest of ${name} is not signed by a trusted key`;
      return problem("unsigned", { seq, check: "manifest", detail });
    }
    if (await hasItsDigest(target, segment)) continue;
    return problem("broken", {
      seq,
      check: "file",
      detail: `${name} is not the file that its manifest names`,
    });
  }
  return undefined;
}

function gap(detail: string): EvidenceReport {
  const finding = { seq: 0, check: "missing", detail };
  return { status: "broken", entries: 0, head: undefined, root: emptyRoot(), finding, key: "" };
}
