/** Takes entries one by one, oldest first, and says what they come to. Memory is flat however many there are. */
import type { Entry, ReadEntry } from "../../ledger/mod.ts";
import { subjectOf } from "../entry_text.ts";
import type { EventFacts, Facts, Place, PolicyFacts, Unfinished } from "./facts.ts";
import { Latencies } from "./latency.ts";
import { Newest } from "./newest.ts";
import { OverTime } from "./over_time.ts";
import { Agents, countCall, noCalls, Tools } from "./parties.ts";
import { Sessions } from "./sessions.ts";
import { Tally } from "./tally.ts";

/** How many of each list a reader gets. */
export const LISTED = { names: 12, tools: 15, agents: 12, events: 15, policies: 12, unfinished: 50 } as const;

// The operator's own, and few; nobody else can make more of them.
const MOST_POLICIES = 1_000;
const CHANGES: ReadonlySet<string> = new Set(["policy", "drift", "pin", "key", "prune"]);

/** The sums over a stretch of the ledger. */
export class Summary {
  #entries = { total: 0, pruned: 0, damaged: 0 };
  #first: Place | undefined;
  #last: Place | undefined;
  readonly #kinds = new Tally();
  readonly #calls = { ...noCalls(), redacted: 0, dry_run: 0, input_bytes: 0 };
  readonly #decisions = { allow: 0, ask: 0, deny: 0 };
  readonly #outcomes = { total: 0, released: 0, redacted: 0, withheld: 0, output_bytes: 0 };
  readonly #approvals = { approved: 0, denied: 0, expired: 0, cancelled: 0 };
  readonly #answers = new Newest<EventFacts>(LISTED.events);
  readonly #refusals = new Tally();
  readonly #withheld = new Tally();
  readonly #findings = new Tally();
  readonly #threatParts = new Tally();
  readonly #threat = { calls: 0, max: 0 };
  readonly #tools = new Tools();
  readonly #agents = new Agents();
  readonly #methods = new Tally();
  readonly #servers = new Tally();
  readonly #latency = { decision: new Latencies(), upstream: new Latencies(), total: new Latencies() };
  readonly #overTime = new OverTime();
  readonly #sessions = new Sessions();
  readonly #incidentReasons = new Tally();
  readonly #incidents = new Newest<EventFacts>(LISTED.events);
  readonly #changes = new Newest<EventFacts>(LISTED.events);
  readonly #policies = new Map<string, PolicyFacts>();
  #unfinished = 0;
  readonly #unfinishedCalls = new Newest<Unfinished>(LISTED.unfinished);
  #second = { text: "", value: NaN };

  /** Takes what stands at a `seq`; pruned and damaged entries are counted, and no more is known of them. */
  take({ stored, pruned }: ReadEntry): void {
    this.#entries.total++;
    if (stored !== undefined) this.#takeEntry(stored.entry);
    else if (pruned !== undefined) this.#entries.pruned++;
    else this.#entries.damaged++;
  }

