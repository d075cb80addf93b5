import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { leafHash, manualClock, toHex, utf8 } from "../../lib/base/mod.ts";
import { generateKeys } from "../../lib/identity/mod.ts";
import {
  consistencyProof,
  cosignedBy,
  GrowingTree,
  type HashSource,
  logVerifierKey,
  parseNote,
  parseSignatures,
  signCheckpoint,
  witnessVerifierKey,
} from "../../lib/ledger/mod.ts";
import {
  addCheckpoint,
  formatAddCheckpoint,
  gatherCosignatures,
  parseAddCheckpoint,
  type Remembered,
  type Seen,
  type WitnessDeps,
  type WitnessMemory,
} from "../../lib/witness/mod.ts";

const ORIGIN = "countersign/test";
const LOG = generateKeys(), STRANGER = generateKeys(), WITNESS = generateKeys();
const COSIGNER = { name: "witness.example/w1", publicKey: WITNESS.publicKey, sign: WITNESS.sign };
const WITNESS_KEY = witnessVerifierKey(COSIGNER.name, COSIGNER.publicKey);

function memory(): WitnessMemory & { readonly seen: Map<string, Remembered> } {
  const seen = new Map<string, Remembered>();
  let version = 0;
  return {
    seen,
    latest: (origin) => Promise.resolve(seen.get(origin)),
    advance: (origin: string, before: Remembered | undefined, next: Seen) => {
      if (seen.get(origin)?.version !== before?.version) return Promise.resolve(false);
      seen.set(origin, { ...next, version: String(++version) });
      return Promise.resolve(true);
    },
    close: () => {},
  };
}

function witness(own: WitnessMemory = memory()): WitnessDeps & { readonly lines: string[] } {
  const lines: string[] = [];
  const clock = manualClock(1_800_000_000_000_000);
  const logs = [logVerifierKey(ORIGIN, LOG.publicKey)];
  return { cosigner: COSIGNER, memory: own, clock, logs, log: (line) => void lines.push(line), lines };
}

/** A log of `size` leaves; `fork` gives another history from that leaf on. */
function history(fork = Infinity) {
  const leaf = (i: number) => toHex(leafHash(utf8(`${i < fork ? "leaf" : "other"} ${i}`)));
  const subtree = (level: number, index: number): string => {
    const tree = new GrowingTree();
    for (let i = 0; i < 2 ** level; i++) tree.add(leaf(index * 2 ** level + i));
    return tree.root();
  };
  const source: HashSource = { subtree: (level, index) => Promise.resolve(subtree(level, index)) };
  const root = (size: number) => {
    const tree = new GrowingTree();
    for (let i = 0; i < size; i++) tree.add(leaf(i));
    return tree.root();
  };
  const note = (size: number, keys = LOG, origin = ORIGIN) =>
    signCheckpoint({ origin, size, root: root(size), extensions: [] }, keys);
  const body = async (oldSize: number, size: number, keys = LOG) =>
    formatAddCheckpoint({
      oldSize,
      proof: oldSize === 0 ? [] : await consistencyProof(source, oldSize, size),
      note: note(size, keys),
    });
  return { note, body, source };
}

Deno.test("a witness cosigns what continues what it saw, and the cosignature verifies", async () => {
  const deps = witness(), log = history();
  for (const [oldSize, size] of [[0, 3], [3, 3], [3, 7], [7, 300]] as const) {
    const reply = await addCheckpoint(deps, await log.body(oldSize, size));
    assertEquals(reply.status, 200, reply.body);
    const note = parseNote(log.note(size)), signatures = parseSignatures(reply.body);
    assertEquals(note.ok && signatures.ok, true);
    if (!note.ok || !signatures.ok) return;
    const signed = { text: note.value.text, signatures: signatures.value };
    assertEquals(cosignedBy(signed, WITNESS_KEY), 1_800_000_000);
  }
});

const REFUSED: readonly (readonly [
  name: string,
  status: number,
  body: (log: ReturnType<typeof history>) => Promise<string>,
])[] = [
  ["an old size that is not what it saw", 409, (log) => log.body(3, 9)],
  ["an old size of zero behind a larger one", 409, (log) => log.body(0, 9)],
  ["a smaller tree", 400, (log) => log.body(5, 5).then((body) => body.replace(/^old 5/, "old 9"))],
  ["another tree of the same size", 409, () => history(2).body(5, 5)],
  ["another history", 422, () => history(2).body(5, 9)],
  [
    "a proof that lacks a hash",
    422,
    (log) => log.body(5, 9).then((body) => body.replace(/\n[^\n]+\n/, "\n")),
  ],
  [
    "a proof that has one too many",
    422,
    (log) => log.body(5, 9).then((body) => body.replace("\n", `\n${"A".repeat(43)}=\n`)),
  ],
  ["a foreign key", 403, (log) => log.body(5, 9, STRANGER)],
  [
    "an unknown origin",
    404,
    (log) =>
      Promise.resolve(
        formatAddCheckpoint({ oldSize: 0, proof: [], note: log.note(2, LOG, "someone/else") }),
      ),
  ],
  [
    "no signature that is one",
    400,
    (log) => log.body(5, 9).then((body) => body.slice(0, body.indexOf("—"))),
  ],
  ["nothing", 400, () => Promise.resolve("")],
  ["no note", 400, () => Promise.resolve("old 5\n\n")],
  [
    "a size with a leading zero",
    400,
    (log) => log.body(5, 9).then((body) => body.replace("old 5", "old 05")),
  ],
  [
    "a size beyond what a double counts",
    400,
    (log) => log.body(5, 9).then((body) => body.replace("old 5", "old 99999999999999999")),
  ],
  [
    "64 hashes",
    400,
    (log) => log.body(5, 9).then((body) => body.replace("\n", `\n${`${"A".repeat(43)}=\n`.repeat(64)}`)),
  ],
];

