/** What a policy would have decided on calls that were recorded: one call after the other, in flat memory. */
import {
  type AccessRequest,
  type CallFacts,
  type Decision,
  type Outcome,
  type Report,
  settleCall,
} from "../verdict/mod.ts";
import type { Book } from "./book.ts";
import { outlookOn, UNKNOWN_ARGUMENTS } from "./outlook.ts";
import type { Policy } from "./policy.ts";
import { type Consequences, Rehearsal } from "./rehearsal.ts";

/** A call as it was recorded. */
export interface RecordedCall {
  /** Its number in the recording: of the entry, or of the line. */
  readonly number: number;
  /** With {@link UNKNOWN_ARGUMENTS} where the arguments were not recorded. */
  readonly request: AccessRequest;
  readonly report: Report;
  readonly form: CallFacts["form"];
  /** What was decided then, and the digest of the policy that did; absent where nobody wrote it down. */
  readonly then?: { readonly outcome: Outcome; readonly policy?: string };
}

/** A person's answer to a held call, as it was recorded. */
export interface RecordedAnswer {
  /** The number of the call. */
  readonly call: number;
  readonly approved: boolean;
  readonly cleared: readonly string[];
  readonly nowMs: number;
}

/** One row of the answer: calls of one tool that would be decided otherwise, and in the same way. */
export interface SimulatedChange {
  readonly server: string;
  /** The tool, or the method with what it is about. */
  readonly subject: string;
  readonly from: Outcome | undefined;
  /** More than one where the arguments decide between them; none of them is what was recorded. */
  readonly to: readonly Outcome[];
  /** The rule that would decide, or the reason; empty where the arguments decide which. */
  readonly rule: string;
  readonly count: number;
  /** The number of the first such call. */
  readonly first: number;
}

export interface SimulationResult {
  readonly calls: number;
  /** Of them: with arguments that were not recorded. */
  readonly withoutArguments: number;
  /** Of those: whatever the arguments, the decision is the same. */
  readonly independent: number;
  /** With a decision beside which the new one can be put. */
  readonly compared: number;
  readonly changed: number;
  readonly changes: readonly SimulatedChange[];
  /** What was left out, because without arguments nobody can count it. */
  readonly uncounted: readonly string[];
}

/** Tools' names come from peers: there may be any number of them. */
const MAX_ROWS = 1000;
const OTHERS = "(more tools)";
const MAX_HELD = 10_000;

type Row = { -readonly [K in keyof SimulatedChange]: SimulatedChange[K] };

interface Judgement {
  readonly outcomes: readonly Outcome[];
  readonly consequences: Consequences;
  readonly rule: string;
}

export class Simulation {
  readonly #rehearsal: Rehearsal;
  readonly #rows = new Map<string, Row>();
  readonly #held = new Map<
    number,
    { readonly request: AccessRequest; readonly consequences: Consequences }
  >();
  readonly #uncounted = new Set<string>();
  #calls = 0;
  #withoutArguments = 0;
  #independent = 0;
  #compared = 0;
  #changed = 0;

  constructor(policy: Policy, book: Book) {
    this.#rehearsal = new Rehearsal(policy, book);
  }

  /** Puts a call to the policy. Calls come in the order of time. */
  call(recorded: RecordedCall): void {
    const request = this.#rehearsal.onStage(recorded.request);
    const judgement = this.#judge({ ...recorded, request });
    const { outcomes } = judgement;
    this.#calls++;
    if (request.args === UNKNOWN_ARGUMENTS) {
      this.#withoutArguments++;
      if (outcomes.length === 1) this.#independent++;
    }
    const { then } = recorded;
    if (then !== undefined) this.#compared++;
    if (then === undefined || !outcomes.includes(then.outcome)) this.#note(recorded, judgement);
    // Where it cannot be told, it went as it went.
    const went = then !== undefined && outcomes.includes(then.outcome) ? then.outcome : outcomes[0] ?? "deny";
    this.#playOut(recorded.number, { request, consequences: judgement.consequences, outcome: went });
  }

