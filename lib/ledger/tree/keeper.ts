/**
 * Keeps the tree along with the chain: tiles and a checkpoint in the commit that fills a tile, or that asks for one.
 *
 * A call must never fail for the sake of the tree. Where it cannot be had (tiles that do not fit, more entries than may be
 * read while a call waits) no rows are written, and `countersign checkpoint` says why and makes up for it.
 */
import { Fault, messageOf, utf8 } from "../../base/mod.ts";
import type { Head } from "../head.ts";
import { isOrigin, signCheckpoint } from "../note/checkpoint.ts";
import type { Change, Keys, LedgerStore } from "../port.ts";
import { type LoadOptions, loadTree } from "./load_tree.ts";
import { provenLeaves } from "./proven_leaves.ts";
import { TILE_WIDTH } from "./tile.ts";
import { TreeState } from "./tree_state.ts";

/** As many entries as may be read while a call waits, once in a session: 8,192 take about 60 ms. */
const MOST_ENTRIES = 8192;
// A tree that fell back further than this is loaded anew, from a checkpoint that somebody else made meanwhile.
const MOST_BEHIND = 2 * TILE_WIDTH;

export interface KeeperDeps {
  readonly store: Pick<LedgerStore, "read" | "scan">;
  readonly keys: Pick<Keys, "id" | "publicKey">;
  /** As configured; else that of the newest checkpoint, else `countersign/<key id>`. */
  readonly origin?: string | undefined;
  /** The most entries to read at once, where it is not {@link MOST_ENTRIES}. */
  readonly mostEntries?: number;
  readonly rebuild?: boolean;
  readonly onProgress?: LoadOptions["onProgress"];
}

/** Entries that are about to be committed on top of `head`. */
export interface Growth {
  readonly head: Head | undefined;
  /** Their leaf hashes. */
  readonly hashes: readonly string[];
}

/** The tree with these entries, and the rows that keep it. */
export interface Grown {
  readonly tree: TreeState;
  /** Tiles of entries that are there already: what an older version or somebody else left undone. */
  readonly backlog: readonly Change[];
  /** Tiles that hold these entries: true with them, and not before. */
  readonly tiles: readonly Change[];
}

export class TreeKeeper {
  readonly #deps: KeeperDeps;
  readonly #loading: LoadOptions;
  #tree: TreeState | undefined;
  #origin: string | undefined;
  #trouble: string | undefined;

  /** Throws Fault `config` where the origin can be none. */
  constructor(deps: KeeperDeps) {
    const { keys: { publicKey }, mostEntries = MOST_ENTRIES, rebuild = false, origin, onProgress } = deps;
    if (origin !== undefined && !isOrigin(origin)) throw badOrigin(origin);
    this.#deps = deps;
    this.#loading = { publicKey, mostEntries, rebuild, ...onProgress && { onProgress } };
  }

  /** Why there is no tree; it is not tried again. `undefined`: there is one, or nobody has asked for it. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The origin of the next checkpoint. */
  get origin(): string {
    return this.#deps.origin ?? this.#origin ?? `countersign/${this.#deps.keys.id}`;
  }

  /** Does this growth fill a tile? */
  fillsTile({ head, hashes }: Growth): boolean {
    const before = (head?.seq ?? -1) + 1;
    return Math.floor(before / TILE_WIDTH) !== Math.floor((before + hashes.length) / TILE_WIDTH);
  }

  /** The tree as it will be. Nothing of it counts before {@link settled}. `undefined`: there is none, see {@link trouble}. */
  async grow(growth: Growth): Promise<Grown | undefined> {
    if (this.#trouble !== undefined) return undefined;
    try {
      await this.#catchUp(growth.head);
    } catch (thrown) {
      this.#trouble = messageOf(thrown); // the commit itself may well succeed: whoever asks for a checkpoint is told
    }
    if (this.#tree === undefined) return undefined;
    const tree = this.#tree.clone(); // where the commit does not come about, rows are still to be written
    const backlog = tree.takeRows();
    for (const hash of growth.hashes) tree.add(hash);
    return { tree, backlog, tiles: tree.takeRows() };
  }

  /** The checkpoint's row, signed by `keys`. */
  checkpointRow({ tree }: Grown, keys: Keys): Change {
    const checkpoint = { origin: this.origin, size: tree.size, root: tree.root(), extensions: [] };
    return { table: "checkpoint", key: tree.size, value: utf8(signCheckpoint(checkpoint, keys)) };
  }

  /**
   * The commit is durable. On the way of every call: where nothing was grown, and so no tile filled, hashes are put on a list
   * and no more.
   */
  settled({ head, hashes }: Growth, grown: Grown | undefined): void {
    if (grown !== undefined) this.#tree = grown.tree;
    else if (this.#isAt(head)) { for (const hash of hashes) this.#tree?.add(hash); }
  }

  #isAt(head: Head | undefined): boolean {
    return this.#tree?.size === (head?.seq ?? -1) + 1 && this.#tree.last === (head?.hash ?? "");
  }

  /** The tree at `head`, whatever it was: others may have written meanwhile, or we have never looked. */
  async #catchUp(head: Head | undefined): Promise<void> {
    const tree = this.#tree;
    const size = (head?.seq ?? -1) + 1;
    if (this.#isAt(head)) return;
    this.#tree = undefined;
    if (head === undefined) this.#tree = new TreeState();
    else if (tree === undefined || tree.size >= size || size - tree.size > MOST_BEHIND) {
      await this.#load(head);
    } else await this.#follow(tree, head);
  }

  async #load(head: Head): Promise<void> {
    const loaded = await loadTree(this.#deps.store, head, this.#loading);
    if (loaded.ok) {
      this.#tree = loaded.tree;
      this.#origin ??= loaded.origin;
    } else this.#trouble = loaded.why;
  }

  async #follow(behind: TreeState, head: Head): Promise<void> {
    const tree = behind.clone();
    const { publicKey } = this.#loading;
    const before = tree.size === 0 ? undefined : tree.last;
    const range = { from: tree.size, before, head, publicKey };
    this.#trouble = await provenLeaves(this.#deps.store, range, (leaf) => tree.add(leaf));
    if (this.#trouble === undefined) this.#tree = tree;
  }
}

function badOrigin(origin: string): Fault {
  return new Fault(
    "config",
    `Cannot sign checkpoints as "${origin}": an origin has 1 to 200 characters without spaces or plus, and is none of ` +
      `the ledger's own message names`,
    { hint: '[ledger] origin = "example.org/agents"' },
  );
}
