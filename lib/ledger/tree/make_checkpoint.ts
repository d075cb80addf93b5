/** A checkpoint on demand, beside whatever runs: it adds no entry. */
import { type Clock, Fault, pause, utf8Decode } from "../../base/mod.ts";
import { type Head, HEAD_KEY, trustedHead } from "../head.ts";
import type { Cell, Keys, LedgerStore } from "../port.ts";
import { TreeKeeper } from "./keeper.ts";
import { type LoadOptions, trustedCheckpoint } from "./load_tree.ts";
import { writeTiles } from "./write_tiles.ts";

const PATIENCE_MS = 10_000;
const NAP_MS = 20;

export interface CheckpointDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly origin?: string | undefined;
  /** Reads every entry and writes every tile anew. */
  readonly rebuild?: boolean;
  readonly onProgress?: LoadOptions["onProgress"];
}

export interface MadeCheckpoint {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** The signed note, cosignatures included where some were kept. */
  readonly note: string;
  /** False: there was one of this size already, and that is it. */
  readonly made: boolean;
}

interface Seen {
  readonly head: Head;
  readonly cell: Cell;
}

/**
 * A checkpoint of the ledger as it is now, kept in the store. Reads as many entries as it takes. Throws Fault `usage` for an
 * empty ledger, `config` for an origin that can be none, `key` and `ledger` where head or entries are not ours, or where others
 * write so fast that no moment is found.
 */
export async function makeCheckpoint(deps: CheckpointDeps): Promise<MadeCheckpoint> {
  const keeper = new TreeKeeper({ ...deps, mostEntries: Infinity });
  let deadlineMs = Infinity;
  for (;;) {
    const made = await tryOnce(deps, keeper, await look(deps));
    if (made !== undefined) return made;
    const nowMs = deps.clock.monotonicMs();
    if (nowMs >= deadlineMs) throw crowdedOut();
    // The first time may have read a million entries; from then on it is what was added meanwhile.
    if (deadlineMs === Infinity) deadlineMs = nowMs + PATIENCE_MS;
    await pause(Math.random() * NAP_MS);
  }
}

async function look({ store, keys }: CheckpointDeps): Promise<Seen> {
  const cell = await store.read("head", HEAD_KEY);
  if (cell !== undefined) return { head: trustedHead(cell.value, keys), cell };
  throw new Fault("usage", "Cannot make a checkpoint: the ledger has no entries", {
    hint: "it gets its first entry when a session begins: countersign run -- COMMAND",
  });
}

/** `undefined`: the head has moved meanwhile, or the file was busy. */
async function tryOnce(
  { store, keys }: CheckpointDeps,
  keeper: TreeKeeper,
  { head, cell }: Seen,
): Promise<MadeCheckpoint | undefined> {
  const growth = { head, hashes: [] };
  const grown = await keeper.grow(growth);
  if (grown === undefined) throw noTree(keeper.trouble);
  const check = { table: "head", key: HEAD_KEY, version: cell.version } as const;
  if (!await writeTiles(store, check, grown.backlog)) return undefined;
  keeper.settled(growth, grown);
  const size = grown.tree.size, root = grown.tree.root();
  const there = await store.read("checkpoint", size);
  const kept = there === undefined ? undefined : keptNote(there, { size, root }, keys);
  if (kept !== undefined) return { ...kept, made: false };
  const row = keeper.checkpointRow(grown, keys);
  const result = await store.commit({
    checks: [check, { table: "checkpoint", key: size, version: there?.version }],
    changes: [row],
  });
  if (!result.done) return undefined;
  return {
    origin: keeper.origin,
    size,
    root,
    note: utf8Decode(row.value ?? new Uint8Array()) ?? "",
    made: true,
  };
}

/**
 * The checkpoint of this size that is kept already, with the cosignatures that it has. A row that our key did not sign is
 * somebody's, and is written over. Throws Fault `ledger` for one of ours with another root: signing a second one would prove
 * to everybody that there are two histories, and there are.
 */
function keptNote(
  { value }: Cell,
  { size, root }: Pick<MadeCheckpoint, "size" | "root">,
  { publicKey }: Keys,
): Omit<MadeCheckpoint, "made"> | undefined {
  const kept = trustedCheckpoint(value, publicKey);
  if (kept === undefined || kept.size !== size) return undefined;
  if (kept.root === root) return { origin: kept.origin, size, root, note: utf8Decode(value) ?? "" };
  throw new Fault(
    "ledger",
    `Cannot make a checkpoint: our key signed another tree of ${size} entries before`,
    {
      hint: "countersign verify",
    },
  );
}

function noTree(why = "nobody knows why"): Fault {
  return new Fault("ledger", `Cannot make a checkpoint: ${why}`, { hint: "countersign verify" });
}

function crowdedOut(): Fault {
  return new Fault(
    "ledger",
    `Cannot make a checkpoint: others appended without a pause for ${PATIENCE_MS} ms`,
    {
      hint: "try again; running sessions make one every 256 entries by themselves",
    },
  );
}