for (const [name, status, body] of REFUSED) {
  Deno.test(`a witness that saw 5 entries refuses ${name}, and remembers what it saw`, async () => {
    const own = memory(), deps = witness(own), log = history();
    assertEquals((await addCheckpoint(deps, await log.body(0, 5))).status, 200);
    const reply = await addCheckpoint(deps, await body(log));
    assertEquals(reply.status, status, reply.body);
    assertEquals(own.seen.get(ORIGIN)?.size, 5);
    if (status === 409) assertEquals([reply.contentType, reply.body], ["text/x.tlog.size", "5\n"]);
  });
}

Deno.test("a witness says that a log signed two trees of one size", async () => {
  const deps = witness();
  await addCheckpoint(deps, await history().body(0, 5));
  await addCheckpoint(deps, await history(2).body(5, 5));
  assertStringIncludes(deps.lines.join("\n"), "FORK");
});

Deno.test("of two requests at once a witness never takes the smaller one last", async () => {
  const own = memory(), deps = witness(own), log = history();
  const bodies = await Promise.all([2, 9, 4, 7].map((size) => log.body(0, size)));
  const replies = await Promise.all(bodies.map((body) => addCheckpoint(deps, body)));
  assertEquals(replies.filter(({ status }) => status === 200).length, 1);
  assertEquals(replies.filter(({ status }) => status === 409).length, 3);
});

Deno.test("parseAddCheckpoint undoes formatAddCheckpoint, and throws for nothing", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
  const sizes = fc.nat({ max: Number.MAX_SAFE_INTEGER }), note = history().note(2);
  fc.assert(fc.property(sizes, fc.array(hash, { maxLength: 63 }), (oldSize, proof) => {
    const request = { oldSize, proof, note };
    assertEquals(parseAddCheckpoint(formatAddCheckpoint(request)), { ok: true, value: request });
  }));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseAddCheckpoint(text)));
});

interface Scene {
  readonly deps: WitnessDeps;
  readonly size: number;
  readonly fork?: number;
  readonly lastSeen?: number;
}

/** What the log's side makes of a witness that answers in this very process. */
async function gather({ deps, size, fork, lastSeen = 0 }: Scene) {
  const log = history(fork), note = parseNote(log.note(size));
  if (!note.ok) throw new Error(note.error);
  const asked: string[] = [];
  const gathered = await gatherCosignatures({
    note: note.value,
    checkpoint: { origin: ORIGIN, size, root: "", extensions: [] },
    witnesses: [{ name: "w1", key: WITNESS_KEY, url: "http://w1/" }],
    lastSeen: () => lastSeen,
    proofFrom: (from) => consistencyProof(log.source, from, size),
    post: async (url, body) => {
      asked.push(url);
      return await addCheckpoint(deps, body);
    },
  });
  return { ...gathered, asked };
}

Deno.test("the log's side asks again from the size that the witness names, and keeps its cosignature", async () => {
  const deps = witness();
  await addCheckpoint(deps, await history().body(0, 4));
  const { note, results, asked } = await gather({ deps, size: 9 });
  assertEquals(asked, ["http://w1/add-checkpoint", "http://w1/add-checkpoint"]);
  assertEquals(results.map(({ cosigned }) => cosigned), [true]);
  assertEquals(cosignedBy(note, WITNESS_KEY), 1_800_000_000);
  assertEquals(note.signatures.length, 2);
});

const NOT_COSIGNED: readonly (readonly [name: string, scene: Omit<Scene, "deps">, why: string])[] = [
  ["a ledger that was rolled back", { size: 3 }, "rolled back"],
  ["another tree of the size that it saw", { size: 5, fork: 1, lastSeen: 5 }, "two histories"],
  ["another history", { size: 9, fork: 1, lastSeen: 5 }, "two histories"],
];

for (const [name, scene, why] of NOT_COSIGNED) {
  Deno.test(`the log's side is told why a witness does not cosign: ${name}`, async () => {
    const deps = witness();
    await addCheckpoint(deps, await history().body(0, 5));
    const { note, results } = await gather({ deps, ...scene });
    assertEquals(note.signatures.length, 1);
    assertStringIncludes(results.map((result) => result.cosigned ? "" : result.why).join(), why);
  });
}

const HOSTILE: readonly (readonly [name: string, answer: { status: number; body: string } | undefined])[] = [
  ["no answer", undefined],
  ["an empty 200", { status: 200, body: "" }],
  ["a signature of nobody", { status: 200, body: `— witness.example/w1 ${"A".repeat(100)}\n` }],
  ["a page of HTML", { status: 200, body: "<html>\n\n— x y\n</html>" }],
  ["a size that is none", { status: 409, body: "many\n" }],
  ["a size beyond all trees", { status: 409, body: "9007199254740993\n" }],
  ["a redirect", { status: 302, body: "" }],
];

for (const [name, answer] of HOSTILE) {
  Deno.test(`a witness that answers with ${name} adds nothing to the note`, async () => {
    const log = history(), note = parseNote(log.note(5));
    if (!note.ok) throw new Error(note.error);
    const { note: after, results } = await gatherCosignatures({
      note: note.value,
      checkpoint: { origin: ORIGIN, size: 5, root: "", extensions: [] },
      witnesses: [{ name: "w1", key: WITNESS_KEY, url: "http://w1" }],
      lastSeen: () => 0,
      proofFrom: (from) => consistencyProof(log.source, from, 5),
      post: () => Promise.resolve(answer),
    });
    assertEquals(after, note.value);
    assertEquals(results.map(({ cosigned }) => cosigned), [false]);
  });
}
