/** Signed notes, against the examples that C2SP and the Go reference publish (tests/vectors/README.md). */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { utf8 } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import {
  formatNote,
  formatVerifierKey,
  logVerifierKey,
  noteVerifiedBy,
  parseNote,
  parseVerifierKey,
  type SignedNote,
  type VerifierKey,
} from "../../../lib/ledger/mod.ts";
import { good } from "../tree/tree_support.ts";

const VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE = "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n\n" +
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

function key(text: string): VerifierKey {
  return good(parseVerifierKey(text));
}

Deno.test("parseNote(): the note of the Go reference is read, verified by its key, and written again as it was", () => {
  const note = good(parseNote(NOTE));
  assertEquals(note.signatures.map(({ name, keyId }) => `${name} ${keyId}`), ["PeterNeumann c74f20a3"]);
  assert(noteVerifiedBy(note, key(VKEY)));
  assertEquals(formatNote(note), NOTE);
  assertEquals(formatVerifierKey(key(VKEY)), VKEY);
});

Deno.test("noteVerifiedBy(): any other text, signature, name or key is not verified", () => {
  const note = good(parseNote(NOTE));
  const signature = note.signatures[0] ?? { name: "", keyId: "", bytes: new Uint8Array() };
  const by = key(VKEY);
  const other = generateKeys();
  const damaged = { ...signature, bytes: signature.bytes.with(5, (signature.bytes[5] ?? 0) ^ 1) };
  const cases: readonly (readonly [string, SignedNote, VerifierKey])[] = [
    ["another text", { ...note, text: `${note.text}\n` }, by],
    ["a damaged signature", { ...note, signatures: [damaged] }, by],
    ["a damaged one beside the good one", { ...note, signatures: [signature, damaged] }, by],
    ["a shorter signature", { ...note, signatures: [{ ...signature, bytes: signature.bytes.slice(1) }] }, by],
    ["another name", { ...note, signatures: [{ ...signature, name: "PeterNeuman" }] }, by],
    ["another key id", { ...note, signatures: [{ ...signature, keyId: "c74f20a4" }] }, by],
    ["no signature", { ...note, signatures: [] }, by],
    ["another key", note, logVerifierKey("PeterNeumann", other.publicKey)],
    ["another key with this one's id", note, { ...by, publicKey: other.publicKey }],
    ["the same key for another purpose", note, { ...by, type: 4 }],
  ];
  assert(noteVerifiedBy({ ...note, signatures: [signature, { ...damaged, name: "else" }] }, by));
  for (const [what, changed, trusted] of cases) assert(!noteVerifiedBy(changed, trusted), what);
});

const C2SP_EXAMPLES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "signed-note",
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n" +
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n",
    ["quasimodo.example/salvatore 367ba04b"],
  ],
  [
    "tlog-cosignature",
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n",
    ["example.com/behind-the-sofa 033de0ae", "witness.example.com/w1 8d66cf3f"],
  ],
];

for (const [name, text, keys] of C2SP_EXAMPLES) {
  Deno.test(`parseNote(): the example of C2SP ${name} is read and written again as it was`, () => {
    const note = good(parseNote(text));
    assertEquals(note.signatures.map(({ name, keyId }) => `${name} ${keyId}`), keys);
    assertEquals(formatNote(note), text);
  });
}

// The malformed notes of the Go reference (sumdb/note), and what our stricter form refuses on top.
const SIGNATURE = NOTE.slice(NOTE.indexOf("— "));
const MALFORMED: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["text alone", "hello\n"],
  ["no empty line", `hello\n${SIGNATURE}`],
  ["nothing behind the empty line", "hello\n\n"],
  ["a last line without line feed", NOTE.slice(0, -1)],
  ["an empty line at the end", `${NOTE}\n`],
  ["a hyphen for the dash", NOTE.replace("— ", "- ")],
  ["no space behind the dash", NOTE.replace("— ", "—")],
  ["two spaces", NOTE.replace("— ", "—  ")],
  ["no base 64", NOTE.replace(/ x08\S+/, "")],
  ["an empty signature", NOTE.replace(/ x08\S+/, " ")],
  ["a key id alone", NOTE.replace(/ x08\S+/, " x08gow==")],
  ["something behind the base 64", NOTE.replace("JnAM=", "JnAM= x")],
  ["base 64 without padding", NOTE.replace("JnAM=", "JnAM")],
  ["base 64 with bits behind the last byte", NOTE.replace("JnAM=", "JnAN=")],
  ["base 64 of the other alphabet", NOTE.replace("x08go/", "x08go_")],
  ["white space in the base 64", NOTE.replace("x08go/", "x08go\t/")],
  ["no name", NOTE.replace("PeterNeumann ", " ")],
  ["a plus in the name", NOTE.replace("PeterNeumann", "Peter+Neumann")],
  ["a Unicode space in the name", NOTE.replace("PeterNeumann", "Peter\u2003Neumann")],
  ["a next-line character in the name", NOTE.replace("PeterNeumann", "Peter\u0085Neumann")],
  ["a tab in the text", NOTE.replace("If you", "If\tyou")],
  ["a carriage return", NOTE.replaceAll("\n", "\r\n")],
  ["a zero byte", NOTE.replace("If", "\u0000If")],
  ["half a surrogate pair", NOTE.replace("If", "\ud800If")],
  ["text among the signatures", `${NOTE}hello\n`],
  ["101 signatures", NOTE + SIGNATURE.repeat(100)],
  ["more than a million characters", "x".repeat(1_000_000) + NOTE],
];

