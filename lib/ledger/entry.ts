import { Fault, utf8Length } from "../base/mod.ts";
import type { CallVerdict, Direction, ReplyVerdict } from "../verdict/mod.ts";

/** Everything that an entry can be. The verifier has a list of its own: it shares no code with the writer but hashing. */
export const ENTRY_KINDS = [
  "session-open",
  "call",
  "outcome",
  "approval",
  "drift",
  "pin",
  "policy",
  "malformed",
  "fault",
  "key",
  "recovered",
  "session-close",
  "prune",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Who called, as the entry has it. */
export interface EntryAgent {
  readonly authorized_by?: string;
  readonly id: string;
  readonly roles: readonly string[];
  readonly verified: boolean;
}

/** A payload: how long it was in UTF-8, and its keyed digest; no digest where there was no value to take one of. */
export interface PayloadDigest {
  readonly bytes: number;
  readonly digest?: string;
}

export interface EntryFinding {
  readonly at: string;
  readonly count: number;
  readonly id: string;
}

/** Exact decimals as texts. Without `window_ms` the meter counts for ever. */
export interface EntryCharge {
  readonly amount: string;
  readonly limit: string;
  readonly meter: string;
  readonly window_ms?: number;
}

/** How far the session is from its expected shape, in percent, and what about it. */
export interface EntryEnvelope {
  readonly parts: readonly string[];
  readonly percent: number;
}

/**
 * A change of the signing key. The entry is signed by the old key; `sig` is one of the new key over
 * "countersign/key/v1\n" ‖ seq ‖ "\n" ‖ prev ‖ "\n" ‖ public key of the old one ‖ "\n" ‖ its own ‖ "\n" (hex): so the new key stands for all
 * that was before it, and whoever trusts one of the two keys can trust the other.
 */
export interface EntryNextKey {
  readonly id: string;
  readonly old_public_key: string;
  readonly public_key: string;
  readonly sig: string;
}

/** What an entry is about; the chain adds the rest. README.md says what each field means. */
export interface EntryFields {
  readonly agent: EntryAgent;
  readonly by?: string;
  readonly call?: number;
  readonly calls?: readonly number[];
  readonly charges?: readonly EntryCharge[];
  readonly cleared?: readonly string[];
  readonly cut?: Readonly<Record<string, number>>;
  readonly decision?: "allow" | "deny" | "ask";
  readonly detail?: string;
  readonly direction?: Direction;
  readonly enforced?: boolean;
  readonly envelope?: EntryEnvelope;
  readonly fields?: readonly string[];
  readonly findings?: readonly EntryFinding[];
  readonly form?: "notice" | "input";
  readonly hidden?: number;
  readonly hidden_tools?: readonly string[];
  readonly input?: PayloadDigest;
  readonly kind: EntryKind;
  readonly labels?: readonly string[];
  readonly latency_us?: { readonly decision: number; readonly total: number; readonly upstream: number };
  readonly method?: string;
  readonly more?: number;
  /** Of `key`. */
  readonly next_key?: EntryNextKey;
  readonly note?: string;
  readonly output?: PayloadDigest;
  readonly policy?: string;
  readonly reason?: string;
  readonly rules?: readonly string[];
  readonly server: string;
  readonly session: string;
  readonly threat?: number;
  readonly threat_parts?: readonly string[];
  readonly tool?: string;
  readonly tools?: readonly string[];
  /** Of `prune`: entries before this `seq` may have lost their text and kept their hash. */
  readonly until?: number;
  readonly verdict?: CallVerdict | ReplyVerdict;
}

/** One record of the ledger, as it is hashed and signed. */
export interface Entry extends EntryFields {
  readonly id: string;
  readonly prev: string;
  readonly seq: number;
  readonly time: string;
  readonly v: 1;
}

/** The most bytes of one entry: a value of the store has at most 64 KiB, and its frame needs some of that. */
export const MAX_ENTRY_BYTES = 60 * 1024;

/** Lists that a peer or a policy can make long. Nothing else in an entry grows: texts are capped where they enter. */
const LISTS = ["charges", "findings", "hidden_tools", "labels", "rules", "threat_parts", "tools"] as const;
const LIST_CAPS = [100, 20, 4, 0] as const;

/**
 * Canonical JSON (RFC 8785) of an entry. Fast because it need not sort: `JSON.stringify` writes keys in the order in
 * which they were set, and writes strings and numbers as the RFC asks. Lists that are too long are cut, and `cut` says
 * by how many items: a hostile peer cannot make an entry that the store would refuse.
 */
export function encodeEntry(entry: Entry): string {
  for (const cap of LIST_CAPS) {
    const text = JSON.stringify(inOrder(cutLists(entry, cap)));
    if (text.length * 3 <= MAX_ENTRY_BYTES || utf8Length(text) <= MAX_ENTRY_BYTES) return text;
  }
  // INVARIANT: without its lists an entry is a few capped texts.
  throw new Fault("internal", "Cannot record an entry: it is too long even without its lists");
}

/**
 * INVARIANT: sorted, and every field of an entry is here (a test compares with the general form). Fields that are
 * `undefined` are not written. Objects within are built sorted by their makers.
 */
function inOrder(entry: Entry): Record<keyof Entry, unknown> {
  return {
    agent: entry.agent,
    by: entry.by,
    call: entry.call,
    calls: entry.calls,
    charges: entry.charges,
    cleared: entry.cleared,
    cut: entry.cut,
    decision: entry.decision,
    detail: entry.detail,
    direction: entry.direction,
    enforced: entry.enforced,
    envelope: entry.envelope,
    fields: entry.fields,
    findings: entry.findings,
    form: entry.form,
    hidden: entry.hidden,
    hidden_tools: entry.hidden_tools,
    id: entry.id,
    input: entry.input,
    kind: entry.kind,
    labels: entry.labels,
    latency_us: entry.latency_us,
    method: entry.method,
    more: entry.more,
    next_key: entry.next_key,
    note: entry.note,
    output: entry.output,
    policy: entry.policy,
    prev: entry.prev,
    reason: entry.reason,
    rules: entry.rules,
    seq: entry.seq,
    server: entry.server,
    session: entry.session,
    threat: entry.threat,
    threat_parts: entry.threat_parts,
    time: entry.time,
    tool: entry.tool,
    tools: entry.tools,
    until: entry.until,
    v: entry.v,
    verdict: entry.verdict,
  };
}

function cutLists(entry: Entry, cap: number): Entry {
  if (LISTS.every((list) => (entry[list]?.length ?? 0) <= cap)) return entry;
  const long = LISTS.filter((list) => (entry[list]?.length ?? 0) > cap);
  const cut = Object.fromEntries(long.map((list) => [list, (entry[list]?.length ?? 0) - cap]));
  const short = Object.fromEntries(long.map((list) => [list, entry[list]?.slice(0, cap)]));
  return { ...entry, ...short, cut };
}
