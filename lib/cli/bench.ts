/** `bench`: what a call costs through the firewall, measured on the real thing, end to end. */
import { Fault } from "../base/mod.ts";
import { expectWords } from "./args.ts";
import { BenchClient, type Block, type Question } from "./bench_client.ts";
import {
  type BenchResult,
  difference,
  histogram,
  median,
  percentiles,
  perSecond,
  round,
} from "./bench_numbers.ts";
import { type BenchSite, openSite } from "./bench_site.ts";
import { type OwnCommand, ownCommand } from "./build_kind.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { renderTable } from "./render.ts";

const DEFAULT_COUNT = 2000;
const MAX_COUNT = 1_000_000;
const MAX_CONCURRENCY = 1024;
const WARM_UP = 500;
const STARTS = 5;

export const command: Command = {
  name: "bench",
  summary: "measure what a call costs, against the direct path",
  usage: "[--count N] [--concurrency C] [--config FILE] [--tool NAME] [--json] [-- CMD ARGS…]",
  flags: [
    {
      name: "count",
      kind: "number",
      short: "n",
      value: "N",
      help: `calls on each way (default ${DEFAULT_COUNT})`,
    },
    {
      name: "concurrency",
      kind: "number",
      short: "c",
      value: "C",
      help: "calls in flight at once (default 1)",
    },
    {
      name: "config",
      kind: "string",
      value: "FILE",
      help: "measure with this configuration's policy and scanning",
    },
    {
      name: "tool",
      kind: "string",
      value: "NAME",
      help: "tool of CMD to call, without arguments (default: list tools)",
    },
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign bench --count 2000
         p50 µs  p95 µs  p99 µs  calls/s
direct     55.1    78.0   121.4    16904
proxied   402.3   530.8   903.0     2388
added     347.2   452.8   781.6
2000 calls on each way, 0 lost; start to first reply 96 ms; resident 104 MB`,
  async run(args, io) {
    expectWords(args, command, { most: 0, program: true });
    const plan = planOf(args);
    const site = await openSite(io, args.text("config"));
    try {
      return await measureAndReport(plan, { site, io, json: args.has("json") });
    } finally {
      await site.remove();
    }
  },
};

/** What is measured. */
interface Plan {
  readonly count: number;
  readonly concurrency: number;
  readonly upstream: OwnCommand;
  readonly question: Question;
}

function planOf(args: Args): Plan {
  const [program, ...rest] = args.rest ?? [];
  const own = ownCommand();
  const tool = args.text("tool");
  if (tool !== undefined && program === undefined) {
    throw new Fault("usage", "Cannot measure: --tool is for a server of yours, and none is named", {
      hint: `countersign bench --tool ${tool} -- CMD ARGS`,
    });
  }
  return {
    count: whole(args.number("count") ?? DEFAULT_COUNT, "--count", MAX_COUNT),
    concurrency: whole(args.number("concurrency") ?? 1, "--concurrency", MAX_CONCURRENCY),
    upstream: program === undefined
      ? { program: own.program, args: [...own.args, "echo-server"] }
      : { program, args: rest },
    question: program === undefined ? ECHO : tool === undefined ? LIST_TOOLS : callOf(tool),
  };
}

function whole(value: number, flag: string, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Fault("usage", `Cannot measure: ${flag} is ${value}, want a whole number from 1 to ${most}`);
}

const ECHO: Question = {
  text: (n) => `"tools/call","params":{"name":"echo","arguments":{"message":"call ${n}"}}`,
  expected: (n) => `"call ${n}"`,
};
/** A server of the operator's is only asked what changes nothing. */
const LIST_TOOLS: Question = { text: () => '"tools/list"', expected: () => '"tools"' };

function callOf(tool: string): Question {
  const call = `"tools/call","params":{"name":${JSON.stringify(tool)},"arguments":{}}`;
  return { text: () => call, expected: () => '"result"' };
}

interface Surroundings {
  readonly site: BenchSite;
  readonly io: Io;
  readonly json: boolean;
}

async function measureAndReport(plan: Plan, { site, io, json }: Surroundings): Promise<number> {
  const proxied = site.behindFirewall(plan.upstream);
  const startup = await startupMs(proxied, io);
  const direct = await startedClient(plan.upstream), through = await startedClient(proxied);
  try {
    await warmUp(plan, [direct, through]);
    const both = await measure(plan, { direct, through, io });
    const result = resultOf(plan, both, { startup, rss: await residentMb(through.pid) });
    if (json) io.out(`${JSON.stringify(result)}\n`);
    else io.out(report(result, both, { site, terminal: io.terminal.out }));
    if (result.lost > 0) io.err(lostLine(both.proxied));
    return result.lost > 0 ? EXIT.no : EXIT.done;
  } finally {
    await Promise.all([direct.close(), through.close()]);
  }
}

async function startedClient(program: OwnCommand): Promise<BenchClient> {
  const client = new BenchClient(program);
  await client.initialize();
  return client;
}

/** From spawn to the first reply, the middle of a few: the first start after a build reads the file from disk. */
async function startupMs(program: OwnCommand, io: Io): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    progress(io, `start ${i + 1} of ${STARTS}`);
    const client = new BenchClient(program);
    values.push(await client.initialize());
    await client.close();
  }
  return median(values);
}

/** The first calls run on code that is not compiled yet, and show whether the policy lets them pass at all. */
async function warmUp({ question, concurrency }: Plan, clients: readonly BenchClient[]): Promise<void> {
  for (const client of clients) {
    const { refusal, lost } = await client.block({ calls: WARM_UP, concurrency, question });
    if (lost === 0) continue;
    throw new Fault(
      "upstream",
      `Cannot measure: of ${WARM_UP} calls to warm up ${lost} were not answered as expected`,
      {
        hint: refusal === undefined
          ? "run the server by hand and see what it says"
          : `the first answer was: ${refusal}`,
      },
    );
  }
}

/** The samples of one way, added up over its blocks. */
interface Way {
  readonly micros: number[];
  lost: number;
  elapsedMs: number;
  refusal: string | undefined;
}

interface Both {
  readonly direct: Way;
  readonly proxied: Way;
}

interface Ends {
  readonly direct: BenchClient;
  readonly through: BenchClient;
  readonly io: Io;
}

/** Short blocks, direct and through in turn, so that whatever else the machine does hits both alike. */
async function measure(plan: Plan, { direct, through, io }: Ends): Promise<Both> {
  const both: Both = { direct: emptyWay(), proxied: emptyWay() };
  const size = plan.concurrency === 1 ? 50 : Math.max(plan.concurrency * 16, Math.ceil(plan.count / 10));
  for (let done = 0; done < plan.count && both.proxied.lost === 0; done += size) {
    const options = { ...plan, calls: Math.min(size, plan.count - done) };
    addBlock(both.direct, await direct.block(options));
    addBlock(both.proxied, await through.block(options));
    progress(io, `${Math.min(done + size, plan.count)} of ${plan.count} calls`);
  }
  progress(io, "");
  return both;
}

function emptyWay(): Way {
  return { micros: [], lost: 0, elapsedMs: 0, refusal: undefined };
}

function addBlock(way: Way, { micros, lost, elapsedMs, refusal }: Block): void {
  for (const value of micros) way.micros.push(value);
  way.lost += lost;
  way.elapsedMs += elapsedMs;
  way.refusal ??= refusal;
}

interface Process {
  readonly startup: number;
  readonly rss: number | null;
}

function resultOf(plan: Plan, { direct, proxied }: Both, { startup, rss }: Process): BenchResult {
  const directly = percentiles(direct.micros), through = percentiles(proxied.micros);
  return {
    calls: proxied.micros.length + proxied.lost,
    lost: proxied.lost,
    concurrency: plan.concurrency,
    direct: directly,
    proxied: through,
    added: difference(directly, through),
    throughput: {
      direct: perSecond(direct.micros.length, direct.elapsedMs),
      proxied: perSecond(proxied.micros.length, proxied.elapsedMs),
    },
    startup_ms: round(startup),
    rss_mb: rss,
  };
}

/**
 * Resident memory of a process in MB (10⁶ bytes), from /proc; null where there is none. Read by `cat`: Deno gives /proc
 * to nobody with less than all permissions, and the binary has less.
 */
async function residentMb(pid: number): Promise<number | null> {
  if (Deno.build.os !== "linux") return null;
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`], stderr: "null" })
    .output();
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(new TextDecoder().decode(stdout))?.[1];
  return kib === undefined ? null : round(Number(kib) * 1024 / 1e6);
}

