/**
 * `deno task conformance [client] [direct] [http] [stdio]`: the official conformance suite against the product as a client
 * over HTTP, and against a server of our own, directly and with the product in front of it. Through the product everything
 * must pass that passes directly; what is required must pass everywhere. There is no list of expected failures.
 */
import { type Leg, LEGS, startLeg, TITLES } from "./conformance/legs.ts";
import { runUpstreamSide } from "./conformance/upstream_side.ts";
import { REVISIONS, runSuite, type SuiteRun } from "./conformance/suite.ts";

/** By revision. */
type LegRuns = ReadonlyMap<string, SuiteRun>;

if (import.meta.main) Deno.exit(await conformance(Deno.args));

/** Runs the legs that are named, all where none is; the exit code. */
async function conformance(args: readonly string[]): Promise<number> {
  const all = ["client", ...LEGS];
  const unknown = args.find((arg) => !all.includes(arg));
  if (unknown !== undefined) {
    console.error(`error: cannot run the suite: "${unknown}" is none of ${all.join(", ")}`);
    return 2;
  }
  const isWanted = (leg: string) => args.length === 0 || args.includes(leg);
  const asClient = !isWanted("client") || await runUpstreamSide();
  const legs = LEGS.filter(isWanted);
  const asServer = legs.length === 0 || await runLegs(legs);
  return asClient && asServer ? 0 : 1;
}

/** Did all pass? What passes directly is what the others are held against. */
async function runLegs(legs: readonly Leg[]): Promise<boolean> {
  const direct = await runLeg("direct");
  let isGood = showDirect(direct);
  for (const leg of legs.filter((leg) => leg !== "direct")) {
    try {
      isGood = showProxied(leg, await runLeg(leg), direct) && isGood;
    } catch (error) {
      console.error(`\n${TITLES[leg]}: ${error instanceof Error ? error.message : String(error)}`);
      isGood = false;
    }
  }
  return isGood;
}

async function runLeg(leg: Leg): Promise<LegRuns> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-conformance-" });
  try {
    const server = await startLeg(leg, folder);
    try {
      const runs = new Map<string, SuiteRun>();
      for (const revision of REVISIONS) runs.set(revision, await runSuite(server.url, revision));
      return runs;
    } finally {
      await server.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function showDirect(runs: LegRuns): boolean {
  for (const [revision, run] of runs) {
    showHead("direct", revision, run);
    for (const scenario of [...new Set([...run.passed].map(scenarioOf))].sort()) {
      const [passed, failed] = [run.passed, run.failed].map((checks) =>
        [...checks.keys()].filter((key) => scenarioOf(key) === scenario).length
      );
      console.log(`  ${scenario}: ${passed}${failed === 0 ? "" : ` (${failed} not)`}`);
    }
    if (run.passed.size === 0) console.error(run.output);
  }
  return [...runs.values()].every(({ conforms, passed }) => conforms && passed.size > 0);
}

/**
 * What passes directly may not fail here. What the suite does not look at here is only said: it asks some things of streams
 * alone, and an answer may come as JSON just as well.
 */
function showProxied(leg: Leg, runs: LegRuns, direct: LegRuns): boolean {
  let isGood = true;
  for (const [revision, run] of runs) {
    showHead(leg, revision, run);
    const missing = [...direct.get(revision)?.passed ?? []].filter((key) => !run.passed.has(key));
    const lost = missing.filter((key) => run.failed.has(key));
    for (const key of lost) console.log(`  passes directly, but not here: ${key}: ${run.failed.get(key)}`);
    for (const key of missing.filter((key) => !run.failed.has(key))) {
      console.log(`  not looked at here: ${key}`);
    }
    isGood &&= run.conforms && lost.length === 0;
  }
  return isGood;
}

function showHead(leg: Leg, revision: string, { conforms, passed, failed }: SuiteRun): void {
  const verdict = conforms ? "conforms" : "does NOT conform";
  console.log(
    `\n${TITLES[leg]}, ${revision}: ${verdict}; ${passed.size} checks passed, ${failed.size} did not`,
  );
}

function scenarioOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}
