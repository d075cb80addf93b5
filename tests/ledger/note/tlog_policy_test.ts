/** Policies of logs, witnesses and quorums (C2SP tlog-policy). */
import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { sha256Hex } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import {
  cosign,
  formatVerifierKey,
  logVerifierKey,
  type NoteSignature,
  parseNote,
  parseTlogPolicy,
  quorumMet,
  signCheckpoint,
  signedByKnownLog,
  type SignedNote,
  type VerifierKey,
  witnessVerifierKey,
} from "../../../lib/ledger/mod.ts";
import { good } from "../tree/tree_support.ts";

const NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"] as const;
const KEYS = new Map(NAMES.map((name) => [name as string, generateKeys()]));
const LOG = generateKeys();
const ORIGIN = "example.com/log";
const LOG_VKEY = formatVerifierKey(logVerifierKey(ORIGIN, LOG.publicKey));

function keysOf(name: string) {
  const keys = KEYS.get(name);
  if (keys === undefined) throw new Error(`there is no ${name}`);
  return keys;
}

const vkey = (name: string) =>
  formatVerifierKey(witnessVerifierKey(`witness.example/${name}`, keysOf(name).publicKey));
const witness = (name: string) => `witness ${name} ${vkey(name)}\n`;

/** The example of C2SP tlog-policy, with keys where it has `<vkey>`. */
const EXAMPLE = `log ${LOG_VKEY}

${witness("X1")}${witness("X2")}${witness("X3")}group X-witnesses 2 X1 X2 X3

${witness("Y1")}${witness("Y2")}${witness("Y3")}group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

const NOTE = good(
  parseNote(signCheckpoint({ origin: ORIGIN, size: 3, root: "ab".repeat(32), extensions: [] }, LOG)),
);

function cosignedBy(names: readonly string[]): SignedNote {
  const signatures: NoteSignature[] = names.map((name) => {
    const { publicKey, sign } = keysOf(name);
    return cosign(NOTE.text, 1_790_000_000, { name: `witness.example/${name}`, publicKey, sign });
  });
  return { ...NOTE, signatures: [...NOTE.signatures, ...signatures] };
}

Deno.test("parseTlogPolicy(): the example of C2SP", () => {
  const { logs, witnesses, groups, quorum } = good(parseTlogPolicy(EXAMPLE));
  assertEquals(logs.map(({ key }) => key.name), [ORIGIN]);
  assertEquals(witnesses.map(({ name }) => name), [...NAMES]);
  assertEquals(groups, [
    { name: "X-witnesses", threshold: 2, members: ["X1", "X2", "X3"] },
    { name: "Y-witnesses", threshold: 1, members: ["Y1", "Y2", "Y3"] },
    { name: "X-and-Y", threshold: 2, members: ["X-witnesses", "Y-witnesses"] },
  ]);
  assertEquals(quorum, "X-and-Y");
});

const QUORUMS: readonly (readonly [readonly string[], boolean])[] = [
  [[], false],
  [["X1"], false],
  [["X1", "X2"], false],
  [["X1", "X2", "X3"], false],
  [["Y1", "Y2", "Y3"], false],
  [["X1", "Y1"], false],
  [["X1", "X3", "Y2"], true],
  [["X1", "X2", "X3", "Y1", "Y2", "Y3"], true],
];

for (const [names, met] of QUORUMS) {
  Deno.test(`quorumMet(): ${names.join(", ") || "nobody"} ${met ? "is" : "is not"} two of X and one of Y`, () => {
    assertEquals(quorumMet(good(parseTlogPolicy(EXAMPLE)), cosignedBy(names)), { met, by: [...names] });
  });
}

Deno.test("quorumMet(): a cosignature counts once, and not over another text or with a wrong one beside it", () => {
  const policy = good(parseTlogPolicy(EXAMPLE));
  const note = cosignedBy(["X1", "X1", "Y1"]);
  assertEquals(quorumMet(policy, note), { met: false, by: ["X1", "Y1"] });
  const full = cosignedBy(["X1", "X2", "Y1"]);
  assertEquals(quorumMet(policy, { ...full, text: `${full.text}extension\n` }).by, []);
  const damaged = full.signatures.map((one) => ({
    ...one,
    bytes: one.bytes.with(20, (one.bytes[20] ?? 0) ^ 1),
  }));
  assertEquals(quorumMet(policy, { ...full, signatures: [...full.signatures, ...damaged] }).met, false);
});

Deno.test("quorumMet(): none asks for nobody; one witness may be the quorum", () => {
  assertEquals(quorumMet(good(parseTlogPolicy("quorum none\n")), NOTE), { met: true, by: [] });
  const one = good(parseTlogPolicy(`${witness("X1")}quorum X1\n`));
  assertEquals(quorumMet(one, cosignedBy(["X2"])).met, false);
  assertEquals(quorumMet(one, cosignedBy(["X1"])).met, true);
});

Deno.test("quorumMet(): a witness whose algorithm is not known here never counts, and others make up for it", () => {
  const key = formatKeyOf({ name: "w.example", keyId: "", type: 6, publicKey: new Uint8Array(1312) });
  const text = `witness M ${key}\n${witness("X1")}group G any M X1\nquorum G\n`;
  assertEquals(quorumMet(good(parseTlogPolicy(text)), cosignedBy(["X1"])), { met: true, by: ["X1"] });
  assertEquals(quorumMet(good(parseTlogPolicy(text.replace("any", "all"))), cosignedBy(["X1"])).met, false);
});

/** A verifier key with the id that belongs to it. */
function formatKeyOf(key: VerifierKey): string {
  const named = [...new TextEncoder().encode(`${key.name}\n`), key.type, ...key.publicKey];
  return formatVerifierKey({ ...key, keyId: sha256Hex(new Uint8Array(named)).slice(0, 8) });
}

Deno.test("signedByKnownLog(): signed by a log of the policy, under that log's own origin", () => {
  const policy = good(parseTlogPolicy(EXAMPLE));
  assert(signedByKnownLog(policy, NOTE));
  assert(!signedByKnownLog(good(parseTlogPolicy("quorum none\n")), NOTE));
  assert(!signedByKnownLog(policy, { ...NOTE, text: "hello\n" }));
  const checkpoint = { origin: "example.com/other", size: 3, root: "ab".repeat(32), extensions: [] };
  assert(!signedByKnownLog(policy, good(parseNote(signCheckpoint(checkpoint, LOG)))));
  assert(
    !signedByKnownLog(
      policy,
      good(parseNote(signCheckpoint({ ...checkpoint, origin: ORIGIN }, keysOf("X1")))),
    ),
  );
});

const LENIENT: readonly (readonly [string, string])[] = [
  ["white space before, between and behind", ` \tquorum \t none \n`],
  ["comments, also behind white space", `# a policy\n  # ${"é".repeat(10)}\nquorum none\n`],
  ["empty lines and lines of white space", `\n \t \nquorum none\n\n`],
  ["URLs", `log ${LOG_VKEY} https://log.example/\nwitness w ${vkey("X1")} https://w.example/\nquorum w\n`],
  ["a witness behind the quorum", `${witness("X1")}quorum X1\n${witness("X2")}`],
  ["names that are not ASCII", `witness Müller ${vkey("X1")}\nquorum Müller\n`],
  ["a group that asks for all by number", `${witness("X1")}${witness("X2")}group g 2 X1 X2\nquorum g\n`],
];

