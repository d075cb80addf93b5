/**
 * The steps that every request and notice takes before it may leave: inspect, decide, mask, record. A step that cannot
 * be made is a fault in the record, and the settle table refuses; no step is skipped because another one failed.
 */
import { canonicalPayload, encodeJson, Fault, type JsonObject, messageOf } from "../base/mod.ts";
import {
  type AccessRequest,
  type CallRecord,
  type Decision,
  EMPTY_REPORT,
  FAULTED_REPORT,
  type Principal,
  type Report,
  type SettledCall,
  type WorkerName,
  type Written,
} from "../verdict/mod.ts";
import { attestFor } from "./attestation.ts";
import { maskParams } from "./duties.ts";
import {
  cleanParams,
  type Judgeable,
  paramsText,
  refuseSecretMethod,
  refuseUnmaskable,
  refuseUnverified,
} from "./judgeable.ts";
import { holdsCanary, refuseCanary, refuseKilled } from "./kill.ts";
import { type Names, namesOf } from "./names.ts";
import type { GatePorts, GateSettings, Inspected } from "./ports.ts";
import type { Session } from "./session.ts";
import { warnAboutShape } from "./shape.ts";
import { isEmpty, isToolCall, leaves, UNRECORDED } from "./settled.ts";
import { mayComeAgain, type Turn } from "./turns.ts";

/** What is enforced. `seq` is absent only where the ledger could not write; then the verdict is `refuse`. */
export interface Judged {
  readonly settled: SettledCall;
  readonly seq: number | undefined;
  /** The params as they may leave. */
  readonly params: JsonObject | undefined;
  /** What a request takes along that may leave; absent where none was asked for, and where it is held. */
  readonly attestation: string | undefined;
  /** Fields of them that were masked by duty. */
  readonly masks: readonly string[];
  readonly names: Names;
  readonly principal: Principal;
  /** What the policy answered, before limits and history had their say; absent where it gave no answer. */
  readonly decision: Decision | undefined;
}

/** Who asks, and when. */
interface Asking {
  readonly principal: Principal;
  readonly nowMs: number;
}

const NOTHING_SEEN: Inspected = { report: EMPTY_REPORT };

export class Judge {
  readonly #ports: GatePorts;
  readonly #settings: GateSettings;
  readonly #session: Session;
  readonly #onOutage: () => void;

  /** `onOutage`: called when the ledger did not take a record. */
  constructor(ports: GatePorts, settings: GateSettings, session: Session, onOutage: () => void) {
    this.#onOutage = onOutage;
    this.#ports = ports;
    this.#settings = settings;
    this.#session = session;
  }

  judge(asked: Judgeable): Promise<Judged> {
    const judged = this.#session.client.turns.inTurn(asked, (turn) => this.#judge(asked, turn));
    // Behind its own question to the policy, and before the next call's: a rule that counts is not to be outrun.
    if (isToolCall(asked)) this.#session.client.expectCall(judged);
    return judged;
  }

