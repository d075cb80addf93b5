/**
 * The import table of the house as data (lib/README.md tells it in words). Each rule of the lint plugin reads it, and
 * nothing else knows it. A folder under lib/ without a row here fails the build.
 */

/** A room that may be entered: all of its door, or only the types of it (`type:wire`). */
export type Arrow = string;

/** What one folder under lib/ may do. */
export interface Room {
  /** Rooms that it may import, through their doors. */
  readonly imports: readonly Arrow[];
  /**
   * Leaves of the room that others may enter beside mod.ts: what `run` needs at its start, on the main thread and in the
   * policy worker, where loading a whole room costs milliseconds of the 100 that a person does not notice; and what the
   * build and the benches must know of cli.
   */
  readonly sideDoors?: readonly string[];
  /** No permission is needed and none is used: the room may not name `Deno` at all. What it needs is handed in. */
  readonly powerless: boolean;
}

/** What may be named only in certain places, and what to do elsewhere. */
export interface Capability {
  /** As in the source: `Deno.openKv`, or a global such as `Worker`, or a method such as `.postMessage`. */
  readonly names: readonly string[];
  /** Rooms under lib/ and top-level folders that may. */
  readonly allowed: readonly string[];
  /** Files, and folders that end in a slash, that may not although their room may. */
  readonly except: readonly string[];
  readonly instead: string;
}

/** In `run` stdout is the protocol. */
const RUN: readonly string[] = ["lib/cli/run.ts", "lib/cli/run/"];
const ANY_DOOR: readonly Arrow[] = ["*"];

/** One row a room, from the ground up: no arrow points upwards, and none runs between scan, policy and ledger. */
export const ROOMS: Readonly<Record<string, Room>> = {
  base: { imports: [], powerless: true },
  wire: { imports: ["base"], powerless: true },
  diagnostic: { imports: ["base"], powerless: true },
  verdict: { imports: ["base", "type:wire"], powerless: true },
  meter: { imports: ["base", "type:verdict"], powerless: true },
  policy: {
    imports: ["base", "verdict", "diagnostic"],
    sideDoors: ["bundled.ts", "in_force.ts"],
    powerless: true,
  },
  scan: { imports: ["base", "verdict"], sideDoors: ["ids.ts"], powerless: true },
  schema: { imports: [], powerless: true },
  ledger: { imports: ["base", "verdict", "meter"], sideDoors: ["evidence/mod.ts"], powerless: true },
  // The ledger knows its store as a port; the store knows the ledger, and puts its folder together.
  store: { imports: ["base", "type:verdict", "identity", "ledger", "type:witness"], powerless: false },
  // The witness of other people's logs, and the client that asks for cosignatures; the network is handed in.
  witness: { imports: ["base", "ledger"], powerless: true },
  identity: { imports: ["base"], powerless: false },
  channel: { imports: ["base", "type:verdict"], powerless: false },
  transport: { imports: ["base", "wire"], sideDoors: ["http_server/mod.ts"], powerless: false },
  gate: { imports: ["base", "wire", "verdict", "type:schema"], powerless: true },
  // Above the gate, so that what is judged is what is forwarded: eras are translated, and names shared out, before.
  bridge: { imports: ["base", "wire"], powerless: true },
  gateway: { imports: ["base", "wire"], powerless: true },
  config: { imports: ["base", "diagnostic"], powerless: false },
  report: { imports: ["base", "type:ledger"], powerless: true },
  cli: {
    imports: ANY_DOOR,
    sideDoors: ["build_kind.ts", "bench_client.ts", "bench_numbers.ts"],
    powerless: false,
  },

  // Built later; each starts with the least and asks for more in the change that needs it.
  approval: { imports: ["base", "verdict"], powerless: true },
  clients: { imports: ["base", "diagnostic"], powerless: false },
  control: { imports: ["base", "verdict", "type:ledger"], powerless: false },
  web: { imports: ["base", "report"], powerless: true },
  oauth: { imports: ["base"], powerless: false },
  plugin: { imports: ["base", "verdict"], powerless: false },
};

/** What every worker may use: what runs in all threads. */
const ANY_WORKER: readonly Arrow[] = ["base", "type:verdict", "channel"];

/** What `workers/<name>.ts` wires together: its own room, and the rooms that run in the same worker. */
export const WORKERS: Readonly<Record<string, readonly Arrow[]>> = {
  scan: [...ANY_WORKER, "scan", "schema"],
  policy: [...ANY_WORKER, "policy"],
  ledger: [...ANY_WORKER, "ledger", "store"],
  verify: [...ANY_WORKER, "ledger"],
};

/** Top-level folders and files outside of lib/, and the doors that they may use. */
export const OUTSIDE: Readonly<Record<string, readonly Arrow[]>> = {
  "main.ts": ["cli"],
  scripts: ANY_DOOR,
  demo: ANY_DOOR,
};

export const CAPABILITIES: readonly Capability[] = [
  {
    names: ["Deno.openKv"],
    allowed: ["store", "tests"],
    except: [],
    instead: "use the store port of lib/ledger; its implementation is lib/store/mod.ts",
  },
  {
    names: ["Worker", "MessageChannel", "MessagePort", "BroadcastChannel", ".postMessage", "postMessage"],
    allowed: ["channel", "tests"],
    except: [],
    instead: "spawn, ask and serve through lib/channel/mod.ts, which has the deadline and the restart",
  },
  {
    names: [
      "Deno.serve",
      "Deno.serveHttp",
      "Deno.listen",
      "Deno.listenTls",
      "Deno.connect",
      "Deno.connectTls",
    ],
    allowed: ["transport", "tests"],
    except: [],
    instead: "listen and connect through lib/transport/mod.ts",
  },
  {
    // lib/cli has them for plain process things whose stdout is the answer: bench starts itself, the echo server
    // reads its own stdin. In `run` stdout is the protocol, so there even lib/cli goes through the transport.
    names: ["Deno.Command", "Deno.stdin", "Deno.stdout"],
    allowed: ["transport", "cli", "scripts", "demo", "tests"],
    except: RUN,
    instead: "move bytes and processes through lib/transport/mod.ts, or talk to people through `io`",
  },
  {
    names: ["Deno.exit"],
    allowed: ["main.ts", "scripts", "demo", "tests"],
    except: [],
    instead: "return an exit code, or throw a Fault: only main.ts ends the process",
  },
  {
    names: ["console"],
    allowed: ["cli", "scripts", "demo", "tests"],
    except: RUN,
    instead: "write through the `io` object that you were handed",
  },
];
