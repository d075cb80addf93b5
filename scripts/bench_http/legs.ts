/** The ways that `bench:http` compares: what stands between the load and the echo, in which era. */
import type { OwnCommand } from "../../lib/cli/build_kind.ts";
import { type Block, type Era, Load } from "./load.ts";
import { fetchPeers, type Peer, peerCommand, PEERS } from "./peers.ts";
import { freePort, type Started, startOn, startSaying } from "./processes.ts";
import { startProduct } from "./site.ts";

const UPSTREAM = new URL("./upstream.ts", import.meta.url).pathname;
const DENO: OwnCommand = { program: Deno.execPath(), args: ["run", "--quiet", "-A", UPSTREAM] };

/** One way, in one era, with what was measured on it. */
export interface Leg {
  readonly name: string;
  readonly era: Era;
  readonly load: Load;
  readonly server: Started;
  /** By concurrency. */
  readonly found: Map<number, Found>;
  /** Why it cannot be measured. */
  problem: string | undefined;
}

export interface Found {
  readonly micros: number[];
  lost: number;
  elapsedMs: number;
  cpuMs: number;
}

export interface Wanted {
  readonly folder: string;
  readonly product: OwnCommand;
  /** Without the others. */
  readonly alone: boolean;
}

/** Starts everything; `servers` gets each as soon as it runs, so that it can be ended whatever happens. */
export async function openLegs(wanted: Wanted, servers: Started[]): Promise<readonly Leg[]> {
  const { folder, product, alone } = wanted;
  const keep = async (starting: Promise<Started>): Promise<Started> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const direct = await keep(startSaying(DENO, "stdout", /(\d+)\n/));
  const url = `http://127.0.0.1:${direct.port}/mcp`;
  const echo = [product.program, ...product.args, "echo-server"];
  const started: [string, Started][] = [
    ["direct", direct],
    [
      "countersign, HTTP to HTTP",
      await keep(startProduct(product, `${folder}/http`, ["--upstream-url", url])),
    ],
    ["countersign, HTTP to stdio", await keep(startProduct(product, `${folder}/stdio`, ["--", ...echo]))],
  ];
  for (const peer of alone ? [] : Object.keys(PEERS) as Peer[]) {
    const port = freePort();
    const upstream = { program: product.program, args: echo.slice(1) };
    const command = peerCommand(await fetchPeers(), peer, port, upstream);
    started.push([`${peer} ${PEERS[peer]}, HTTP to stdio`, await keep(startOn(port, command))]);
  }
  const eras: readonly Era[] = ["legacy", "modern"];
  return eras.flatMap((era) =>
    started.map(([name, server]): Leg => ({
      name,
      era,
      server,
      load: new Load(server.port, era),
      found: new Map(),
      problem: undefined,
    }))
  );
}

const WARM_UP = 600;
const WARM_UP_AT_ONCE = 16;

/** The first calls run on code that is not compiled yet, and show whether this way works at all. */
export async function warmUp(leg: Leg): Promise<void> {
  try {
    await leg.load.begin();
    const { lost, refusal } = await leg.load.block(WARM_UP, WARM_UP_AT_ONCE);
    if (lost > 0) leg.problem = refusal ?? "no answer";
  } catch (thrown) {
    leg.problem = thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Makes one block of calls on a leg and adds it up. */
export async function measure(leg: Leg, calls: number, concurrency: number): Promise<void> {
  const cpuBefore = leg.server.cpuMs();
  const block = await leg.load.block(calls, concurrency);
  const found = leg.found.get(concurrency) ?? { micros: [], lost: 0, elapsedMs: 0, cpuMs: 0 };
  leg.found.set(concurrency, found);
  addBlock(found, block);
  found.cpuMs += leg.server.cpuMs() - cpuBefore;
  if (block.lost > 0) leg.problem ??= block.refusal ?? "no answer";
}

function addBlock(found: Found, { micros, lost, elapsedMs }: Block): void {
  for (const value of micros) found.micros.push(value);
  found.lost += lost;
  found.elapsedMs += elapsedMs;
}
