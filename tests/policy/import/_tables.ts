import { assert, assertEquals } from "@std/assert";
import { renderDiagnostics } from "../../../lib/diagnostic/mod.ts";
import { type Imported, importPolicy } from "../../../lib/policy/mod.ts";
import type { Outcome } from "../../../lib/verdict/mod.ts";
import { policyOf } from "../_policy.ts";
import { Stage, type StagedCall } from "../_stage.ts";

const FIXTURES = new URL("../../golden/import/", import.meta.url);

/** One call. `expect`: what its own documentation says; where we refuse more, `theirs` is what that says. */
export interface Row extends StagedCall {
  readonly name: string;
  readonly expect: Outcome;
  readonly theirs?: Outcome;
  /** How often in a row, one; each must come out so. */
  readonly times?: number;
  /** The rule that must have had a part, as `layer/id`. */
  readonly rule?: string;
}

const RANK: Readonly<Record<Outcome, number>> = { allow: 0, redact: 1, ask: 2, deny: 3 };
const LEAST_ROWS = 12;

/** The import of a fixture; a diagnostic fails the test. */
export async function importFixture(file: string): Promise<Imported> {
  const text = Deno.readTextFileSync(new URL(file, FIXTURES));
  const imported = await importPolicy({ file, text });
  if (imported.ok) return imported.value;
  throw new Error(renderDiagnostics(imported.error, { sources: new Map([[file, text]]) }));
}

/** Imports the files as layers, the first the highest, and puts the calls to them in order. */
export function testTable(name: string, files: readonly string[], rows: readonly Row[]): void {
  Deno.test(`${name}: decides ${rows.length} calls as its documentation says, or stricter`, async () => {
    assert(rows.length >= LEAST_ROWS, `${rows.length} rows, want ${LEAST_ROWS} at least`);
    const imports = [];
    for (const file of files) imports.push(await importFixture(file));
    const stage = new Stage(await policyOf(imports.map(({ toml }) => toml)));
    for (const row of rows) testRow(row, stage);
    // Whoever moves over is told where fewer calls pass than before.
    const stricter = imports.some(({ notes }) => notes.some(({ kind }) => kind === "stricter"));
    assertEquals(stricter, rows.some(({ theirs }) => theirs !== undefined));
  });
}

function testRow({ name, expect, theirs, times = 1, rule, ...call }: Row, stage: Stage): void {
  if (theirs !== undefined) assert(RANK[expect] > RANK[theirs], `${name}: is not stricter`);
  for (let time = 1; time <= times; time++) {
    const { outcome, rules, reason } = stage.call(call);
    const got = `${outcome} by ${[...rules, reason].join(", ")}`;
    assertEquals(outcome, expect, `${name}, time ${time}: ${got}`);
    if (rule !== undefined) assert(rules.includes(rule), `${name}, time ${time}: ${got}`);
  }
}
