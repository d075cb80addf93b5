/** Checkpoints and cosignatures, against what C2SP and public logs publish (tests/vectors/README.md). */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { utf8 } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import {
  type Checkpoint,
  checkpointText,
  cosign,
  cosignatureMessage,
  cosignedBy,
  formatNote,
  formatSignatures,
  formatVerifierKey,
  isOrigin,
  logVerifierKey,
  noteVerifiedBy,
  parseCheckpoint,
  parseNote,
  parseSignatures,
  parseVerifierKey,
  signCheckpoint,
  type SignedNote,
  witnessVerifierKey,
} from "../../../lib/ledger/mod.ts";
import { good } from "../tree/tree_support.ts";

const ROOT = "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62";
const EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

interface PublicNote {
  readonly name: string;
  readonly vkey: string;
  readonly origin: string;
  readonly size: number;
  readonly note: string;
}

const PUBLIC_NOTES: readonly PublicNote[] = [
  {
    name: "the Go checksum database, whose signature C2SP shows under another name",
    vkey: "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    origin: "go.sum database tree",
    size: 20852163,
    note: "go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
      "— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n",
  },
];

for (const { name, vkey, origin, size, note } of PUBLIC_NOTES) {
  Deno.test(`a checkpoint of ${name} is read, verified, and written again as it was`, () => {
    const key = good(parseVerifierKey(vkey));
    const signed = good(parseNote(note));
    assert(noteVerifiedBy(signed, key));
    const checkpoint = good(parseCheckpoint(signed.text));
    assertEquals([checkpoint.origin, checkpoint.size, checkpoint.extensions], [origin, size, []]);
    assertEquals(formatNote({ ...signed, text: checkpointText(checkpoint) }), note);
    assert(!noteVerifiedBy({ ...signed, text: checkpointText({ ...checkpoint, size: size + 1 }) }, key));
  });
}

Deno.test("parseCheckpoint(): the example of C2SP tlog-checkpoint", () => {
  const checkpoint = good(parseCheckpoint(EXAMPLE));
  assertEquals(checkpoint, {
    origin: "example.com/behind-the-sofa",
    size: 20852163,
    root: ROOT,
    extensions: [],
  });
  assertEquals(checkpointText(checkpoint), EXAMPLE);
});

Deno.test("parseCheckpoint() takes an empty tree and extension lines", () => {
  const [origin, , root] = EXAMPLE.split("\n");
  assertEquals(good(parseCheckpoint(`${origin}\n0\n${root}\n`)).size, 0);
  assertEquals(good(parseCheckpoint(`${EXAMPLE}a\nb c\n`)).extensions, ["a", "b c"]);
});

const BAD: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["a line feed alone", "\n"],
  ["two lines", EXAMPLE.split("\n").slice(0, 2).join("\n") + "\n"],
  ["no line feed at the end", EXAMPLE.slice(0, -1)],
  ["an empty line at the end", `${EXAMPLE}\n`],
  ["an empty extension line", `${EXAMPLE}a\n\nb\n`],
  ["no origin", EXAMPLE.replace("example.com/behind-the-sofa", "")],
  ["a leading zero", EXAMPLE.replace("20852163", "020852163")],
  ["a sign", EXAMPLE.replace("20852163", "+20852163")],
  ["a negative size", EXAMPLE.replace("20852163", "-1")],
  ["a fraction", EXAMPLE.replace("20852163", "1.5")],
  ["an exponent", EXAMPLE.replace("20852163", "1e3")],
  ["digits of another script", EXAMPLE.replace("20852163", "٣")],
  ["a size that no double can tell", EXAMPLE.replace("20852163", "9007199254740993")],
  ["a size of 64 bits", EXAMPLE.replace("20852163", "18446744073709551615")],
  ["a space behind the size", EXAMPLE.replace("20852163", "20852163 ")],
  ["a hash of 31 bytes", EXAMPLE.replace("CsUYapGG", "CsUY")],
  ["a hash in hex", EXAMPLE.replace(/CsU.*=/, ROOT)],
  ["a hash without padding", EXAMPLE.replace("q2I=", "q2I")],
  ["a hash with bits behind it", EXAMPLE.replace("q2I=", "q2J=")],
  ["a carriage return", EXAMPLE.replaceAll("\n", "\r\n")],
  ["a tab", EXAMPLE.replace("example", "exa\tmple")],
];

