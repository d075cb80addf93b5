/**
 * `deno task bench:floor`: what the parts cost that no firewall of this design can do without, on this machine and in one
 * run: a process between two pipes, a round trip to a worker, one durable commit. What `countersign bench` shows beyond
 * their sum is ours.
 */
import { BenchClient } from "../lib/cli/bench_client.ts";
import { ownCommand } from "../lib/cli/build_kind.ts";

const CALLS = 3000;
const ROUNDS = 3;
const PASS = new URL("./floor/pass_through.ts", import.meta.url).pathname;
const QUESTION = {
  text: (n: number) => `"tools/call","params":{"name":"echo","arguments":{"message":"call ${n}"}}`,
  expected: (n: number) => `"call ${n}"`,
};

interface Setting {
  readonly name: string;
  /** Behind the pass-through with so many workers in a row, and with or without a commit; absent: the direct path. */
  readonly pass?: { readonly hops: number; readonly commit: boolean };
}

const SETTINGS: readonly Setting[] = [
  { name: "direct" },
  { name: "a process in between", pass: { hops: 0, commit: false } },
  { name: "… and one worker", pass: { hops: 1, commit: false } },
  { name: "… and one commit", pass: { hops: 0, commit: true } },
  { name: "… and four workers and one commit", pass: { hops: 4, commit: true } },
];

async function measure({ pass }: Setting, database: string): Promise<number> {
  const own = ownCommand();
  const echo = [own.program, ...own.args, "echo-server"];
  const [program = "", ...args] = pass === undefined ? echo : [
    Deno.execPath(),
    "run",
    "--quiet",
    "-A",
    "--unstable-kv",
    PASS,
    String(pass.hops),
    pass.commit ? database : "-",
    ...echo,
  ];
  const client = new BenchClient({ program, args });
  await client.initialize();
  const options = { calls: CALLS, concurrency: 1, question: QUESTION };
  await client.block({ ...options, calls: 500 });
  const { micros } = await client.block(options);
  await client.close();
  return [...micros].sort((a, b) => a - b)[micros.length >> 1] ?? NaN;
}

const folder = await Deno.makeTempDir({ dir: Deno.cwd(), prefix: ".floor-" });
try {
  const found = new Map<string, number[]>(SETTINGS.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const setting of SETTINGS) {
      found.get(setting.name)?.push(await measure(setting, `${folder}/${round}.db`));
    }
  }
  const medianOf = (name: string) => found.get(name)?.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
  const direct = medianOf("direct");
  for (const { name } of SETTINGS) {
    console.log(
      `${name.padEnd(36)} p50 ${medianOf(name).toFixed(0).padStart(5)} µs   added ${
        (medianOf(name) - direct).toFixed(0).padStart(5)
      } µs`,
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