  async #judge(asked: Judgeable, turn: Turn): Promise<Judged> {
    const asking = this.#asking();
    const { principal } = asking;
    const checked = this.#settings.verifiedOnly ? refuseUnverified(asked, principal) : asked;
    const faults: WorkerName[] = [];
    const text = paramsText(checked);
    const { inspected, decision } = await this.#opinions(checked, { text, asking, faults });
    const maskable = refuseUnmaskable(refuseSecretMethod(checked, inspected.report), inspected);
    const item = refuseCanary(maskable, inspected.report);
    const cleaned = cleanParams(item, inspected);
    const names = namesOf(item, inspected.report, this.#session.listing(item.method, item.subject.name));
    const seen: Seen = { names, principal, inspected, decision, faults, text, cleaned };
    // Before its turn: what is behind it must not leave while this is being written.
    const planted = holdsCanary(checked, inspected.report) && this.#session.client.kill(this.#settings);
    await turn.before;
    const { written, params, masks } = await this.#record(
      refuseKilled(item, this.#session.client.isKilled),
      seen,
      turn,
    );
    const settled = written?.settled ?? UNRECORDED, seq = written?.ref.seq;
    if (seq !== undefined && leaves(item, settled, this.#settings)) this.#session.client.countCall();
    warnAboutShape(this.#ports.log, { settled, decision, seq });
    if (planted || (settled.reason === "killed" && this.#session.client.kill(this.#settings))) {
      this.#ports.log(`killed: every further request of this session is refused (entry ${seq ?? "none"})`);
    }
    const attestation = written?.attestation;
    return { settled, seq, params, attestation, masks, names, principal, decision };
  }

  /** Those of `names` that the policy denies whatever the arguments; `undefined` where it gives no answer. */
  async hiddenTools(names: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    const subject = { judged: true, known: true, name: "", args: {} };
    const request = this.#request(
      { method: "tools/call", direction: "to-upstream", subject },
      this.#asking(),
    );
    try {
      return new Set(await this.#ports.policy.hidden(request, names));
    } catch (fault) {
      this.#note("policy", fault, []);
      return undefined;
    }
  }

  #asking(): Asking {
    const nowMs = Math.floor(this.#ports.clock.nowMicros() / 1000);
    return { principal: this.#settings.principal(nowMs), nowMs };
  }

  /**
   * Asks both workers at once: what would be decided if nothing is found? Mostly nothing is, and one round trip is saved.
   * Where something was found, or not everything was seen, that answer is thrown away and the policy asked with the report.
   */
  async #opinions(item: Judgeable, { text, asking, faults }: Opining): Promise<Opinions> {
    const request = item.invalid === undefined ? this.#request(item, asking) : undefined;
    if (text === undefined) {
      return { inspected: NOTHING_SEEN, decision: await this.#decide(request, EMPTY_REPORT, faults) };
    }
    const hastyFaults: WorkerName[] = [];
    const [inspected, hasty] = await Promise.all([
      this.inspect(item, text, faults),
      this.#decide(request, EMPTY_REPORT, hastyFaults),
    ]);
    if (!isEmpty(inspected.report)) {
      return { inspected, decision: await this.#decide(request, inspected.report, faults) };
    }
    faults.push(...hastyFaults);
    return { inspected, decision: hasty };
  }

  /** The findings of one text; a scanner that gives no answer saw nothing completely. */
  async inspect(
    item: Omit<Judgeable, "form" | "params">,
    text: string,
    faults: WorkerName[],
  ): Promise<Inspected> {
    const { direction, method, subject } = item;
    try {
      return await this.#ports.scan.inspect({
        text,
        direction,
        method,
        server: this.#settings.server,
        tool: subject.name,
      });
    } catch (fault) {
      this.#note("scan", fault, faults);
      return { report: FAULTED_REPORT };
    }
  }

  #request(
    { method, direction, subject }: Pick<Judgeable, "method" | "direction" | "subject">,
    { principal, nowMs }: Asking,
  ): AccessRequest {
    const { server, session } = this.#settings;
    const { labels, calls } = this.#session.client;
    const listing = this.#session.listing(method, subject.name);
    return {
      principal,
      action: method,
      resource: { server, name: subject.name },
      direction,
      judged: subject.judged,
      args: encodeJson(subject.args),
      context: { session, listing, labels, calls, nowMs },
    };
  }

  async #decide(
    request: AccessRequest | undefined,
    report: Report,
    faults: WorkerName[],
  ): Promise<Decision | undefined> {
    if (request === undefined) return undefined;
    try {
      return await this.#ports.policy.decide(request, report);
    } catch (fault) {
      this.#note("policy", fault, faults);
      return undefined;
    }
  }

  /** Writes the call as the decision has it masked; where limits or history ask for other masks, once more with those. */
  async #record(item: Judgeable, seen: Seen, turn: Turn): Promise<Recorded> {
    const decided = this.#masked(item, seen, {
      masks: seen.decision?.duties.redactFields ?? [],
      again: false,
    });
    try {
      const recorded = this.#ports.ledger.record(decided.record);
      // The ledger writes in the order of asking: the next one need not wait for the commit, and shares it.
      if (!mayComeAgain(seen.decision)) turn.end();
      const first = await recorded;
      if (!("remask" in first)) return { written: first, ...decided.left };
      const asked = this.#masked(item, seen, { masks: first.remask, again: true });
      const second = await this.#ports.ledger.record(asked.record);
      if (!("remask" in second)) return { written: second, ...asked.left };
      throw new Fault("ledger", "Cannot record a call: the ledger asks for other masks a second time");
    } catch (fault) {
      this.#note("ledger", fault, seen.faults);
      this.#onOutage();
      return { written: undefined, ...decided.left };
    }
  }

  /** The params with `masks` put on, and the record that says so. */
  #masked(item: Judgeable, seen: Seen, { masks, again }: Masking): Masked {
    const { server, enforced } = this.#settings;
    const { direction, form, subject, invalid } = item;
    const audience = attestFor(item, this.#settings);
    const { names, principal, inspected, decision, faults, text, cleaned } = seen;
    const params = cleaned && maskParams(cleaned, item.method, masks);
    // The canonical text towards the upstream was made for the scanner already; it is made anew only after masking.
    const reusable = direction === "to-upstream" && subject.known && params === item.params;
    const record: CallRecord = {
      type: "call",
      direction,
      form,
      principal,
      server,
      ...names,
      input: (reusable ? text : undefined) ?? canonicalPayload(params ?? {}),
      ...decision && { decision },
      ...invalid && { invalid },
      ...audience !== undefined && { attestFor: audience },
      ...this.#ports.pins && isToolCall(item) && { called: this.#session.pins.called(subject.name) },
      report: inspected.report,
      faults,
      masked: params !== item.params,
      masks,
      again,
      enforced,
    };
    return { left: { params, masks }, record };
  }

  #note(worker: WorkerName, fault: unknown, faults: WorkerName[]): void {
    faults.push(worker);
    this.#ports.log(`fault:${worker}: ${messageOf(fault)}`);
  }
}

interface Opining {
  readonly text: string | undefined;
  readonly asking: Asking;
  readonly faults: WorkerName[];
}

interface Opinions {
  readonly inspected: Inspected;
  readonly decision: Decision | undefined;
}

interface Seen extends Opinions {
  readonly names: Names;
  readonly principal: Principal;
  readonly faults: WorkerName[];
  /** What the scanner was shown. */
  readonly text: string | undefined;
  /** The params, with what the scanner masked. */
  readonly cleaned: JsonObject | undefined;
}

type Masking = Pick<CallRecord, "masks" | "again">;

type Left = Pick<Judged, "params" | "masks">;

interface Masked {
  readonly left: Left;
  readonly record: CallRecord;
}

interface Recorded extends Left {
  /** Absent where the ledger could not write. */
  readonly written: Written | undefined;
}
