import { SIGNATURE_ITEM_BYTES, type SignatureBatch } from "../signatures.ts";

const BATCH = 512;
const IN_FLIGHT = 4;

/** Checks a batch somewhere, such as in another thread; answers with the indices that do not fit. */
export type CheckSignatures = (batch: SignatureBatch) => Promise<readonly number[]>;

interface Running {
  readonly seqs: readonly number[];
  readonly bad: Promise<readonly number[]>;
}

/** Hands signatures out in batches, a few of them at a time, so that they are checked while the next entries are read. */
export class SignatureQueue {
  /** The first entry whose signature does not fit, of those that were answered. */
  firstBad: number | undefined;
  readonly #check: CheckSignatures;
  readonly #running: Running[] = [];
  #publicKey: Uint8Array = new Uint8Array();
  #items = new Uint8Array(BATCH * SIGNATURE_ITEM_BYTES);
  #seqs: number[] = [];

  constructor(check: CheckSignatures) {
    this.#check = check;
  }

  /** Takes a signature along (leaf hash, then signature); a promise where there are enough of them on their way. */
  add(place: number, signed: Uint8Array, publicKey: Uint8Array): Promise<void> | undefined {
    if (publicKey !== this.#publicKey) return this.#addOfNext(place, signed, publicKey);
    this.#items.set(signed, this.#seqs.length * SIGNATURE_ITEM_BYTES);
    this.#seqs.push(place);
    return this.#seqs.length === BATCH ? this.#send() : undefined;
  }

  /** Waits for all answers. */
  async finish(): Promise<void> {
    if (this.#seqs.length > 0) await this.#send();
    while (this.#running.length > 0) await this.#takeOldest();
  }

  /** A batch has one key: those of the key before go out first. */
  async #addOfNext(place: number, signed: Uint8Array, publicKey: Uint8Array): Promise<void> {
    if (this.#seqs.length > 0) await this.#send();
    this.#publicKey = publicKey;
    await this.add(place, signed, publicKey);
  }

  async #send(): Promise<void> {
    const items = this.#items.subarray(0, this.#seqs.length * SIGNATURE_ITEM_BYTES);
    this.#running.push({ seqs: this.#seqs, bad: this.#check({ publicKey: this.#publicKey, items }) });
    this.#items = new Uint8Array(BATCH * SIGNATURE_ITEM_BYTES);
    this.#seqs = [];
    if (this.#running.length >= IN_FLIGHT) await this.#takeOldest();
  }

  async #takeOldest(): Promise<void> {
    const oldest = this.#running.shift();
    if (oldest === undefined) return;
    for (const index of await oldest.bad) {
      const seq = oldest.seqs[index];
      if (seq !== undefined) this.firstBad = Math.min(this.firstBad ?? seq, seq);
    }
  }
}
