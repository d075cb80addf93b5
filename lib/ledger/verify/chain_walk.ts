import type { RowKey } from "../port.ts";
import { type EntryView, viewEntry } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";
import type { HeadView } from "./head_view.ts";
import { keyIdOfPublicKey } from "./key_id.ts";
import { Pairing } from "./pairing.ts";
import { type CheckSignatures, SignatureQueue } from "./signature_queue.ts";
import { GrowingTree } from "../tree/growing_tree.ts";

/** The walk along the chain: one entry after the other, each against the one before. */
export class ChainWalk {
  readonly pairing = new Pairing();
  readonly tree = new GrowingTree();
  /** The place of the next entry. */
  next = 0;
  /** What does not fit together; the walk ends there. */
  broken: Finding | undefined;
  /** The head that we trust says that there were more entries. */
  truncated = false;
  /** The first entry that fits the chain and is not signed by the trusted key. */
  unsigned: Finding | undefined;
  readonly #keyId: string;
  readonly #signatures: SignatureQueue;
  #prev = "0".repeat(64);
  #time = "";

  constructor(publicKey: Uint8Array, check: CheckSignatures) {
    this.#keyId = keyIdOfPublicKey(publicKey);
    this.#signatures = new SignatureQueue(publicKey, check);
  }

  /** The newest entry that holds. */
  get last(): { readonly seq: number; readonly hash: string } | undefined {
    return this.next === 0 ? undefined : { seq: this.next - 1, hash: this.#prev };
  }

  /** Takes the next row of the store. */
  async step(key: RowKey | undefined, record: Uint8Array): Promise<void> {
    const place = this.next;
    this.broken = this.#atItsPlace(key);
    if (this.broken !== undefined) return;
    const entry = viewEntry(place, record);
    if ("check" in entry) {
      this.broken = entry;
      return;
    }
    // Before the links: where one is broken, the signatures tell which side of it was changed.
    if (entry.key === this.#keyId) await this.#signatures.add(place, entry);
    else this.unsigned ??= finding(place, "key", `signed by key ${entry.key}; trusted is ${this.#keyId}`);
    this.broken = this.#link(place, entry) ?? this.pairing.follow(entry);
    if (this.broken !== undefined) return;
    this.tree.add(entry.hash);
    this.#prev = entry.hash;
    this.#time = entry.time;
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
      this.truncated = head.trusted;
      this.broken = finding(
        this.next,
        "head",
        `the head names entry ${head.seq}, and the entries end at ${last}`,
      );
    } else if (!head.trusted) {
      this.broken = finding(last, "head", "the head is not signed by the trusted key");
    } else if (head.seq < last) {
      this.broken = finding(head.seq + 1, "head", `the head names entry ${head.seq}, and there are more`);
    } else if (head.hash !== this.#prev) {
      this.broken = finding(last, "head", "the head names another entry at this place");
    }
  }

  /** Waits for the signatures that are still being checked. */
  async finish(): Promise<void> {
    await this.#signatures.finish();
    const bad = this.#signatures.firstBad;
    if (bad !== undefined && bad < (this.unsigned?.seq ?? Infinity)) {
      this.unsigned = finding(
        bad,
        "signature",
        "the signature is not one of the trusted key over this entry",
      );
    }
  }

  #atItsPlace(key: RowKey | undefined): Finding | undefined {
    if (key === this.next) return undefined;
    if (typeof key === "number" && Number.isSafeInteger(key) && key > this.next) {
      return finding(this.next, "missing", `entry ${this.next} is missing; the next one there is ${key}`);
    }
    return finding(
      this.next,
      "extra",
      `a row with the key ${String(key)} stands where no entry has its place`,
    );
  }

  #link(place: number, { seq, prev, time }: EntryView): Finding | undefined {
    if (seq !== place) return finding(place, "seq", `the entry at place ${place} says that it is ${seq}`);
    if (prev !== this.#prev) return finding(place, "prev", "prev is not the leaf hash of the entry before");
    if (time < this.#time) return finding(place, "time", `${time} is earlier than the entry before`);
    return undefined;
  }
}
