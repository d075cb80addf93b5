/**
 * `deno task conformance [client] [direct] [http] [stdio]`: the official conformance suite against the product as a client
 * over HTTP, and against a server of our own, directly and with the product in front of it. Through the product the same
 * checks must be made, and the same must pass, as directly; what is required must pass everywhere. There is no list of
 * expected failures. COUNTERSIGN_BIN: the binary instead of the source.
 */
import { differences } from "./conformance/differences.ts";
import { type Leg, LEGS, startLeg, TITLES } from "./conformance/legs.ts";
import { pooled } from "./conformance/pool.ts";
import { REVISIONS, runSuite, type SuiteRun } from "./conformance/suite.ts";
import { runScenario, SCENARIOS } from "./conformance/upstream_side.ts";

/** What a job came to: what to show, and whether it is as it should be. */
interface Outcome {
  readonly isGood: boolean;
  readonly lines: readonly string[];
}

/** By revision. */
type LegRuns = ReadonlyMap<string, SuiteRun>;

const AT_ONCE = 2;

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
  // What passes directly is what the legs through the product are held against.
  const legs = LEGS.filter((leg) => isWanted(leg) || (leg === "direct" && LEGS.some(isWanted)));
  const runs = new Map<Leg, LegRuns | Error>();
  const clients = await pooled([
    ...legs.map((leg) => async (): Promise<readonly Outcome[]> => {
      runs.set(leg, await runLeg(leg).catch(errorOf));
      return [];
    }),
    ...(isWanted("client") ? SCENARIOS : []).map((one) => async () => [await runScenario(one)]),
  ], AT_ONCE);
  const outcomes = [...clients.flat(), ...legs.map((leg) => show(leg, runs))];
  for (const { lines } of outcomes) console.log(lines.join("\n"));
  const bad = outcomes.filter(({ isGood }) => !isGood).length;
  console.log(
    bad === 0 ? "\nconformance: all is as it should be" : `\nconformance: ${bad} of ${outcomes.length} not`,
  );
  return bad === 0 ? 0 : 1;
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

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function show(leg: Leg, all: ReadonlyMap<Leg, LegRuns | Error>): Outcome {
  const runs = all.get(leg), direct = all.get("direct");
  if (runs instanceof Error) return { isGood: false, lines: [`\n${TITLES[leg]}: ${runs.message}`] };
  const outcomes = REVISIONS.map((revision) => {
    const run = runs?.get(revision), model = direct instanceof Error ? undefined : direct?.get(revision);
    if (run === undefined || model === undefined) {
      return { isGood: false, lines: [`\n${TITLES[leg]}: not run`] };
    }
    const details = leg === "direct" ? scenarioLines(run) : differences(run, model);
    const isGood = run.conforms && run.passed.size > 0 && (leg === "direct" || details.length === 0);
    const more = isGood ? [] : [run.output.slice(-4000)];
    return { isGood, lines: [headLine(leg, revision, run), ...details.map((line) => `  ${line}`), ...more] };
  });
  return {
    isGood: outcomes.every(({ isGood }) => isGood),
    lines: outcomes.flatMap(({ lines }) => lines),
  };
}

function scenarioLines({ passed, failed }: SuiteRun): readonly string[] {
  return [...new Set([...passed].map(scenarioOf))].sort().map((scenario) => {
    const [good, bad] = [passed, failed].map((checks) =>
      [...checks.keys()].filter((key) => scenarioOf(key) === scenario).length
    );
    return `${scenario}: ${good}${bad === 0 ? "" : ` (${bad} not)`}`;
  });
}

function headLine(leg: Leg, revision: string, { conforms, passed, failed }: SuiteRun): string {
  const verdict = conforms ? "conforms" : "does NOT conform";
  return `\n${TITLES[leg]}, ${revision}: ${verdict}; ${passed.size} checks passed, ${failed.size} did not`;
}

function scenarioOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}
