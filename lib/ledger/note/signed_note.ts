/** Signed notes (C2SP signed-note): a text, an empty line, and who signed it. */
import { err, ok, type Result } from "../../base/mod.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { isKeyName, isNoteText } from "./lines.ts";

/** A signature line. Nothing is known about it until a key that is trusted has verified it. */
export interface NoteSignature {
  readonly name: string;
  /** Four bytes in hex. It finds a key and proves nothing. */
  readonly keyId: string;
  /** What the key made, without the key id. */
  readonly bytes: Uint8Array;
}

export interface SignedNote {
  /** With its final line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

// The format asks for at least 16; a signature of ML-DSA has 2.4 kB.
const MAX_SIGNATURES = 100;
const MAX_LENGTH = 1_000_000;
const KEY_ID_BYTES = 4;
const DASH = "\u2014 ";

/**
 * Reads a note, which is ATTACKER-CONTROLLED, in its one exact form: {@link formatNote} makes the same text of it again. At
 * most 100 signatures and a million characters. What the text says counts once a signature was verified.
 */
export function parseNote(note: string): Result<SignedNote, string> {
  if (note.length > MAX_LENGTH) return err(`the note has more than ${MAX_LENGTH} characters`);
  if (!isNoteText(note)) return err("the note has a character that no note may have");
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0) return err("the note has no empty line between its text and its signatures");
  const signatures = parseSignatures(note.slice(gap + 2));
  return signatures.ok ? ok({ text: note.slice(0, gap + 1), signatures: signatures.value }) : signatures;
}

/** Reads signature lines alone, each with its line feed: what a witness answers with. ATTACKER-CONTROLLED. */
export function parseSignatures(lines: string): Result<readonly NoteSignature[], string> {
  if (!lines.endsWith("\n")) return err("the last signature line has no line feed");
  const rows = lines.slice(0, -1).split("\n");
  if (rows.length > MAX_SIGNATURES) return err(`there are more than ${MAX_SIGNATURES} signatures`);
  const signatures: NoteSignature[] = [];
  for (const row of rows) {
    const signature = parseSignature(row);
    if (signature === undefined) {
      return err(`signature line ${signatures.length + 1} has not the form of one`);
    }
    signatures.push(signature);
  }
  return ok(signatures);
}

function parseSignature(line: string): NoteSignature | undefined {
  if (!line.startsWith(DASH)) return undefined;
  const [name, encoded, ...rest] = line.slice(DASH.length).split(" ");
  if (name === undefined || encoded === undefined || rest.length > 0 || !isKeyName(name)) return undefined;
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES).toHex(), bytes: bytes.slice(KEY_ID_BYTES) };
}

/** Writes a note. Its parts must be such that {@link parseNote} takes them. */
export function formatNote({ text, signatures }: SignedNote): string {
  return `${text}\n${formatSignatures(signatures)}`;
}

/** Writes signature lines, each with its line feed. */
export function formatSignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(({ name, keyId, bytes }) => {
    const all = new Uint8Array(KEY_ID_BYTES + bytes.length);
    all.setFromHex(keyId);
    all.set(bytes, KEY_ID_BYTES);
    return `${DASH}${name} ${toBase64(all)}\n`;
  }).join("");
}
