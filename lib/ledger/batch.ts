/** From the front of a queue to one commit: as many requests as it holds, of as many sessions. */
import { Fault, messageOf } from "../base/mod.ts";
import { type Needs, needsOf, needsOfMarks, NO_NEEDS } from "../meter/mod.ts";
import type { Attestor } from "./attestor.ts";
import type { Digester } from "./digest.ts";
import type { Answered, DraftDeps, Drafted, Item, ItemRequest, Member } from "./drafting.ts";
import { loadBook } from "./load_book.ts";
import type { Keepsake } from "./payloads.ts";
import type { LedgerStore } from "./port.ts";
import { draftRequest } from "./requests.ts";
import type { AfterCommit } from "./session.ts";
import type { Tip } from "./tip.ts";

// As many as fit one commit, or a few more: for these the meters are read.
const LOOK_AHEAD = 500;

export interface BatchDeps {
  readonly store: LedgerStore;
  readonly digester: Digester;
  readonly attestor: Attestor;
  /** Of the rows of the newest commit; for after it. */
  readonly version: () => string;
}

/** As much of the queue as one commit holds, put on its tip. */
export interface Batch {
  readonly answered: readonly Answered[];
  readonly tip: Tip;
  /** For each session that takes part. */
  readonly done: readonly AfterCommit[];
  /** The request behind the batch has a payload that has to be in the store before its entry. */
  readonly stage?: Keepsake;
}

/** What a session needs in this commit; or why it cannot take part, and the others do. */
type Part = DraftDeps | { readonly fault: Fault };

/** As many requests from the front of `queue` as one commit holds. */
export async function draftBatch(tip: Tip, queue: readonly Item[], deps: BatchDeps): Promise<Batch> {
  // Looked at once: what joins the queue while the meters are read has meters that were not read.
  const items = queue.slice(0, LOOK_AHEAD);
  await loadBook(tip.book, deps.store, items.map(({ request }) => needsOfRequest(request)));
  const parts = new Parts(tip, deps);
  const answered: Answered[] = [];
  for (const item of items) {
    if (!hasRoom(tip, item, answered.length)) break;
    const part = parts.of(item.member) ?? await parts.take(item);
    const drafted: Drafted = "fault" in part ? { item, fault: part.fault } : await draftRequest(item, part);
    if ("stage" in drafted) return { answered, tip, done: parts.done, stage: drafted.stage };
    answered.push(drafted);
  }
  return { answered, tip, done: parts.done };
}

/** The sessions that take part in one commit. */
class Parts {
  readonly done: AfterCommit[] = [];
  readonly #tip: Tip;
  readonly #deps: BatchDeps;
  readonly #parts = new Map<Member, Part>();
  readonly #ended = new Set<number>();

  constructor(tip: Tip, deps: BatchDeps) {
    this.#tip = tip;
    this.#deps = deps;
  }

  of(member: Member): Part | undefined {
    return this.#parts.get(member);
  }

  /** Takes the session into the commit, with the first of its requests. */
  async take({ member, request }: Item): Promise<Part> {
    const part = await this.#taken(member, isEdge(request));
    this.#parts.set(member, part);
    return part;
  }

  /** A session that cannot go on (its lock cannot be taken) keeps none of the others from it. */
  async #taken({ session, pins, held }: Member, edge: boolean): Promise<Part> {
    const { store, digester, attestor, version } = this.#deps;
    try {
      await pins?.load(store);
      // The first and the last entry of a session see to its row themselves, and come alone.
      if (!edge) this.done.push(await session.take(this.#tip));
    } catch (thrown) {
      return { fault: asFault(thrown) };
    }
    return { tip: this.#tip, session, store, digester, attestor, pins, version, ended: this.#ended, held };
  }
}

function isEdge({ type }: ItemRequest): boolean {
  return type === "begin" || type === "end";
}

function asFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault("ledger", `Cannot go on with a session: ${messageOf(cause)}`, { cause });
}

/** Is there room for one more? The first of a commit is taken at any rate, and refused where it is too large. */
function hasRoom(tip: Tip, { request }: Item, before: number): boolean {
  return tip.hasRoom && (before === 0 || tip.holds(needsOfRequest(request)));
}

function needsOfRequest(request: ItemRequest): Needs {
  if (request.type === "call" && request.decision !== undefined) return needsOf(request.decision);
  return request.type === "outcome" ? needsOfMarks(request.marks ?? []) : NO_NEEDS;
}
