/** Gathers the findings of one message for its report. */
import type { Finding, FindingAction } from "../verdict/mod.ts";
import type { Hit } from "./overlap.ts";

/** A ledger entry holds the findings and has to fit into 64 KiB; more places than these are told as one. */
const MAX_PLACES = 64;

const STOPPING: ReadonlySet<FindingAction> = new Set(["block", "ask", "redact", "withhold"]);

/** As {@link Findings.stopping}, for hits. */
export function stoppingIn(hits: readonly CountedHit[]): number {
  let stopping = 0;
  for (const { action, times } of hits) if (times === undefined && STOPPING.has(action)) stopping++;
  return stopping;
}

/** `times`: so many hits that are alike, of what is taken out of a text. */
export type CountedHit = Hit & { readonly times?: number };

type Counted = { -readonly [Field in keyof Finding]: Finding[Field] };

export class Findings {
  readonly #list: Counted[] = [];
  #places = 0;
  #stopping = 0;

  /** How many keep the message from leaving as it is; what is only taken out of it does not count. */
  get stopping(): number {
    return this.#stopping;
  }

  /** `at` is asked for only while there is room for another place. */
  add(hits: readonly CountedHit[], at: () => string): void {
    if (hits.length === 0) return;
    this.#stopping += stoppingIn(hits);
    const pointer = ++this.#places <= MAX_PLACES ? at() : "";
    for (const { detector: { id }, action, times = 1 } of hits) this.#count(id, pointer, { action, times });
  }

  /** In the order in which they were found; the pointer of those without room is that of the whole message. */
  list(): readonly Finding[] {
    return this.#list;
  }

  /** Makes every finding with one action one with another. */
  raise(from: FindingAction, to: FindingAction): void {
    for (const finding of this.#list) if (finding.action === from) finding.action = to;
  }

  some(action: FindingAction): boolean {
    return this.#list.some((finding) => finding.action === action);
  }

  /** From the end: of many in one place the last was counted just now. The list is bounded by MAX_PLACES. */
  #count(id: string, at: string, { action, times }: Times): void {
    for (let i = this.#list.length - 1; i >= 0; i--) {
      const known = this.#list[i];
      if (known === undefined || known.id !== id || known.at !== at || known.action !== action) continue;
      known.count += times;
      return;
    }
    this.#list.push({ id, at, action, count: times });
  }
}

interface Times {
  readonly action: FindingAction;
  readonly times: number;
}