  #takeEntry(entry: Entry): void {
    const place = { seq: entry.seq, time: entry.time };
    this.#first ??= place;
    this.#last = place;
    this.#kinds.add(entry.kind);
    this.#sessions.take(entry);
    for (const { id, count } of entry.findings ?? []) this.#findings.add(id, count);
    this.#takeKind(entry);
    this.#agents.seen(entry);
    this.#takePolicy(entry, place);
  }

  #takeKind(entry: Entry): void {
    switch (entry.kind) {
      case "call":
        return this.#takeCall(entry);
      case "outcome":
        return this.#takeOutcome(entry);
      case "approval":
        return this.#takeApproval(entry);
      case "session-open":
        return this.#agents.session(entry);
      case "malformed":
      case "fault":
        this.#incidentReasons.add(`${entry.kind}: ${entry.reason ?? ""}`);
        return this.#incidents.add(eventOf(entry));
      case "recovered":
        this.#incidents.add(eventOf(entry));
        return this.#takeUnfinished(entry);
      case "session-close":
        return this.#takeUnfinished(entry);
      default:
        if (CHANGES.has(entry.kind)) this.#changes.add(eventOf(entry));
    }
  }

  #takeCall(entry: Entry): void {
    const { verdict, decision, enforced, reason = "", threat = 0 } = entry;
    countCall(this.#calls, verdict);
    if (verdict === "redact") this.#calls.redacted++;
    if (enforced === false) this.#calls.dry_run++;
    this.#calls.input_bytes += entry.input?.bytes ?? 0;
    if (decision !== undefined) this.#decisions[decision]++;
    if (verdict === "refuse") this.#refusals.add(reason);
    this.#methods.add(entry.method ?? "");
    this.#servers.add(entry.server);
    this.#agents.call(entry);
    if (entry.method === "tools/call") this.#tools.call(entry);
    if (threat > 0) this.#threat.calls++;
    this.#threat.max = Math.max(this.#threat.max, threat);
    for (const part of entry.threat_parts ?? []) this.#threatParts.add(part);
    this.#overTime.add(this.#secondOf(entry), verdict ?? "refuse");
  }

  #takeOutcome(entry: Entry): void {
    const { verdict, latency_us: latency, reason = "" } = entry;
    this.#outcomes.total++;
    this.#outcomes.output_bytes += entry.output?.bytes ?? 0;
    if (verdict === "release") this.#outcomes.released++;
    else if (verdict === "redact") this.#outcomes.redacted++;
    else {
      this.#outcomes.withheld++;
      this.#withheld.add(reason);
    }
    if (entry.method === "tools/call") this.#tools.outcome(entry);
    if (latency === undefined) return;
    this.#latency.decision.add(latency.decision);
    this.#latency.upstream.add(latency.upstream);
    this.#latency.total.add(latency.total);
  }

  #takeApproval(entry: Entry): void {
    const { decision, reason = "" } = entry;
    if (decision === "allow") this.#approvals.approved++;
    else if (reason === "approval-expired") this.#approvals.expired++;
    else if (reason === "cancelled") this.#approvals.cancelled++;
    else this.#approvals.denied++;
    if (decision !== "allow") this.#refusals.add(reason);
    this.#answers.add(eventOf(entry));
  }

  #takeUnfinished({ calls = [], more = 0, session }: Entry): void {
    this.#unfinished += calls.length + more;
    for (const seq of calls) this.#unfinishedCalls.add({ seq, session });
  }

  #takePolicy({ policy, detail, kind }: Entry, place: Place): void {
    if (policy === undefined) return;
    const known = this.#policies.get(policy);
    if (known === undefined && this.#policies.size >= MOST_POLICIES) return;
    const name = kind === "policy" ? detail : known?.name;
    this.#policies.set(policy, {
      policy,
      ...(name === undefined ? {} : { name }),
      calls: (known?.calls ?? 0) + (kind === "call" ? 1 : 0),
      first: known?.first ?? place,
      last: place,
    });
  }

  /** Most entries share their second with the one before. */
  #secondOf({ time }: Entry): number {
    const text = time.slice(0, 19);
    if (text !== this.#second.text) this.#second = { text, value: Date.parse(`${text}Z`) / 1000 };
    return this.#second.value;
  }

  facts(): Facts {
    const { names, tools, agents } = LISTED;
    return {
      entries: {
        ...this.#entries,
        ...(this.#first === undefined ? {} : { first: this.#first }),
        ...(this.#last === undefined ? {} : { last: this.#last }),
        kinds: this.#kinds.top(names),
      },
      calls: { ...this.#calls, decisions: this.#decisions },
      outcomes: this.#outcomes,
      approvals: { ...this.#approvals, recent: this.#answers.list() },
      refusals: this.#refusals.top(names),
      withheld: this.#withheld.top(names),
      findings: this.#findings.top(names),
      threat: { ...this.#threat, parts: this.#threatParts.top(names) },
      tools: this.#tools.top(tools),
      agents: this.#agents.top(agents),
      methods: this.#methods.top(names),
      servers: this.#servers.top(names),
      latency: this.#latencyFacts(),
      over_time: this.#overTime.series(),
      sessions: this.#sessions.facts(),
      incidents: { reasons: this.#incidentReasons.top(names), recent: this.#incidents.list() },
      changes: this.#changes.list(),
      policies: this.#policyFacts(),
      without_outcome: { total: this.#unfinished, calls: this.#unfinishedCalls.list().items },
    };
  }

  #policyFacts(): Facts["policies"] {
    const all = [...this.#policies.values()].sort((a, b) => b.last.seq - a.last.seq);
    const items = all.slice(0, LISTED.policies);
    return { items, more: all.length - items.length };
  }

  #latencyFacts(): Facts["latency"] {
    const decision = this.#latency.decision.quantiles();
    const upstream = this.#latency.upstream.quantiles();
    const total = this.#latency.total.quantiles();
    return {
      ...(decision === undefined ? {} : { decision }),
      ...(upstream === undefined ? {} : { upstream }),
      ...(total === undefined ? {} : { total }),
    };
  }
}

function eventOf(entry: Entry): EventFacts {
  return {
    seq: entry.seq,
    time: entry.time,
    kind: entry.kind,
    server: entry.server,
    subject: entry.kind === "approval" ? `${entry.tool || entry.method} of ${entry.call}` : subjectOf(entry),
    reason: entry.reason ?? "",
    ...(entry.by === undefined ? {} : { by: entry.by }),
    ...(entry.note === undefined ? {} : { note: entry.note }),
  };
}