  /** A person's answer counts where the call would be held now, too. */
  answer({ call, approved, cleared, nowMs }: RecordedAnswer): void {
    const held = this.#held.get(call);
    if (held === undefined) return;
    this.#held.delete(call);
    const request = { ...held.request, context: { ...held.request.context, nowMs } };
    if (!approved) return this.#rehearsal.refuse(request, held.consequences);
    this.#rehearsal.approve(request, held.consequences, { cleared });
    this.#rehearsal.release(request, held.consequences);
  }

  /** The session is over. */
  end(session: string): void {
    this.#rehearsal.end(session);
  }

  get result(): SimulationResult {
    return {
      calls: this.#calls,
      withoutArguments: this.#withoutArguments,
      independent: this.#independent,
      compared: this.#compared,
      changed: this.#changed,
      uncounted: [...this.#uncounted],
      changes: [...this.#rows.values()].sort((a, b) => b.count - a.count || a.first - b.first),
    };
  }

  #judge({ request, report, form, then }: RecordedCall): Judgement {
    const { policy, book } = this.#rehearsal;
    if (request.args !== UNKNOWN_ARGUMENTS) {
      const { decision } = this.#rehearsal.judge(request, report);
      return {
        outcomes: [settled(decision, { report, form })],
        consequences: decision,
        rule: ruleOf(decision),
      };
    }
    const outlook = outlookOn(policy, request, report, book.usageAt(request.context.nowMs));
    const { decision, charges, uncounted } = outlook;
    for (const one of uncounted) this.#uncounted.add(one);
    const outcomes = [
      ...new Set(outlook.outcomes.map((outcome) => settled({ ...decision, outcome }, { report, form }))),
    ];
    // The very policy that decided then, arguments at hand, knew more than can be found out now.
    const same = then?.policy === policy.digest && outcomes.includes(then.outcome);
    return {
      outcomes: same ? [then.outcome] : outcomes,
      consequences: { ...decision, charges },
      rule: outlook.isSure ? ruleOf(decision) : "",
    };
  }

  #note({ number, request, then }: RecordedCall, { outcomes, rule }: Judgement): void {
    if (then !== undefined) this.#changed++;
    const subject = subjectOf(request), { server } = request.resource;
    const ways = `${then?.outcome ?? ""}\0${outcomes.join()}\0${rule}`;
    const key = `${server}\0${subject}\0${ways}`;
    const known = this.#rows.get(key) ??
      (this.#rows.size < MAX_ROWS ? undefined : this.#rows.get(OTHERS + ways));
    if (known !== undefined) {
      known.count++;
      return;
    }
    const full = this.#rows.size >= MAX_ROWS;
    const row = { from: then?.outcome, to: outcomes, rule, count: 1, first: number };
    this.#rows.set(full ? OTHERS + ways : key, {
      ...row,
      ...(full ? { server: "", subject: OTHERS } : { server, subject }),
    });
  }

  #playOut(
    number: number,
    { request, consequences, outcome }: {
      readonly request: AccessRequest;
      readonly consequences: Consequences;
      readonly outcome: Outcome;
    },
  ): void {
    if (outcome === "deny") this.#rehearsal.refuse(request, consequences);
    else if (outcome === "ask") {
      // Answers that never come must not fill the memory.
      if (this.#held.size < MAX_HELD) this.#held.set(number, { request, consequences });
    } else {
      this.#rehearsal.forward(request, consequences);
      this.#rehearsal.release(request, consequences);
    }
  }
}

/** The outcome as it is enforced: an incomplete scan refuses, and what cannot wait is not held. */
function settled(decision: Decision, { report, form }: Pick<RecordedCall, "report" | "form">): Outcome {
  const masked = decision.outcome === "redact";
  const enforced = settleCall({ decision, report, faults: [], form, masked }).decision;
  return enforced === "allow" && masked ? "redact" : enforced;
}

function ruleOf({ rules, reason }: Decision): string {
  return rules[0] ?? reason;
}

function subjectOf({ action, resource: { name } }: AccessRequest): string {
  return action === "tools/call" ? name : `${action} ${name}`.trim();
}
