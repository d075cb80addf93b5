import { type Clock, Fault, pause } from "../base/mod.ts";
import type { Entry } from "./entry.ts";
import { type Head, HEAD_KEY, sealHead, trustedHead } from "./head.ts";
import { Book } from "../meter/mod.ts";
import type { Change, Commit, CommitResult, Keys, LedgerStore } from "./port.ts";
import { makeSealer, recordHash, type SealedEntry } from "./record.ts";
import { Tip } from "./tip.ts";
import { type Grown, type Growth, TreeKeeper } from "./tree/keeper.ts";
import { writeTiles } from "./tree/write_tiles.ts";

const PATIENCE_MS = 1500;
const LONGEST_NAP_MS = 30;
// In a crowd the entry comes first: after so many attempts it is tried without the tree, and the next tile makes up for it.
const TREE_ATTEMPTS = 4;
// Tiles that were left undone and ride along; more than these have commits of their own before.
const BACKLOG_ALONG = 4;

export interface ChainDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Of its checkpoints; where it is left out, as it was, or `countersign/<key id>`. */
  readonly origin?: string | undefined;
  /** Called where the head may have moved: what was read before is the past. */
  readonly onForget?: () => void;
}

export interface AppendOptions<T> {
  readonly patienceMs?: number;
  /** Called with the draft's answer once that is durable, before anybody else's draft begins. */
  readonly committed?: (answer: T) => void;
}

/** What a commit does for the tree, mostly nothing. */
interface TreePart {
  readonly grown: Grown | undefined;
  readonly rows: readonly Change[];
}

const NO_TREE: TreePart = { grown: undefined, rows: [] };
const MOVED: CommitResult = { done: false, why: "conflict" };

/** The head as it was last seen, and the version that a commit on top of it must still find. */
interface Seen {
  readonly head: Head | undefined;
  readonly version: string | undefined;
}

/** The only way to append: by compare-and-swap on the head, as often as it takes until a deadline. */
export class Chain {
  readonly #deps: ChainDeps;
  readonly #seal: (entry: Entry) => SealedEntry;
  readonly #book = new Book();
  readonly #keeper: TreeKeeper;
  #seen: Seen | undefined;
  #highest = -1;
  #version = "";
  /** Settles when the append before has ended: drafts of several sessions share the book, and never run at once. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: ChainDeps) {
    this.#deps = deps;
    this.#seal = makeSealer(deps.keys);
    this.#keeper = new TreeKeeper(deps);
  }

  /** Version of the rows that the newest commit of ours wrote. */
  get version(): string {
    return this.#version;
  }

