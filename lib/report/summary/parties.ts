/** Tools and agents, each with counts of its own; a bounded number of them (see Tally). */
import type { Entry } from "../../ledger/mod.ts";
import type { AgentFacts, CallCounts, Listed, ToolFacts } from "./facts.ts";
import { Latencies } from "./latency.ts";
import { Tally } from "./tally.ts";

interface MutableCounts {
  calls: number;
  forwarded: number;
  held: number;
  refused: number;
}

/** Counts one call by its verdict. */
export function countCall(counts: MutableCounts, verdict: Entry["verdict"]): void {
  counts.calls++;
  if (verdict === "forward" || verdict === "redact") counts.forwarded++;
  else if (verdict === "hold") counts.held++;
  else counts.refused++;
}

export function noCalls(): MutableCounts {
  return { calls: 0, forwarded: 0, held: 0, refused: 0 };
}

interface ToolSum {
  readonly server: string;
  readonly tool: string;
  readonly counts: MutableCounts;
  readonly latency: Latencies;
}

/** Tools, by server and name: two servers may have one of the same name. */
export class Tools {
  readonly #sums = new Map<string, ToolSum>();
  readonly #tally = new Tally({ cap: 500, onFold: (name) => this.#sums.delete(name) });

  call({ server, tool = "", verdict }: Entry): void {
    countCall(this.#sum(server, tool).counts, verdict);
    this.#tally.add(nameOf(server, tool));
  }

  /** Outcomes of tools that were folded away are not brought back by it. */
  outcome({ server, tool = "", latency_us: latency }: Entry): void {
    if (latency !== undefined) this.#sums.get(nameOf(server, tool))?.latency.add(latency.total);
  }

  top(most: number): Listed<ToolFacts> & { readonly folded: boolean } {
    const { items, more, folded } = this.#tally.top(most);
    return { items: items.flatMap(({ name }) => this.#facts(name)), more, folded };
  }

  #sum(server: string, tool: string): ToolSum {
    const name = nameOf(server, tool);
    const known = this.#sums.get(name);
    if (known !== undefined) return known;
    const sum = { server, tool, counts: noCalls(), latency: new Latencies() };
    this.#sums.set(name, sum);
    return sum;
  }

  #facts(name: string): readonly ToolFacts[] {
    const sum = this.#sums.get(name);
    if (sum === undefined) return [];
    const latency = sum.latency.quantiles();
    return [{
      server: sum.server,
      tool: sum.tool,
      ...sum.counts,
      ...(latency === undefined ? {} : { latency }),
    }];
  }
}

// No entry has one in a name that it could be split at wrongly: JSON would carry it, but both halves are capped and kept.
const BETWEEN = "\u0000";

function nameOf(server: string, tool: string): string {
  return `${server}${BETWEEN}${tool}`;
}

interface AgentSum {
  readonly counts: MutableCounts;
  verified: number;
  findings: number;
  sessions: number;
  last: string;
}

/** Agents by the id that they were recorded under, whether a token proved it or not. */
export class Agents {
  readonly #sums = new Map<string, AgentSum>();
  readonly #tally = new Tally({ cap: 500, onFold: (name) => this.#sums.delete(name) });

  call({ agent, verdict }: Entry): void {
    const sum = this.#sum(agent.id);
    countCall(sum.counts, verdict);
    if (agent.verified) sum.verified++;
    this.#tally.add(agent.id);
  }

  session({ agent }: Entry): void {
    this.#sum(agent.id).sessions++;
    this.#tally.add(agent.id, 0);
  }

  /** What every entry says: when the agent was last heard of, and what was found. */
  seen({ agent, time, findings }: Entry): void {
    const sum = this.#sums.get(agent.id);
    if (sum === undefined) return;
    sum.last = time;
    for (const { count } of findings ?? []) sum.findings += count;
  }

  top(most: number): Listed<AgentFacts> & { readonly folded: boolean } {
    const { items, more, folded } = this.#tally.top(most);
    return { items: items.flatMap(({ name }) => this.#facts(name)), more, folded };
  }

  #sum(id: string): AgentSum {
    const known = this.#sums.get(id);
    if (known !== undefined) return known;
    const sum = { counts: noCalls(), verified: 0, findings: 0, sessions: 0, last: "" };
    this.#sums.set(id, sum);
    return sum;
  }

  #facts(agent: string): readonly AgentFacts[] {
    const sum = this.#sums.get(agent);
    if (sum === undefined) return [];
    const counts: CallCounts = sum.counts;
    return [{
      agent,
      ...counts,
      verified_calls: sum.verified,
      findings: sum.findings,
      sessions: sum.sessions,
      last_time: sum.last,
    }];
  }
}
