import type { Entry } from "../../ledger/mod.ts";
import type { Facts } from "./facts.ts";
import { Newest } from "./newest.ts";
import { SessionSum } from "./session_facts.ts";

const SHOWN = 40;
// Sessions that never closed, and whose crash nothing noted, would otherwise pile up.
const MOST_AT_ONCE = 5_000;

/** The sessions of a stream of entries, oldest first. */
export class Sessions {
  readonly #running = new Map<string, SessionSum>();
  readonly #ended = new Newest<SessionSum>(SHOWN);
  readonly #count = { opened: 0, closed: 0, recovered: 0 };

  take(entry: Entry): void {
    const sum = this.#running.get(entry.session) ?? this.#begin(entry.session);
    sum.take(entry);
    if (entry.kind === "session-open" && entry.detail === undefined) this.#count.opened++;
    if (entry.kind !== "session-close" && entry.kind !== "recovered") return;
    this.#count[entry.kind === "recovered" ? "recovered" : "closed"]++;
    this.#end(entry.session, sum);
  }

  facts(): Facts["sessions"] {
    const { items, more } = this.#ended.list();
    const all = [...items, ...this.#running.values()].sort((a, b) => b.lastSeq - a.lastSeq);
    const shown = all.slice(0, SHOWN);
    return {
      ...this.#count,
      recent: { items: shown.map((sum) => sum.facts()), more: more + all.length - shown.length },
    };
  }

  #begin(session: string): SessionSum {
    if (this.#running.size >= MOST_AT_ONCE) {
      const [oldest] = this.#running;
      if (oldest !== undefined) this.#end(...oldest);
    }
    const sum = new SessionSum(session);
    this.#running.set(session, sum);
    return sum;
  }

  #end(session: string, sum: SessionSum): void {
    this.#running.delete(session);
    this.#ended.add(sum);
  }
}