  /** The largest `seq` that was seen; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** The newest entry now; `undefined` in an empty ledger. Throws Fault `ledger` or `key` where the head is not ours. */
  async head(): Promise<Head | undefined> {
    this.#forget();
    return (await this.#look()).head;
  }

  /**
   * Runs `draft` on the end of the chain, commits what it added, and answers with its answer once that is durable. The
   * draft runs again from the start whenever somebody else was faster, so it must change nothing but its tip. A draft
   * that adds nothing commits nothing. One append runs at a time, in the order of asking; a draft must not ask for
   * another. Throws Fault `ledger` where no commit came about: then nothing of it is there, or the fault says that nobody
   * knows.
   */
  append<T>(draft: (tip: Tip) => Promise<T>, options: AppendOptions<T> = {}): Promise<T> {
    const answer = this.#turn.then(() => this.#append(draft, options));
    this.#turn = answer.catch(() => {}); // whoever asked is told
    return answer;
  }

  async #append<T>(draft: (tip: Tip) => Promise<T>, options: AppendOptions<T>): Promise<T> {
    const { patienceMs = PATIENCE_MS, committed } = options;
    const deadlineMs = this.#deps.clock.monotonicMs() + patienceMs;
    for (let attempt = 0;; attempt++) {
      const seen = this.#seen ?? await this.#look();
      const tip = this.#tipOn(seen, attempt > 0);
      const answer = await this.#drafted(tip, draft);
      if (tip.changes.length === 0 || await this.#commit(seen, tip, attempt)) {
        committed?.(answer);
        return answer;
      }
      if (this.#deps.clock.monotonicMs() >= deadlineMs) throw crowdedOut(patienceMs);
      await pause(Math.random() * Math.min(2 ** attempt, LONGEST_NAP_MS));
    }
  }

  #tipOn({ head }: Seen, again: boolean): Tip {
    const { clock, keys } = this.#deps;
    return new Tip({ head, clock, keys, seal: this.#seal, book: this.#book, again });
  }

  async #drafted<T>(tip: Tip, draft: (tip: Tip) => Promise<T>): Promise<T> {
    try {
      return await draft(tip);
    } catch (thrown) {
      this.#forget(); // the book may be ahead of the store
      throw thrown;
    }
  }

  /** True: durable. False: somebody else was faster, or the file is busy, and nothing was written. */
  async #commit(seen: Seen, tip: Tip, attempt: number): Promise<boolean> {
    const head = tip.head;
    if (head === undefined) {
      throw new Fault("internal", "Cannot append to the ledger: a draft without an entry");
    }
    const growth = { head: seen.head, hashes: tip.hashes };
    const crowded = attempt >= TREE_ATTEMPTS && tip.keys === this.#deps.keys;
    const tree = crowded ? NO_TREE : await this.#growTree(seen, tip, growth);
    const result = tree === undefined ? MOVED : await this.#commitOrTell(tip, {
      checks: [{ table: "head", key: HEAD_KEY, version: seen.version }, ...tip.checks],
      changes: [
        ...tip.changes,
        ...this.#book.changes(),
        ...tree.rows,
        { table: "head", key: HEAD_KEY, value: sealHead(head, tip.keys) },
      ],
    });
    if (tree === undefined || !result.done) {
      this.#forget();
      return false;
    }
    this.#keeper.settled(growth, tree.grown);
    // A crash from here on leaves entries that nobody was told about: calls that were recorded and never left.
    this.#seen = { head, version: result.version };
    this.#version = result.version;
    this.#highest = head.seq;
    this.#book.settled();
    return true;
  }

  /** The tree with this commit, where it fills a tile or wants a checkpoint. `undefined`: the head has moved. */
  async #growTree(seen: Seen, tip: Tip, growth: Growth): Promise<TreePart | undefined> {
    if (!tip.wantsCheckpoint && !this.#keeper.fillsTile(growth)) return NO_TREE;
    const grown = await this.#keeper.grow(growth);
    if (grown === undefined) return NO_TREE;
    const { backlog, tiles } = grown;
    const alone = backlog.length > BACKLOG_ALONG;
    if (alone && !await this.#writeBacklog(seen, backlog)) return undefined;
    const along = new Map([...alone ? [] : backlog, ...tiles].map((row) => [row.key, row]));
    return { grown, rows: [...along.values(), this.#keeper.checkpointRow(grown, tip.keys)] };
  }

  /** As the head's commits, this one finds the head as it was seen: what it writes cannot be older than what is there. */
  #writeBacklog({ version }: Seen, backlog: readonly Change[]): Promise<boolean> {
    return writeTiles(this.#deps.store, { table: "head", key: HEAD_KEY, version }, backlog);
  }

  /** A store that fails may have failed before or after it wrote. Our entry is there, or it is not: so we look. */
  async #commitOrTell(tip: Tip, commit: Commit): Promise<CommitResult> {
    try {
      return await this.#deps.store.commit(commit);
    } catch (cause) {
      this.#forget();
      const version = await this.#versionIfThere(tip);
      if (version !== undefined) return { done: true, version };
      throw new Fault("ledger", "Cannot append to the ledger: the store failed to commit", {
        cause,
        hint: "countersign doctor",
      });
    }
  }

  /** The version of the commit that wrote our newest entry, if any did. */
  async #versionIfThere({ head }: Tip): Promise<string | undefined> {
    if (head === undefined) return undefined;
    try {
      const cell = await this.#deps.store.read("entry", head.seq);
      return cell !== undefined && recordHash(cell.value) === head.hash ? cell.version : undefined;
    } catch (cause) {
      throw new Fault("ledger", "Cannot tell whether the ledger was appended to: the store fails", {
        cause,
        hint: "countersign doctor",
      });
    }
  }

  async #look(): Promise<Seen> {
    const { store, keys } = this.#deps;
    const cell = await store.read("head", HEAD_KEY);
    const head = cell === undefined ? undefined : trustedHead(cell.value, keys);
    if ((head?.seq ?? -1) < this.#highest) throw wentBack(this.#highest, head);
    this.#highest = head?.seq ?? -1;
    return this.#seen = { head, version: cell?.version };
  }

  #forget(): void {
    this.#seen = undefined;
    this.#book.forget();
    this.#deps.onForget?.();
  }
}

function crowdedOut(patienceMs: number): Fault {
  return new Fault(
    "ledger",
    `Cannot append to the ledger: other processes were faster, or held the file, for ${patienceMs} ms`,
    { hint: "end what else writes to this ledger, or give each server its own folder" },
  );
}

/** An older copy was put in place while we ran, or entries were cut off: going on would sign a second history. */
function wentBack(highest: number, head: Head | undefined): Fault {
  const now = head === undefined ? "none" : String(head.seq);
  return new Fault(
    "ledger",
    `Cannot append to the ledger: its newest entry was ${highest} and is ${now} now`,
    {
      hint: "countersign verify",
    },
  );
}
