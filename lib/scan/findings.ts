/** Gathers the findings of one message for its report. */
import type { Finding, FindingAction } from "../verdict/mod.ts";
import type { Hit } from "./overlap.ts";

/** A ledger entry holds the findings and has to fit into 64 KiB; more places than these are told as one. */
const MAX_PLACES = 64;

type Counted = { -readonly [Field in keyof Finding]: Finding[Field] };

export class Findings {
  readonly #list: Counted[] = [];
  #places = 0;

  /** `at` is asked for only while there is room for another place; `times`: so many hits that are alike. */
  add(hits: readonly (Hit & { readonly times?: number })[], at: () => string): void {
    if (hits.length === 0) return;
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
