/** Proofs that stand alone (C2SP tlog-proof): where an entry is, the way up to the root, and a signed root. */
import { err, ok, type Result } from "../../base/mod.ts";
import { fromBase64, hashFromBase64, hashToBase64, toBase64 } from "./base64.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { countFrom } from "./lines.ts";
import { parseNote } from "./signed_note.ts";

export interface TlogProof {
  readonly index: number;
  /** From the leaf's sibling to the root's child, hex. */
  readonly hashes: readonly string[];
  /** The whole note, with its signatures. */
  readonly checkpoint: string;
  /** Nothing vouches for it. */
  readonly extra?: Uint8Array;
}

const MAGIC = "c2sp.org/tlog-proof@v1";
const MAX_HASHES = 63;

/**
 * Reads a proof, which is ATTACKER-CONTROLLED, in its one exact form, down to the checkpoint in it. What it says counts once
 * the checkpoint's signature and the path were verified.
 */
export function parseTlogProof(text: string): Result<TlogProof, string> {
  const gap = text.indexOf("\n\n");
  if (gap < 0) return err("the proof has no empty line before its checkpoint");
  const [magic, ...lines] = text.slice(0, gap).split("\n");
  if (magic !== MAGIC) return err(`the first line of the proof is not ${MAGIC}`);
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()?.slice(6) ?? "") : null;
  if (extra === undefined) return err("the extra data of the proof are not base 64");
  const index = indexFrom(lines.shift());
  if (index === undefined) return err("the proof has no index");
  const hashes = hashesFrom(lines);
  if (hashes === undefined) {
    return err("the proof has a line that is not a SHA-256 hash in base 64, or too many");
  }
  const checkpoint = text.slice(gap + 2);
  const note = parseNote(checkpoint);
  if (!note.ok) return note;
  const parsed = parseCheckpoint(note.value.text);
  if (!parsed.ok) return parsed;
  return ok({ index, hashes, checkpoint, ...(extra === null ? {} : { extra }) });
}

function indexFrom(line: string | undefined): number | undefined {
  return line?.startsWith("index ") ? countFrom(line.slice(6)) : undefined;
}

function hashesFrom(lines: readonly string[]): readonly string[] | undefined {
  const hashes = lines.map(hashFromBase64);
  return hashes.length <= MAX_HASHES && hashes.every((hash) => hash !== undefined) ? hashes : undefined;
}

/** Writes a proof. */
export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    MAGIC,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(hashToBase64),
    "",
  ];
  return lines.map((line) => `${line}\n`).join("") + checkpoint;
}
