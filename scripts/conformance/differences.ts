import type { SuiteRun } from "./suite.ts";

type Checks = Pick<SuiteRun, "passed" | "failed">;

/**
 * What is not the same through the product as directly, a line each: checks that passed and do not, that were made and are
 * not, and the other way round. A check that is better through the product is one that the fixture answers by chance.
 */
export function differences(run: Checks, direct: Checks): readonly string[] {
  const passed = [...direct.passed].filter((key) => !run.passed.has(key)).map((key) =>
    run.failed.has(key)
      ? `passes directly, but not here: ${key}: ${run.failed.get(key)}`
      : `passes directly, and is not looked at here: ${key}`
  );
  const more = [...run.passed].filter((key) => !direct.passed.has(key)).map((key) =>
    `passes here, but not directly: ${key}`
  );
  const failed = [...run.failed.keys()].filter((key) => !direct.failed.has(key) && !direct.passed.has(key))
    .map((key) => `does not pass here, and is not looked at directly: ${key}: ${run.failed.get(key)}`);
  return [...passed, ...more, ...failed].sort();
}
