/**
 * Follows sessions and calls through the entries. Memory holds what is open, and where entries were pruned what has ended
 * since: what happened in a pruned part is not known, so whatever it may explain is taken once, and nothing twice.
 */
import type { EntryView } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";
import { LostCalls } from "./lost_calls.ts";

export class Pairing {
  /** Sessions that are open. */
  readonly sessions = new Set<string>();
  /** Sessions that were given up after a crash. */
  recovered = 0;
  /** Calls without outcome in sessions that have ended. */
  readonly lost = new LostCalls();
  /** `seq` of a held call, and its session. */
  readonly #held = new Map<number, string>();
  /** `seq` of a call that may have left and has no outcome yet, and its session. */
  readonly #owed = new Map<number, string>();
  /** Entries before this one may have lost their text. */
  #pruned = 0;
  /** Calls of the pruned part that something behind it has named, and sessions that ended behind it. */
  readonly #named = new Set<number>();
  readonly #ended = new Set<string>();

  /** Calls that wait for an outcome in sessions that are open. */
  get pending(): number {
    return this.#owed.size;
  }

  /** The entry at `place` has lost its text: of all that was before nobody knows how it went on. */
  skip(place: number): void {
    this.#pruned = place + 1;
    for (const open of [this.sessions, this.#held, this.#owed, this.#named, this.#ended]) open.clear();
  }

  /** Takes the next entry; answers with what is wrong about it. */
  follow(entry: EntryView): Finding | undefined {
    const { kind, session, seq } = entry;
    const isOpen = this.sessions.has(session);
    if (kind === "session-open") {
      if (isOpen) return finding(seq, "session", "it opens a session that is open");
      this.sessions.add(session);
      return undefined;
    }
    if (!isOpen && !this.#openedInPruned(session)) {
      return finding(seq, "session", "it belongs to a session that is not open");
    }
    return this.#within(entry);
  }

  #openedInPruned(session: string): boolean {
    if (this.#pruned === 0 || this.#ended.has(session)) return false;
    this.sessions.add(session);
    return true;
  }

  #within(entry: EntryView): Finding | undefined {
    switch (entry.kind) {
      case "call":
        return this.#call(entry);
      case "outcome":
        return this.#outcome(entry);
      case "approval":
        return this.#approval(entry);
      case "recovered":
        return this.#recovered(entry);
      case "session-close":
        return this.#close(entry);
      default:
        return undefined;
    }
  }

  #call({ seq, session, fields }: EntryView): undefined {
    const { verdict, enforced, form } = fields;
    const isRequest = form === undefined;
    if (verdict === "hold" && enforced === true) this.#held.set(seq, session);
    else if (isRequest && (verdict === "forward" || verdict === "redact" || enforced === false)) {
      this.#owed.set(seq, session);
    }
  }

  #outcome({ seq, fields }: EntryView): Finding | undefined {
    const call = numberOf(fields["call"]);
    // If a session that was given up was alive after all, the outcome may still come.
    if (this.#owed.delete(call) || this.lost.found(call) || this.#explainedByPruned(call)) return undefined;
    return finding(seq, "pairing", `it is the outcome of entry ${call}, which waits for none`);
  }

  #approval({ seq, session, fields }: EntryView): Finding | undefined {
    const call = numberOf(fields["call"]);
    if (this.#held.get(call) !== session && !this.#explainedByPruned(call)) {
      return finding(seq, "pairing", `it answers entry ${call}, which is not held`);
    }
    this.#held.delete(call);
    if (fields["decision"] === "allow" && fields["form"] === undefined) this.#owed.set(call, session);
    return undefined;
  }

  #recovered({ seq, session, fields }: EntryView): Finding | undefined {
    for (const call of listOf(fields["calls"])) {
      if (this.#owed.get(call) !== session && !this.#explainedByPruned(call)) {
        return finding(seq, "pairing", `it names entry ${call} as left without outcome, which it is not`);
      }
      this.#owed.delete(call);
      this.lost.noted(call);
    }
    if (fields["more"] === undefined) {
      this.#end(session);
      this.recovered++;
    }
    return undefined;
  }

  #close({ seq, session, fields }: EntryView): Finding | undefined {
    for (const call of listOf(fields["calls"])) {
      if (this.#owed.get(call) === session) continue;
      if (!this.#explainedByPruned(call)) {
        return finding(seq, "pairing", `it names entry ${call} as left without outcome, which it is not`);
      }
      this.lost.ended(call);
    }
    this.#end(session);
    return undefined;
  }

  #explainedByPruned(call: number): boolean {
    if (call < 0 || call >= this.#pruned || this.#named.has(call)) return false;
    this.#named.add(call);
    return true;
  }

  #end(session: string): void {
    this.sessions.delete(session);
    if (this.#pruned > 0) this.#ended.add(session);
    for (const [call, owner] of this.#owed) {
      if (owner !== session) continue;
      this.#owed.delete(call);
      this.lost.ended(call);
    }
    for (const [call, owner] of this.#held) {
      if (owner === session) this.#held.delete(call);
    }
  }
}

/** -1 for anything that is no number: no entry has that place. */
function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : -1;
}

function listOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(numberOf) : [];
}