interface ReportOptions {
  readonly site: BenchSite;
  readonly terminal: boolean;
}

function report(result: BenchResult, both: Both, { site, terminal }: ReportOptions): string {
  const { direct, proxied, added, throughput } = result;
  const headers = ["", "p50 µs", "p95 µs", "p99 µs", "calls/s"];
  const rows = [
    ["direct", direct.p50_us, direct.p95_us, direct.p99_us, throughput.direct],
    ["proxied", proxied.p50_us, proxied.p95_us, proxied.p99_us, throughput.proxied],
    ["added", added.p50_us, added.p95_us, added.p99_us, ""],
  ].map((row) => row.map(String));
  const memory = result.rss_mb === null ? "" : `; resident ${Math.round(result.rss_mb)} MB`;
  return `${renderTable(headers, rows, { terminal, right: headers.slice(1) })}` +
    `${result.calls} calls on each way, ${result.concurrency} in flight, ${result.lost} lost; ` +
    `start to first reply ${Math.round(result.startup_ms)} ms${memory}\n` +
    `the ledger was in ${site.folder}, where one sync to disk takes ${site.syncMicros()} µs\n` +
    (terminal ? `\n${histogram(both.direct.micros, both.proxied.micros, terminal)}` : "");
}

function lostLine({ lost, refusal }: Way): string {
  const what = refusal === undefined ? "no reply came" : `the first wrong reply was: ${refusal}`;
  return `error: ${lost} calls were lost; ${what}\n`;
}

/** One line on a terminal's stderr that the next one overwrites. */
function progress(io: Io, text: string): void {
  if (io.terminal.err) io.err(`\r\x1b[K${text}`);
}
