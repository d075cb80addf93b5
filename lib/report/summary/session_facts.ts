import type { Entry } from "../../ledger/mod.ts";

/** `open`: no close, and nobody noted a crash; whoever can see its lock knows whether it runs. */
export type SessionState = "open" | "closed" | "recovered";

/** One session in numbers. Times as entries write them. */
export interface SessionFacts {
  readonly session: string;
  readonly agent: string;
  readonly verified: boolean;
  readonly server: string;
  readonly state: SessionState;
  /** Absent where its beginning was not among the entries that were read. */
  readonly opened?: string;
  /** When it closed, or its crash was noted. */
  readonly closed?: string;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly last_time: string;
  readonly calls: number;
  readonly refused: number;
  readonly held: number;
  readonly findings: number;
  /** Calls of which nobody knows how they ended, as its end says. */
  readonly without_outcome: number;
  /** From its opening to its end, or to its last entry; absent without an opening. */
  readonly duration_ms?: number;
}

/** Gathers a session from its entries, in whatever order they come. */
export class SessionSum {
  readonly #session: string;
  #agent = { id: "", verified: false };
  #server = "";
  #first: Entry | undefined;
  #last: Entry | undefined;
  #opened: Entry | undefined;
  #reopened = -1;
  #end: Entry | undefined;
  readonly #count = { calls: 0, refused: 0, held: 0, findings: 0 };

  constructor(session: string) {
    this.#session = session;
  }

  /** Is the entry that opened it among those that were taken? */
  get isWhole(): boolean {
    return this.#opened !== undefined;
  }

  get lastSeq(): number {
    return this.#last?.seq ?? -1;
  }

  take(entry: Entry): void {
    if (this.#first === undefined || entry.seq < this.#first.seq) this.#first = entry;
    if (this.#last === undefined || entry.seq > this.#last.seq) this.#last = entry;
    this.#takeName(entry);
    if (entry.kind === "session-open") this.#takeOpening(entry);
    if (isEnd(entry) && entry.seq > (this.#end?.seq ?? -1)) this.#end = entry;
    if (entry.kind === "call") this.#takeCall(entry);
    for (const { count } of entry.findings ?? []) this.#count.findings += count;
  }

  facts(): SessionFacts {
    const { state, end } = this.#ending();
    const opened = this.#opened?.time, last = this.#last?.time ?? "";
    return {
      session: this.#session,
      agent: this.#agent.id,
      verified: this.#agent.verified,
      server: this.#server,
      state,
      ...(opened === undefined ? {} : { opened }),
      ...(end === undefined ? {} : { closed: end.time }),
      first_seq: this.#first?.seq ?? -1,
      last_seq: this.#last?.seq ?? -1,
      last_time: last,
      ...this.#count,
      without_outcome: end === undefined ? 0 : (end.calls ?? []).length + (end.more ?? 0),
      ...(opened === undefined ? {} : { duration_ms: Date.parse(end?.time ?? last) - Date.parse(opened) }),
    };
  }

  /** An end counts unless the session, taken for dead, went on after it. */
  #ending(): { readonly state: SessionState; readonly end: Entry | undefined } {
    const end = this.#end;
    if (end === undefined || end.seq < this.#reopened) return { state: "open", end: undefined };
    return { state: end.kind === "recovered" ? "recovered" : "closed", end };
  }

  #takeName({ agent, server }: Entry): void {
    // An answer from another terminal carries that person's machine as agent; the session is the one that opened it.
    if (this.#agent.id !== "" && this.#opened !== undefined) return;
    this.#agent = agent;
    this.#server = server;
  }

  #takeOpening(entry: Entry): void {
    this.#reopened = Math.max(this.#reopened, entry.seq);
    if (this.#opened !== undefined && this.#opened.seq < entry.seq) return;
    this.#agent = entry.agent;
    this.#server = entry.server;
    // A session that was taken for dead opens a second time: its beginning is further back.
    if (entry.detail === undefined) this.#opened = entry;
  }

  #takeCall({ verdict }: Entry): void {
    this.#count.calls++;
    if (verdict === "refuse") this.#count.refused++;
    if (verdict === "hold") this.#count.held++;
  }
}

function isEnd({ kind }: Entry): boolean {
  return kind === "session-close" || kind === "recovered";
}