for (const [what, text] of LENIENT) {
  Deno.test(`parseTlogPolicy() takes ${what}`, () => void good(parseTlogPolicy(text)));
}

const BAD: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", "", /line feed/],
  ["no quorum", `${witness("X1")}`, /no quorum/],
  ["two quorums", "quorum none\nquorum none\n", /line 2/],
  ["a quorum that is not defined", "quorum X1\n", /line 1/],
  ["a quorum that is defined behind it", `quorum X1\n${witness("X1")}`, /line 1/],
  ["a quorum of two", `${witness("X1")}quorum X1 X1\n`, /line 2/],
  ["a last line that is cut", EXAMPLE.slice(0, -1), /line feed/],
  ["a carriage return", "quorum none\r\n", /character/],
  ["a delete character", "# \u007f\nquorum none\n", /character/],
  ["half a surrogate pair", "# \ud800\nquorum none\n", /character/],
  ["another keyword", "logs x\nquorum none\n", /line 1/],
  ["a keyword in upper case", "Quorum none\n", /line 1/],
  ["a Unicode space between words", "quorum\u00a0none\n", /line 1/],
  ["a comment behind a line", `quorum none # nobody\n`, /line 1/],
  ["a log without key", "log\nquorum none\n", /line 1/],
  ["a log with three words", `log ${LOG_VKEY} a b\nquorum none\n`, /line 1/],
  ["a log with a witness's key", `log ${vkey("X1")}\nquorum none\n`, /type 4/],
  ["a witness with a log's key", `witness w ${LOG_VKEY}\nquorum none\n`, /type 1/],
  ["a key that is damaged", `log ${LOG_VKEY.replace("+", "+0")}\nquorum none\n`, /line 1/],
  ["a log twice", `log ${LOG_VKEY}\nlog ${LOG_VKEY}\nquorum none\n`, /line 2/],
  ["a witness's key twice", `${witness("X1")}witness X2 ${vkey("X1")}\nquorum none\n`, /line 2/],
  ["a witness's name twice", `${witness("X1")}witness X1 ${vkey("X2")}\nquorum none\n`, /line 2/],
  ["a witness named none", `witness none ${vkey("X1")}\nquorum none\n`, /line 1/],
  ["a group named none", `${witness("X1")}group none any X1\nquorum none\n`, /line 2/],
  ["a group without members", `group g any\nquorum none\n`, /line 1/],
  ["a group of none", `group g any none\nquorum none\n`, /line 1/],
  ["a group of what is not defined", `group g any X1\nquorum none\n`, /line 1/],
  ["a group of itself", `${witness("X1")}group g any g X1\nquorum none\n`, /line 2/],
  ["a group with a member twice", `${witness("X1")}group g 2 X1 X1\nquorum none\n`, /line 2/],
  ["a member of two groups", `${witness("X1")}group g any X1\ngroup h any X1\nquorum none\n`, /line 3/],
  ["a threshold of 0", `${witness("X1")}group g 0 X1\nquorum none\n`, /line 2/],
  ["a threshold above the members", `${witness("X1")}group g 2 X1\nquorum none\n`, /line 2/],
  ["a threshold with a leading zero", `${witness("X1")}group g 01 X1\nquorum none\n`, /line 2/],
  ["a threshold in words", `${witness("X1")}group g most X1\nquorum none\n`, /line 2/],
  ["more lines than anybody writes", `${"\n".repeat(10_001)}quorum none\n`, /lines/],
];

