import { type Clock, uuidv7 } from "../base/mod.ts";
import type { PinAnswer, Remask, Written } from "../verdict/mod.ts";
import { type Batch, draftBatch } from "./batch.ts";
import type { Attestor } from "./attestor.ts";
import type { Chain } from "./chain.ts";
import type { Digester } from "./digest.ts";
import type { Answered, Item, ItemRequest, Member } from "./drafting.ts";
import type { PayloadDigest } from "./entry.ts";
import type { FreshEntry, Mirror } from "./mirror.ts";
import { type Keepsake, keepsake } from "./payloads.ts";
import type { LedgerStore } from "./port.ts";
import type { Tip } from "./tip.ts";

// Nobody waits for the outcome of a reply that was released as it came: it rides in the next commit, and waits no longer
// than this for one. A crash meanwhile leaves a call without outcome, which recovery names. Without this wait the outcome
// of each call would have a commit of its own, and the next call would stand behind it.
const PATIENCE_MS = 25;

export interface WriterDeps {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly digester: Digester;
  readonly attestor: Attestor;
  readonly chain: Chain;
  /** Answers with nothing where the ledger is not mirrored, or not yet. */
  readonly mirror: () => Mirror | undefined;
}

/**
 * Group commit: everything that is queued while one commit runs, of whatever session, goes into the next. Everything is
 * written in the order of asking.
 */
export class Writer {
  readonly #deps: WriterDeps;
  readonly #queue: Item[] = [];
  #pumping: Promise<void> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /** Resolves once the entry is durable, or nothing has to be written. Rejects with a Fault. */
  put(member: Member, request: ItemRequest): Promise<Written | Remask | PinAnswer> {
    return new Promise((resolve, reject) => {
      const id = uuidv7(this.#deps.clock.nowMicros() / 1000);
      const payload = this.#digest(request, id), kept = member.full ? keepsakeOf(request, id) : undefined;
      this.#queue.push({ member, request, id, payload, kept, resolve, reject });
      if (isPatient(request)) this.#later ??= setTimeout(() => this.hurry(), PATIENCE_MS);
      else this.hurry();
    });
  }

  /** Writes what is queued without waiting for company. */
  hurry(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#pumping ??= this.#pump();
  }

  #digest(request: ItemRequest, id: string): PayloadDigest | undefined {
    if (request.type === "call") return this.#deps.digester.payload(id, request.input);
    if (request.type !== "outcome" || request.output === undefined) return undefined;
    return this.#deps.digester.payload(id, request.output);
  }

  async #pump(): Promise<void> {
    await null; // what else arrives in this very turn shares the commit
    while (this.#queue.length > 0) await this.#writeBatch();
    this.#pumping = undefined;
  }

  async #writeBatch(): Promise<void> {
    const { chain } = this.#deps;
    const deps = { ...this.#deps, version: () => chain.version };
    try {
      const { answered, stage } = await chain.append((tip) => draftBatch(tip, this.#queue, deps), {
        committed: (batch) => this.#committed(batch),
      });
      for (const each of answered) await this.#takeBack(each);
      if (stage !== undefined) await this.#stage(stage);
    } catch (fault) {
      // Whoever waits here would wait for the same fault, and past its own deadline.
      for (const { member, reject } of this.#queue.splice(0)) {
        member.session.doubt(chain.highest + 1);
        reject(fault);
      }
    }
  }

  #committed({ answered, tip, done }: Batch): void {
    for (const after of done) after(this.#deps.chain.version);
    this.#queue.splice(0, answered.length);
    for (const each of answered) settle(each);
    this.#deps.mirror()?.push(entriesOf(tip));
  }

  /** Writes the payload of the request at the front of the queue; where that cannot be, it is not recorded, and refused. */
  async #stage(kept: Keepsake): Promise<void> {
    try {
      await kept.stage(this.#deps.store);
    } catch (fault) {
      this.#queue.shift()?.reject(fault);
    }
  }

  /** What was staged for a call that was refused in the end, because limits or pins changed in between, goes away. */
  async #takeBack(answered: Answered): Promise<void> {
    const { kept } = answered.item;
    if (kept?.isStaged !== true || "written" in answered && answered.keeps === true) return;
    try {
      await kept.unstage(this.#deps.store);
    } catch {
      // The store is busy or fails, and the next commit says so; pruning takes the rows once they are old.
    }
  }
}

/** Labels are on the session before the result that brings them is released: that one is waited for. */
function isPatient(request: ItemRequest): boolean {
  return request.type === "outcome" && request.verdict === "release" &&
    (request.labels ?? []).length + (request.marks ?? []).length === 0;
}

function keepsakeOf(request: ItemRequest, id: string): Keepsake | undefined {
  if (request.type === "call") return keepsake(id, "in", request.input);
  if (request.type !== "outcome" || request.output === undefined) return undefined;
  return keepsake(id, "out", request.output);
}

function entriesOf({ changes }: Tip): readonly FreshEntry[] {
  return changes.flatMap(({ table, key, value }) =>
    table === "entry" && typeof key === "number" && value !== undefined ? [{ seq: key, value }] : []
  );
}

function settle(answered: Answered): void {
  if ("fault" in answered) return answered.item.reject(answered.fault);
  answered.apply();
  answered.item.resolve(answered.finish?.() ?? answered.written);
}