for (const [what, text] of MALFORMED) {
  Deno.test(`parseNote() refuses ${what}`, () => assert(!parseNote(text).ok));
}

Deno.test("parseNote() takes 100 signatures, empty lines in the text, and keys nobody knows", () => {
  const many = good(parseNote(NOTE + SIGNATURE.repeat(99)));
  assertEquals(many.signatures.length, 100);
  assertEquals(good(parseNote(`\n${NOTE}`)).text.startsWith("\n"), true);
});

const BAD_KEYS: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["a name alone", "PeterNeumann"],
  ["no key", "PeterNeumann+c74f20a3"],
  ["another id", VKEY.replace("c74f20a3", "c74f20a4")],
  ["an id in upper case", VKEY.replace("c74f20a3", "C74F20A3")],
  ["a short id", VKEY.replace("c74f20a3", "c74f20a")],
  ["another name", VKEY.replace("Peter", "Petra")],
  ["a space in the name", VKEY.replace("Peter", "Peter ")],
  ["no name", VKEY.replace("PeterNeumann", "")],
  ["a shorter key", VKEY.slice(0, -4)],
  ["another type", VKEY.replace("ARpc", "AhpC")],
  ["a line feed behind", `${VKEY}\n`],
  ["a space before", ` ${VKEY}`],
  ["a private key", "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"],
];

for (const [what, text] of BAD_KEYS) {
  Deno.test(`parseVerifierKey() refuses ${what}`, () => assert(!parseVerifierKey(text).ok));
}

const NAME = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((name) => name.isWellFormed() && !/[\p{White_Space}+\p{Cc}]/u.test(name));
const BYTES = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => new Uint8Array(bytes));
const ID = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => new Uint8Array(bytes).toHex());
const SIGNATURES = fc.array(fc.record({ name: NAME, keyId: ID, bytes: BYTES }), {
  minLength: 1,
  maxLength: 5,
});
const TEXT = fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 5 })
  .map((lines) => lines.map((line) => `${line.replace(/[\p{Cc}\p{Cs}]/gu, "")}\n`).join(""));

Deno.test("parseNote() reads what formatNote() wrote, and formatNote() writes what parseNote() read", () => {
  fc.assert(fc.property(TEXT, SIGNATURES, (text, signatures) => {
    const written = formatNote({ text, signatures });
    assertEquals(good(parseNote(written)), { text, signatures });
  }));
});

Deno.test("parseNote(): one changed character makes no note, or another one, never the same", () => {
  fc.assert(fc.property(fc.nat(NOTE.length - 1), fc.string({ unit: "grapheme", maxLength: 1 }), (at, put) => {
    const changed = NOTE.slice(0, at) + put + NOTE.slice(at + 1);
    const note = parseNote(changed);
    if (!note.ok) return;
    assertEquals(formatNote(note.value), changed);
    assertEquals(noteVerifiedBy(note.value, key(VKEY)), changed === NOTE);
  }));
});

Deno.test("parseNote() and parseVerifierKey() answer, whatever they are given", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\n", "\n\n", "— ", "+", "=", SIGNATURE, VKEY),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      const note = parseNote(text);
      if (note.ok) assertEquals(formatNote(note.value), text);
      const parsed = parseVerifierKey(text);
      if (parsed.ok) assertEquals(formatVerifierKey(parsed.value), text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("noteVerifiedBy(): what a key of ours signed, in the name of its origin", () => {
  const keys = generateKeys();
  const { name, keyId, ...rest } = logVerifierKey("example.org/log", keys.publicKey);
  const text = "a\n";
  const note = { text, signatures: [{ name, keyId, bytes: keys.sign(utf8(text)) }] };
  assert(noteVerifiedBy(note, { name, keyId, ...rest }));
  assert(!noteVerifiedBy(note, logVerifierKey("example.org/log2", keys.publicKey)));
});