for (const [what, text] of BAD) {
  Deno.test(`parseCheckpoint() refuses ${what}`, () => assert(!parseCheckpoint(text).ok));
}

Deno.test("signCheckpoint(): one signature, in the name of the origin, that the log's key verifies", () => {
  const keys = generateKeys();
  const checkpoint: Checkpoint = { origin: "example.org/agents", size: 7, root: ROOT, extensions: [] };
  const note = good(parseNote(signCheckpoint(checkpoint, keys)));
  assertEquals(good(parseCheckpoint(note.text)), checkpoint);
  assertEquals(note.signatures.map(({ name }) => name), ["example.org/agents"]);
  assert(noteVerifiedBy(note, logVerifierKey("example.org/agents", keys.publicKey)));
  assert(!noteVerifiedBy(note, logVerifierKey("example.org/agents", generateKeys().publicKey)));
});

Deno.test("the key of a public witness is read: type 4, and its id is that of its contents", () => {
  const vkey = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G";
  const key = good(parseVerifierKey(vkey));
  assertEquals([key.type, key.keyId, formatVerifierKey(key)], [4, "a3e00fe2", vkey]);
  assertEquals(witnessVerifierKey(key.name, key.publicKey).keyId, "a3e00fe2");
  assert(logVerifierKey(key.name, key.publicKey).keyId !== "a3e00fe2", "another purpose, another id");
});

const CHECKPOINT = good(parseCheckpoint(EXAMPLE));

/** A note of a log that a witness cosigned at 1,679,315,147, as in C2SP tlog-cosignature. */
function cosigned() {
  const log = generateKeys(), witness = generateKeys();
  const cosigner = {
    name: "witness.example.com/w1",
    publicKey: witness.publicKey,
    sign: witness.sign.bind(witness),
  };
  const note = good(parseNote(signCheckpoint(CHECKPOINT, log)));
  const signature = cosign(note.text, 1679315147, cosigner);
  const key = witnessVerifierKey(cosigner.name, witness.publicKey);
  return {
    log,
    witness,
    cosigner,
    signature,
    key,
    note: { ...note, signatures: [...note.signatures, signature] },
  };
}

Deno.test("cosignatureMessage() is the one of C2SP tlog-cosignature, byte for byte", () => {
  const text = new TextDecoder().decode(cosignatureMessage(EXAMPLE, 1679315147));
  assertEquals(text, `cosignature/v1\ntime 1679315147\n${EXAMPLE}`);
});

Deno.test("cosignedBy(): the time of the witness's own cosignature, through a note and back", () => {
  const { note, key, log } = cosigned();
  assertEquals(cosignedBy(note, key), 1679315147);
  const again = good(parseNote(formatNote(note)));
  assertEquals(cosignedBy(again, key), 1679315147);
  assert(noteVerifiedBy(again, logVerifierKey(CHECKPOINT.origin, log.publicKey)));
  // The time stands in front, big-endian, as in the example of the specification.
  assertEquals(again.signatures.at(-1)?.bytes.subarray(0, 8).toHex(), "00000000641850cb");
});

Deno.test("cosignedBy(): nothing else is a cosignature of this witness", () => {
  const { note, key, cosigner, witness, signature } = cosigned();
  const later = { ...signature, bytes: signature.bytes.with(7, 0xff) };
  const huge = { ...signature, bytes: signature.bytes.with(0, 0x7f) };
  const plain = { ...signature, bytes: witness.sign(utf8(note.text)) };
  const cases: readonly (readonly [string, SignedNote, typeof key])[] = [
    ["another text", { ...note, text: `${note.text}x\n` }, key],
    ["another time", { ...note, signatures: [later] }, key],
    ["a time that no double can tell", { ...note, signatures: [huge] }, key],
    ["a plain signature of the witness", { ...note, signatures: [plain] }, key],
    ["a shorter one", { ...note, signatures: [{ ...signature, bytes: signature.bytes.slice(0, 71) }] }, key],
    ["a time alone", { ...note, signatures: [{ ...signature, bytes: signature.bytes.slice(0, 8) }] }, key],
    ["nothing", { ...note, signatures: [] }, key],
    ["a wrong one beside it", { ...note, signatures: [signature, later] }, key],
    ["the key for another purpose", note, { ...key, type: 1 }],
    ["another witness of that name", note, witnessVerifierKey(key.name, generateKeys().publicKey)],
  ];
  for (const [what, changed, trusted] of cases) assertEquals(cosignedBy(changed, trusted), undefined, what);
  const newer = cosign(note.text, 1679315148, cosigner);
  assertEquals(cosignedBy({ ...note, signatures: [newer, signature] }, key), 1679315148, "the newest of two");
});

