/** Follows sessions and calls through the entries. Memory holds only what is open: it does not grow with the ledger. */
import type { EntryView } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";

export class Pairing {
  /** Sessions that are open. */
  readonly sessions = new Set<string>();
  /** Sessions that were given up after a crash. */
  recovered = 0;
  /** Calls without outcome in sessions that have ended. */
  withoutOutcome = 0;
  /** `seq` of a held call, and its session. */
  readonly #held = new Map<number, string>();
  /** `seq` of a call that may have left and has no outcome yet, and its session. */
  readonly #owed = new Map<number, string>();
  /** Calls that a crash left: if their session was alive after all, their outcome may still come. */
  readonly #noted = new Set<number>();

  /** Calls that wait for an outcome in sessions that are open. */
  get pending(): number {
    return this.#owed.size;
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
    if (!isOpen) return finding(seq, "session", "it belongs to a session that is not open");
    return this.#within(entry);
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
    if (this.#owed.delete(call)) return undefined;
    if (!this.#noted.delete(call)) {
      return finding(seq, "pairing", `it is the outcome of entry ${call}, which waits for none`);
    }
    this.withoutOutcome--;
    return undefined;
  }

  #approval({ seq, session, fields }: EntryView): Finding | undefined {
    const call = numberOf(fields["call"]);
    if (this.#held.get(call) !== session) {
      return finding(seq, "pairing", `it answers entry ${call}, which is not held`);
    }
    this.#held.delete(call);
    if (fields["decision"] === "allow" && fields["form"] === undefined) this.#owed.set(call, session);
    return undefined;
  }

  #recovered({ seq, session, fields }: EntryView): Finding | undefined {
    for (const call of listOf(fields["calls"])) {
      if (this.#owed.get(call) !== session) {
        return finding(seq, "pairing", `it names entry ${call} as left without outcome, which it is not`);
      }
      this.#owed.delete(call);
      this.#noted.add(call);
      this.withoutOutcome++;
    }
    if (fields["more"] === undefined) {
      this.#end(session);
      this.recovered++;
    }
    return undefined;
  }

  #close({ seq, session, fields }: EntryView): Finding | undefined {
    const stray = listOf(fields["calls"]).find((call) => this.#owed.get(call) !== session);
    if (stray !== undefined) {
      return finding(seq, "pairing", `it names entry ${stray} as left without outcome, which it is not`);
    }
    this.#end(session);
    return undefined;
  }

  #end(session: string): void {
    this.sessions.delete(session);
    for (const [call, owner] of this.#owed) {
      if (owner !== session) continue;
      this.#owed.delete(call);
      this.withoutOutcome++;
    }
    for (const [call, owner] of this.#held) {
      if (owner === session) this.#held.delete(call);
    }
  }
}

/** -1 for anything that is no number: no entry has that place. */
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : -1;
}

function listOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(numberOf) : [];
}
