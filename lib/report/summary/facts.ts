/** What a stretch of the ledger comes to: plain data, which `stats --json` prints and both reports are written from. */
import type { Quantiles } from "./latency.ts";
import type { Series } from "./over_time.ts";
import type { SessionFacts } from "./session_facts.ts";
import type { Top } from "./tally.ts";

/** Where something stands. */
export interface Place {
  readonly seq: number;
  readonly time: string;
}

/** Calls by what was enforced on them. `forwarded` includes those that went on with fields masked. */
export interface CallCounts {
  readonly calls: number;
  readonly forwarded: number;
  readonly held: number;
  readonly refused: number;
}

export interface ToolFacts extends CallCounts {
  readonly server: string;
  readonly tool: string;
  /** From frame to released reply; absent where no outcome came. A held call's includes the wait for a person. */
  readonly latency?: Quantiles;
}

export interface AgentFacts extends CallCounts {
  readonly agent: string;
  /** Calls that came with a token that verified. */
  readonly verified_calls: number;
  readonly findings: number;
  readonly sessions: number;
  readonly last_time: string;
}

/** A list that is cut: the items, and how many more there are. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly more: number;
}

export interface PolicyFacts {
  readonly policy: string;
  /** As a change of policy named it. */
  readonly name?: string;
  readonly calls: number;
  readonly first: Place;
  readonly last: Place;
}

/** Something that is no call and that a reader wants to see by itself. */
export interface EventFacts extends Place {
  readonly kind: string;
  readonly server: string;
  readonly subject: string;
  readonly reason: string;
  readonly by?: string;
  readonly note?: string;
}

/** A call of an ended session of which nobody knows how it ended. Named where its entry could be read. */
export interface Unfinished {
  readonly seq: number;
  readonly session: string;
  readonly server?: string;
  readonly tool?: string;
  readonly time?: string;
}

export interface Facts {
  readonly entries: {
    readonly total: number;
    readonly pruned: number;
    readonly damaged: number;
    readonly first?: Place;
    readonly last?: Place;
    readonly kinds: Top;
  };
  readonly calls: CallCounts & {
    readonly redacted: number;
    readonly decisions: { readonly allow: number; readonly ask: number; readonly deny: number };
    /** Judged, and not enforced. */
    readonly dry_run: number;
    readonly input_bytes: number;
  };
  readonly outcomes: {
    readonly total: number;
    readonly released: number;
    readonly redacted: number;
    readonly withheld: number;
    readonly output_bytes: number;
  };
  readonly approvals: {
    readonly approved: number;
    readonly denied: number;
    readonly expired: number;
    readonly cancelled: number;
    readonly recent: Listed<EventFacts>;
  };
  /** Refused calls and denied holds, by reason. */
  readonly refusals: Top;
  /** Replies that were withheld, by reason. */
  readonly withheld: Top;
  readonly findings: Top;
  readonly threat: { readonly calls: number; readonly max: number; readonly parts: Top };
  readonly tools: Listed<ToolFacts> & { readonly folded: boolean };
  readonly agents: Listed<AgentFacts> & { readonly folded: boolean };
  readonly methods: Top;
  readonly servers: Top;
  readonly latency: {
    readonly decision?: Quantiles;
    readonly upstream?: Quantiles;
    readonly total?: Quantiles;
  };
  readonly over_time: Series;
  readonly sessions: {
    readonly opened: number;
    readonly closed: number;
    readonly recovered: number;
    readonly recent: Listed<SessionFacts>;
  };
  readonly incidents: { readonly reasons: Top; readonly recent: Listed<EventFacts> };
  readonly changes: Listed<EventFacts>;
  readonly policies: Listed<PolicyFacts>;
  readonly without_outcome: { readonly total: number; readonly calls: readonly Unfinished[] };
}
