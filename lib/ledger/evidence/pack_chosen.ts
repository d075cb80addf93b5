/** The entries of a filtered pack: each in form, signed, and at its place in the tree. */
import { viewEntry } from "../verify/entry_view.ts";
import type { ReadLine } from "./line.ts";
import { type Pack, packEntries, type PackLine } from "./pack_read.ts";
import { type Problem, problem } from "./report.ts";
import { isSealedBy } from "./trust.ts";

/** Takes the leaves of the tree in order, and holds each entry of the pack against the leaf at its place. */
export class ChosenEntries {
  /** Entries that hold. */
  count = 0;
  /** The newest of them. */
  last: { readonly seq: number; readonly hash: string } | undefined;
  /** The first entry that no trusted key signed. */
  unsigned: Problem | undefined;
  readonly #lines: AsyncIterator<PackLine>;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  #next: PackLine | undefined;
  #begun = false;

  constructor(pack: Pick<Pack, "files">, keys: ReadonlyMap<string, Uint8Array>) {
    this.#lines = packEntries(pack.files)[Symbol.asyncIterator]();
    this.#keys = keys;
  }

  /** What is wrong about the entry at this place, if the pack has one. */
  async leaf(index: number, leaf: string): Promise<Problem | undefined> {
    if (!this.#begun) await this.#advance();
    const line = this.#next;
    if (line === undefined) return undefined;
    const { read } = line;
    if (read === undefined) return wrong(index, "record", `line ${line.place + 1} of the entries is none`);
    if (read.seq > index) return undefined;
    // Strictly upwards: an entry that comes again, or too late, would be held against nothing.
    if (read.seq < index) return wrong(read.seq, "seq", "it stands behind a later entry, or twice");
    const problem = this.#check(read, leaf);
    if (problem !== undefined) return problem;
    this.count++;
    this.last = { seq: read.seq, hash: read.hash };
    await this.#advance();
    return undefined;
  }

  /** What is wrong once there are no more leaves. */
  async end(): Promise<Problem | undefined> {
    if (!this.#begun) await this.#advance();
    return this.#next === undefined
      ? this.unsigned
      : wrong(this.#next.read?.seq ?? 0, "proof", "an entry is behind the end of the tree, or is none");
  }

  async #advance(): Promise<void> {
    this.#begun = true;
    const next = await this.#lines.next();
    this.#next = next.done === true ? undefined : next.value;
  }

  #check(read: ReadLine, leaf: string): Problem | undefined {
    const { seq } = read;
    const view = viewEntry(seq, read.record);
    if ("check" in view) return problem("broken", view);
    if (read.hash !== leaf) return wrong(seq, "proof", "it is not the entry that the tree has at this place");
    const key = this.#keys.get(read.key);
    if (key === undefined || !isSealedBy(read, key)) {
      this.unsigned ??= problem("unsigned", {
        seq,
        check: key === undefined ? "key" : "signature",
        detail: "the signature is not one of a trusted key over this entry",
      });
    }
    return undefined;
  }
}

function wrong(seq: number, check: string, detail: string): Problem {
  return problem("broken", { seq, check, detail });
}