for (const [what, text, message] of BAD) {
  Deno.test(`parseTlogPolicy() refuses ${what}`, () => {
    const policy = parseTlogPolicy(text);
    assertMatch(policy.ok ? "taken" : policy.error, message);
  });
}

Deno.test("parseTlogPolicy() takes 32 logs, 32 witnesses and 32 groups", () => {
  const of = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join("");
  const text =
    of(32, (i) => `log ${formatVerifierKey(logVerifierKey(`log${i}`, generateKeys().publicKey))}\n`) +
    of(32, (i) => `witness w${i} ${formatVerifierKey(witnessVerifierKey("w", generateKeys().publicKey))}\n`) +
    of(32, (i) => `group g${i} any w${i}\n`) + "quorum g31\n";
  assertEquals(good(parseTlogPolicy(text)).groups.length, 32);
});

Deno.test("parseTlogPolicy() answers, whatever it is given", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "log",
      "witness",
      "group",
      "quorum",
      "none",
      "all",
      "any",
      "1",
      "#",
      "\n",
      "\n",
      " ",
      "g",
      "X1",
    ),
    fc.constantFrom(LOG_VKEY, vkey("X1")),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      const policy = parseTlogPolicy(words.join(" "));
      if (policy.ok) assertEquals(typeof quorumMet(policy.value, NOTE).met, "boolean");
      else assert(policy.error.length > 0);
    }),
    { numRuns: 500 },
  );
});
