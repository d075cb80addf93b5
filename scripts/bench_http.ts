/**
 * `deno task bench:http [--json] [--alone] [--source] [--seconds N] [--product FILE]`: what a call over HTTP costs through
 * the firewall, side by side with the direct way and with other proxies, in one run. Short blocks in turn, so that whatever
 * else the machine does hits all alike. `--alone`: without the others. `--product`: another binary than dist/countersign.
 */
import { Fault, messageOf } from "../lib/base/mod.ts";
import { type Leg, measure, openLegs, warmUp } from "./bench_http/legs.ts";
import type { Started } from "./bench_http/processes.ts";
import { makeFolder, productCommand } from "./bench_http/site.ts";
import { rowsOf, tableOf } from "./bench_http/table.ts";

/** How many calls a block has, by how many of them are in flight. */
const BLOCKS: readonly (readonly [concurrency: number, calls: number])[] = [[1, 100], [64, 1_280]];
const ROUNDS = 12;
const DEFAULT_SECONDS = 50;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const seconds = Number(valueOf(args, "--seconds") ?? DEFAULT_SECONDS);
  const other = valueOf(args, "--product");
  const product = other === undefined
    ? await productCommand(args.includes("--source"))
    : { program: other, args: [] };
  const folder = await makeFolder();
  const servers: Started[] = [];
  try {
    const legs = await openLegs({ folder, product, alone: args.includes("--alone") }, servers);
    await Promise.race([measureAll(legs, seconds * 1000), interrupted()]);
    const rows = rowsOf(legs, BLOCKS.map(([concurrency]) => concurrency));
    console.log(args.includes("--json") ? JSON.stringify(rows) : tableOf(rows));
    return rows.some(({ lost }) => lost > 0) ? 1 : 0;
  } catch (thrown) {
    console.error(`error: ${messageOf(thrown)}`);
    return 1;
  } finally {
    await Promise.all(servers.map((server) => server.end()));
    await Deno.remove(folder, { recursive: true });
  }
}

/** Rejects at Ctrl-C: what was started is in groups of its own, and has to be ended all the same. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    Deno.addSignalListener("SIGINT", () => reject(new Fault("usage", "Cannot measure: it was interrupted")));
  });
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

/** Every leg that works, in turn, until all rounds are done or the time is over. */
async function measureAll(legs: readonly Leg[], budgetMs: number): Promise<void> {
  for (const leg of legs) await warmUp(leg);
  const until = performance.now() + budgetMs;
  for (let round = 0; round < ROUNDS && performance.now() < until; round++) {
    for (const [concurrency, calls] of BLOCKS) {
      for (const leg of legs) {
        if (leg.problem === undefined) await measure(leg, calls, concurrency);
      }
    }
  }
  for (const { load } of legs) load.close();
}
