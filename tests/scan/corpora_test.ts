/** Holds the scanner to the corpora: `tests/corpora/README.md` says what they are, `rates.json` what was measured. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SCAN_DETECTOR_IDS } from "../../lib/scan/mod.ts";
import { RATES_URL } from "../../scripts/bench_detection.ts";
import { readCorpora } from "../../scripts/bench_detection/corpus.ts";
import { DRESSES } from "../../scripts/bench_detection/dresses.ts";
import {
  type BenignTrial,
  DIRECTIONS,
  familyOf,
  measure,
  seenOfGap,
} from "../../scripts/bench_detection/measure.ts";
import { rate, type Rates, ratesOf, regressions } from "../../scripts/bench_detection/rates.ts";

/** The most of ordinary files that one family of detectors may speak up about. */
const MAX_FALSE = 0.005;
const MIN_SAMPLES = 400, MIN_SHAPES = 40;

/**
 * Ordinary files about which something is wrong at present, and what. A new one fails, and so does one that is repaired:
 * then its line goes.
 */
const KNOWN: Readonly<Record<string, string>> = {};
/** Families that are over the limit at present. */
const OVER: readonly string[] = [];

const corpora = readCorpora();
const measured = measure(corpora);
const rates = ratesOf(measured);
const security = Deno.readTextFileSync(new URL("../../SECURITY.md", import.meta.url));
const kept: Rates = JSON.parse(Deno.readTextFileSync(RATES_URL));

Deno.test("a corpus that is empty or has a line that is off fails", () => {
  const folder = Deno.makeTempDirSync();
  const root = new URL(`file://${folder}/`);
  assertThrows(() => readCorpora(root), Deno.errors.NotFound);
  Deno.mkdirSync(`${folder}/positive`);
  for (
    const [text, problem] of [
      ["\n", "no lines"],
      ['{"id":"pan","shape":"a","text":"no place","secret":"x"}\n', "has no {S}"],
      ['{"id":"pan","shape":"a","text":"{S}"}\n', "has no secret"],
    ] as const
  ) {
    Deno.writeTextFileSync(`${folder}/positive/secrets.jsonl`, text);
    assertThrows(() => readCorpora(root), Error, problem);
  }
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("the corpora are large and of many shapes", () => {
  const { secrets, threats, injections, outputs, calls } = corpora;
  const positives = [...secrets, ...threats, ...injections];
  assert(positives.length >= MIN_SAMPLES, `${positives.length} positives`);
  assert(outputs.length >= MIN_SAMPLES, `${outputs.length} ordinary outputs`);
  assert(calls.length >= 100, `${calls.length} ordinary calls`);
  for (const samples of [positives, outputs]) {
    assert(new Set(samples.map(({ shape }) => shape)).size >= MIN_SHAPES);
  }
});

Deno.test("every detector has secrets in the corpus, and no sample names another", () => {
  const ids: readonly string[] = SCAN_DETECTOR_IDS;
  const sampled = new Set(corpora.secrets.map(({ id }) => id));
  assertEquals(ids.filter((id) => !sampled.has(id)), []);
  assertEquals([...sampled].filter((id) => !ids.includes(id)), []);
});

Deno.test("no secret stands in the corpus as a hosting service would look for it", () => {
  const source = Deno.readTextFileSync(new URL("../corpora/positive/secrets.jsonl", import.meta.url));
  const readable = corpora.secrets.filter(({ secret }) =>
    source.includes(JSON.stringify(secret).slice(1, -1))
  );
  assertEquals(readable.map(({ id, shape }) => `${id} in ${shape}`), []);
});

for (const { name } of DRESSES.filter(({ plain }) => plain)) {
  Deno.test(`every secret is caught: ${name}`, () => {
    const worn = measured.secrets.filter(({ dress }) => dress === name);
    assert(worn.length >= 2 * 300);
    const missed = worn.filter(({ caught, named }) => !caught || !named);
    assertEquals(missed.map(({ id, shape, direction }) => `${id} in ${shape}, ${direction}`), []);
  });
}

for (const direction of DIRECTIONS) {
  const files = measured.benign.filter((trial) => trial.direction === direction);

  Deno.test(`no family of detectors speaks up about more than 0.5 % of ordinary files, ${direction}`, () => {
    const spoken = Map.groupBy(
      files.flatMap(({ secrets }) => [...new Set(secrets.map(familyOf))]),
      (family) => family,
    );
    const over = [...spoken].filter(([, hits]) => hits.length / files.length > MAX_FALSE);
    assertEquals(over.map(([family]) => family), [...OVER]);
  });

  Deno.test(`nothing of ordinary work is stopped or masked, ${direction}`, () => {
    assertEquals(shapesOf(files.filter(isTouched)), Object.keys(KNOWN).sort());
  });
}

function isTouched({ outcome, secrets, complete }: BenignTrial): boolean {
  return secrets.length > 0 || !complete || outcome === "blocked" || outcome === "withheld";
}

function shapesOf(trials: readonly BenignTrial[]): readonly string[] {
  return trials.map(({ shape }) => shape).sort();
}

for (const gap of corpora.gaps) {
  Deno.test(`a known gap is still one and stands in SECURITY.md: ${gap.group}, ${gap.what}`, () => {
    assertEquals(seenOfGap(gap), []);
    assert(security.includes(gap.group) && security.includes(gap.what));
  });
}

Deno.test("no rate is worse than the one that is checked in (deno task bench:detection --update)", () => {
  assert(Object.keys(kept.secrets).length > 100 && rate(kept.secrets["cloud / plain / to-client"]) === 1);
  assertEquals(regressions(kept, rates), []);
});

Deno.test("regressions() tells fewer positives and more false findings", () => {
  const one = (hit: number) => ({ a: { hit, of: 4 } });
  const was: Rates = {
    secrets: one(3),
    benign: one(1),
    threats: one(4),
    injections: one(2),
    withheld: one(2),
  };
  assertEquals(regressions(was, was), []);
  const is: Rates = { ...was, secrets: one(2), benign: one(2), threats: {} };
  assertEquals(regressions(was, is).map(({ name }) => name), ["secrets: a", "threats: a", "benign: a"]);
});
