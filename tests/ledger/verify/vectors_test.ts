/** Published vectors, each through both verifiers; and the generator, which makes the very same files. */
import { assert, assertEquals } from "@std/assert";
import { allVectors } from "../../../scripts/ledger_vectors.ts";
import { startPython } from "./python.ts";
import { readVector, verifyVector } from "./vector.ts";

const FOLDER = new URL("../../vectors/ledger/", import.meta.url);
const STATUSES = ["intact", "intact-open", "recovered", "broken", "truncated", "forked", "unsigned"];

const vectors = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".txt"))
  .toSorted().map((name) => ({ name, text: Deno.readTextFileSync(new URL(name, FOLDER)) }));

Deno.test("there are vectors, of every status that a ledger can have", () => {
  assert(vectors.length >= 150, `${vectors.length} vectors`);
  const expected = new Set(vectors.map(({ text }) => readVector(text).expect));
  for (const status of [...STATUSES, "unreadable", "usage"]) assert(expected.has(status), status);
});

Deno.test("the vectors are what scripts/ledger_vectors.ts makes", () => {
  assertEquals(new Map(vectors.map(({ name, text }) => [name, text])), new Map([...allVectors()].toSorted()));
});

for (const { name, text } of vectors) {
  Deno.test(`vector ${name}`, async () => {
    const vector = readVector(text);
    assertEquals((await verifyVector(vector)).status, vector.expect);
  });
}

Deno.test("the second verifier says the same of every vector, and finds it at the same entry", async () => {
  await using python = await startPython();
  const differing: string[] = [];
  for (const { name, text } of vectors) {
    const vector = readVector(text);
    const ours = await verifyVector(vector);
    const { status, finding } = await python.ask({ vector: text });
    if (status === vector.expect && finding?.seq === ours.seq) continue;
    differing.push(`${name}: ${status} at ${finding?.seq}, ours is ${ours.status} at ${ours.seq}`);
  }
  assertEquals(differing, []);
});
