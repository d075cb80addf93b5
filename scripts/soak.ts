/**
 * `deno task soak [NAME…]`: the real program under load, between hostile upstreams and clients that come and go, in the full
 * sizes; some five minutes on two cores that have nothing else to do. Prints the sums of each case, its memory and what was left open, and exits with 1
 * where anything was lost, doubled, crossed or left behind. The short forms of the same cases run in the suite.
 */
import { Arena, type ArenaOptions, type Remains } from "../tests/e2e/soak/arena.ts";
import {
  bigEvents,
  dyingUpstream,
  manyCalls,
  manySessions,
  modernCalls,
  openStreams,
  stalledUpstream,
  vanishingClients,
} from "../tests/e2e/soak/cases.ts";
import { type MemoryCurve, vitalsOf } from "../tests/e2e/soak/vitals.ts";

interface Case {
  readonly options?: ArenaOptions;
  readonly run: (arena: Arena) => Promise<MemoryCurve | void>;
}

const MIB = 1024 * 1024;

const CASES: Readonly<Record<string, Case>> = {
  "1000-sessions": { run: (arena) => manySessions(arena, { sessions: 1_000, calls: 10, atOnce: 128 }) },
  "50-children": {
    options: { stdio: true },
    run: (arena) => manySessions(arena, { sessions: 50, calls: 100, atOnce: 50 }),
  },
  "200-streams": {
    run: (arena) => openStreams(arena, { streams: 200, messages: 50, cuts: 3, atOnce: 50 }),
  },
  "stalled-upstream": {
    run: (arena) => stalledUpstream(arena, { sessions: 100, calls: 20, atOnce: 50 }),
  },
  "10-mib-events": { run: (arena) => bigEvents(arena, { events: 40, bytes: 10 * MIB, atOnce: 4 }) },
  "dying-upstream": { run: (arena) => dyingUpstream(arena, { sessions: 50, calls: 10, atOnce: 50 }) },
  "vanishing-clients": {
    options: { config: '[listen]\nidle_timeout = "2s"' },
    run: (arena) => vanishingClients(arena, { sessions: 300, atOnce: 30 }),
  },
  "modern-calls": {
    options: { config: '[listen]\nidle_timeout = "2s"' },
    run: (arena) => modernCalls(arena, { calls: 4_000, atOnce: 64 }),
  },
  "modern-to-legacy": {
    options: { config: '[listen]\nidle_timeout = "2s"', era: "legacy" },
    run: (arena) => modernCalls(arena, { calls: 2_000, atOnce: 64 }),
  },
  "legacy-to-modern": {
    options: { era: "modern" },
    run: (arena) => manySessions(arena, { sessions: 200, calls: 10, atOnce: 64 }),
  },
  "100000-calls": {
    run: (arena) => manyCalls(arena, { sessions: 50, calls: 2_000, atOnce: 64 }),
  },
};

// What the platform opens for itself when it first needs it.
const LATE = 4;
// What a collector that has not run yet may leave, beside a twentieth.
const SLACK_MB = 16;

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => CASES[name] === undefined);
  if (unknown.length > 0) {
    console.error(`error: cannot soak ${unknown.join(", ")}: there is ${Object.keys(CASES).join(", ")}`);
    return 2;
  }
  let failed = 0;
  for (const [name, one] of Object.entries(CASES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const problems = await soak(name, one);
    for (const problem of problems) console.log(`  PROBLEM ${problem}`);
    failed += problems.length;
  }
  console.log(failed === 0 ? "\nnothing lost, doubled, crossed or left behind" : `\n${failed} problems`);
  return failed === 0 ? 0 : 1;
}

async function soak(name: string, { options, run }: Case): Promise<readonly string[]> {
  const began = performance.now();
  await using arena = await Arena.open(options);
  const watch = watchMemory(arena.product.pid);
  try {
    const curve = await run(arena);
    const remains = await arena.end({ whole: false });
    const seconds = (performance.now() - began) / 1000;
    tell(name, { remains, seconds, peakMb: watch.peakMb(), curve });
    return [...problemsOf(remains), ...curve ? growth(curve) : []];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : error}`];
  } finally {
    watch.end();
  }
}

function watchMemory(pid: number): { readonly peakMb: () => number; readonly end: () => void } {
  let peakMb = 0;
  const timer = setInterval(() => void (peakMb = Math.max(peakMb, vitalsOf(pid)?.rssMb ?? 0)), 250);
  return { peakMb: () => peakMb, end: () => clearInterval(timer) };
}

interface Told {
  readonly remains: Remains;
  readonly seconds: number;
  readonly peakMb: number;
  readonly curve: MemoryCurve | void;
}

function tell(name: string, { remains, seconds, peakMb, curve }: Told): void {
  const { sums, before, after, entries, ledger, exitCode } = remains;
  console.log(`\n${name} (${seconds.toFixed(0)} s)`);
  console.log(`  calls     ${Object.entries(sums).map(([what, count]) => `${what} ${count}`).join(", ")}`);
  console.log(`  ledger    ${ledger}, ${entries} entries; exit code ${exitCode}; no process left`);
  if (before === undefined || after === undefined) return;
  console.log(`  memory    ${before.rssMb} MB before, ${peakMb} MB at most, ${after.rssMb} MB after`);
  console.log(
    `  sockets   ${before.sockets} before, ${after.sockets} after; ` +
      `descriptors ${before.descriptors}, ${after.descriptors}`,
  );
  if (!curve) return;
  const quarters = [0, 0.25, 0.5, 0.75].map((from) => `${Math.round(curve.mean(from, from + 0.25))} MB`);
  console.log(`  quarters  ${quarters.join(", ")}`);
}

function problemsOf({ sums, before, after, exitCode, ledger }: Remains): readonly string[] {
  const problems = (["lost", "doubled", "crossed"] as const).filter((what) => sums[what] !== 0)
    .map((what) => `${sums[what]} calls ${what}`);
  if (exitCode !== 0) problems.push(`exit code ${exitCode}`);
  if (ledger !== "intact") problems.push(`the ledger is ${ledger}`);
  if ((after?.descriptors ?? 0) > (before?.descriptors ?? 0) + LATE) {
    problems.push("descriptors are left open");
  }
  return problems;
}

/** Heaps are as large as they get after some fifty thousand calls; from then on there is no more. */
function growth(curve: MemoryCurve): readonly string[] {
  const before = curve.mean(0.5, 0.75), after = curve.mean(0.75, 1);
  return after > before * 1.05 + SLACK_MB ? [`memory grows: ${before} MB, then ${after} MB`] : [];
}

Deno.exit(await main(Deno.args));
