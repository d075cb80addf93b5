import type { RowKey } from "../port.ts";
import { GrowingTree } from "../tree/growing_tree.ts";
import { type EntryView, type StubView, viewEntry } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";
import type { HeadView } from "./head_view.ts";
import type { KeyChain } from "./key_chain.ts";
import { Pairing } from "./pairing.ts";
import { Pruning } from "./pruning.ts";
import { type CheckSignatures, SignatureQueue } from "./signature_queue.ts";

/** The walk along the chain: one entry after the other, each against the one before. */
export class ChainWalk {
  readonly keys: KeyChain;
  readonly pairing = new Pairing();
  readonly pruning = new Pruning();
  readonly tree = new GrowingTree();
  /** The place of the next entry. */
  next = 0;
  /** What does not fit together; the walk ends there. */
  broken: Finding | undefined;
  /** The head that we trust says that there were more entries. */
  truncated = false;
  /** The first entry that fits the chain and is not signed by the key in force. */
  unsigned: Finding | undefined;
  readonly #signatures: SignatureQueue;
  #prev = "0".repeat(64);
  #time = "";

  constructor(keys: KeyChain, check: CheckSignatures) {
    this.keys = keys;
    this.#signatures = new SignatureQueue(check);
  }

  /** The newest entry that holds. */
  get last(): { readonly seq: number; readonly hash: string } | undefined {
    return this.next === 0 ? undefined : { seq: this.next - 1, hash: this.#prev };
  }

  /** Takes the next row of the store. */
  async step(key: RowKey | undefined, record: Uint8Array): Promise<void> {
    this.broken = this.#atItsPlace(key);
    if (this.broken !== undefined) return;
    const entry = viewEntry(this.next, record);
    if ("check" in entry) {
      this.broken = entry;
      return;
    }
    // Before the links: where one is broken, the signatures tell which side of it was changed.
    await this.#sign(entry);
    this.broken = entry.kind === undefined ? this.#skip() : this.#follow(entry);
    if (this.broken !== undefined) return;
    this.tree.add(entry.hash);
    this.#prev = entry.hash;
    this.next++;
  }

  /** Compares the head with the newest entry, once all entries up to the head were taken. */
  compareHead(isThere: boolean, head: HeadView | undefined): void {
    const last = this.next - 1;
    if (!isThere) {
      if (last >= 0) this.broken = finding(last, "head", "there are entries, and no head");
      return;
    }
    if (head === undefined) {
      this.broken = finding(this.next, "head", "the head cannot be read");
    } else if (head.seq > last) {
      this.truncated = this.keys.believed.some(({ publicKey }) => head.signedBy(publicKey));
      this.broken = finding(
        this.next,
        "head",
        `the head names entry ${head.seq}, and the entries end at ${last}`,
      );
    } else if (this.keys.current === undefined || !head.signedBy(this.keys.current.publicKey)) {
      this.broken = finding(last, "head", "the head is not signed by the trusted key");
    } else if (head.seq < last) {
      this.broken = finding(head.seq + 1, "head", `the head names entry ${head.seq}, and there are more`);
    } else if (head.hash !== this.#prev) {
      this.broken = finding(last, "head", "the head names another entry at this place");
    }
  }

  /**
   * Waits for the signatures that are still being checked. Where the walk ended early (`isWhole` is false) nobody knows which
   * keys would have come: that none so far is trusted is no finding then.
   */
  async finish(isWhole: boolean): Promise<void> {
    await this.#signatures.finish();
    const bad = this.#signatures.firstBad;
    if (bad !== undefined && bad < (this.unsigned?.seq ?? Infinity)) {
      this.unsigned = finding(
        bad,
        "signature",
        "the signature is not one of the trusted key over this entry",
      );
    }
    const isOver = this.broken === undefined || this.broken.check === "head" && !this.truncated;
    if (!isWhole || !isOver || this.next === 0 || this.keys.anchor !== undefined) return;
    if (this.unsigned?.seq === 0) return;
    this.unsigned = finding(0, "key", this.#keyDetail(this.keys.keys[0]?.id ?? ""));
  }

  async #sign(entry: EntryView | StubView): Promise<void> {
    if (this.next === 0) this.keys.beginWith(entry.key);
    const { current } = this.keys;
    if (entry.key === current?.id) await this.#signatures.add(this.next, entry.signed, current.publicKey);
    else this.unsigned ??= finding(this.next, "key", this.#keyDetail(entry.key));
  }

  #keyDetail(id: string): string {
    const { current, trusted } = this.keys;
    const wanted = current === undefined || this.next === 0
      ? trusted.map((key) => key.id).join(", ")
      : current.id;
    return `signed by key ${id}; trusted is ${wanted}`;
  }

  #skip(): undefined {
    this.pruning.stub(this.next);
    this.pairing.skip(this.next);
  }

  #follow(entry: EntryView): Finding | undefined {
    const broken = this.#link(entry) ?? this.pairing.follow(entry) ?? this.#note(entry);
    this.#time = entry.time;
    return broken;
  }

  #note(entry: EntryView): Finding | undefined {
    if (entry.kind === "key" && entry.key === this.keys.current?.id) return this.keys.rotate(entry);
    return entry.kind === "prune" ? this.pruning.prune(entry) : undefined;
  }

  #atItsPlace(key: RowKey | undefined): Finding | undefined {
    // A key of -0 is another row than 0, though the two are equal.
    if (Object.is(key, this.next)) return undefined;
    if (typeof key === "number" && Number.isSafeInteger(key) && key > this.next) {
      return finding(this.next, "missing", `entry ${this.next} is missing; the next one there is ${key}`);
    }
    return finding(
      this.next,
      "extra",
      `a row with the key ${String(key)} stands where no entry has its place`,
    );
  }

  #link({ seq, prev, time }: EntryView): Finding | undefined {
    const place = this.next;
    if (seq !== place) return finding(place, "seq", `the entry at place ${place} says that it is ${seq}`);
    if (prev !== this.#prev) return finding(place, "prev", "prev is not the leaf hash of the entry before");
    if (time < this.#time) return finding(place, "time", `${time} is earlier than the entry before`);
    return undefined;
  }
}