Deno.test("noteVerifiedBy(): the log's key verifies no cosignature of its own as a signature", () => {
  const keys = generateKeys();
  const name = CHECKPOINT.origin;
  const { bytes } = cosign(EXAMPLE, 5, { name, publicKey: keys.publicKey, sign: keys.sign.bind(keys) });
  const key = logVerifierKey(name, keys.publicKey);
  assert(
    !noteVerifiedBy({ text: EXAMPLE, signatures: [{ name, keyId: key.keyId, bytes: bytes.slice(8) }] }, key),
  );
});

Deno.test("parseSignatures(): the answer of a witness, as C2SP tlog-witness shows it", () => {
  const body =
    "— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n" +
    "— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==\n" +
    "— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==\n";
  const signatures = good(parseSignatures(body));
  assertEquals(signatures.map(({ keyId }) => keyId), ["08ca7ee8", "23bac4a6", "016ba2f1"]);
  assertEquals(formatSignatures(signatures), body);
  for (
    const bad of ["", "\n", body.slice(0, -1), `${body}\n`, `${EXAMPLE}\n${body}`, body.replace("\n", "\n\n")]
  ) {
    assert(!parseSignatures(bad).ok);
  }
});

// Whatever else the ledger's key signs: the first lines of its messages, and of an envelope.
const OTHER_MESSAGES = [
  "countersign/entry/v1",
  "countersign/head/v1",
  "countersign/key/v1",
  "countersign/digest/v1",
  "cosignature/v1",
  "DSSEv1 28 application/vnd.in-toto+json 2 {}",
];

Deno.test("isOrigin(): no text of a checkpoint begins as another message of the same key does", () => {
  for (const first of OTHER_MESSAGES) assert(!isOrigin(first), first);
  for (
    const good of ["countersign/73432e42931d995d", "example.org/agents", "Büro-7", "countersign/v1", "a"]
  ) {
    assert(isOrigin(good), good);
  }
  for (
    const bad of ["", " ", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\nb", "a\u0000", "\ud800", "x".repeat(201)]
  ) {
    assert(!isOrigin(bad), JSON.stringify(bad));
  }
});

Deno.test("a message for an entry, a head or a change of the key is no text of a checkpoint, whatever stands in it", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes));
  fc.assert(fc.property(hash, fc.nat(), fc.nat(), (bytes, seq, time) => {
    const hex = bytes.toHex();
    const latin = new TextDecoder("latin1").decode(bytes);
    for (
      const message of [
        `countersign/entry/v1\n${latin}`,
        `countersign/head/v1\n${seq}\n${hex}\n${time}\n`,
        `countersign/key/v1\n${seq}\n${hex}\n${hex}\n${hex}\n`,
        `cosignature/v1\ntime ${time}\n${EXAMPLE}`,
      ]
    ) {
      const checkpoint = parseCheckpoint(message);
      assert(!checkpoint.ok || !isOrigin(checkpoint.value.origin), message);
      assert(!checkpoint.ok, "and its third line is no hash in base 64");
    }
  }));
});

const LINE = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((line) => line.replace(/[\p{Cc}\p{Cs}]/gu, "")).filter((line) => line !== "");
const HASH = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes).toHex());

Deno.test("parseCheckpoint() reads what checkpointText() wrote", () => {
  const checkpoints = fc.record({
    origin: LINE,
    size: fc.maxSafeNat(),
    root: HASH,
    extensions: fc.array(LINE, { maxLength: 3 }),
  });
  fc.assert(fc.property(checkpoints, (checkpoint) => {
    assertEquals(good(parseCheckpoint(checkpointText(checkpoint))), checkpoint);
  }));
});

Deno.test("parseCheckpoint() and parseSignatures() answer, whatever they are given", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\n", "0\n", "7", `${ROOT}\n`, EXAMPLE, "— "),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      const checkpoint = parseCheckpoint(text);
      if (checkpoint.ok) assertEquals(checkpointText(checkpoint.value), text);
      const signatures = parseSignatures(text);
      if (signatures.ok) assertEquals(formatSignatures(signatures.value), text);
    }),
    { numRuns: 500 },
  );
});
