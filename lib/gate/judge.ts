/**
 * The steps that every request and notice takes before it may leave: inspect, decide, mask, record. A step that cannot
 * be made is a fault in the record, and the settle table refuses; no step is skipped because another one failed.
 */
import {
  canonicalPayload,
  encodeJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "../base/mod.ts";
import {
  type AccessRequest,
  type CallRecord,
  type Decision,
  type Direction,
  EMPTY_REPORT,
  FAULTED_REPORT,
  type Listing,
  type ReasonCode,
  reasonForDlp,
  type Report,
  type SettledCall,
  type WorkerName,
} from "../verdict/mod.ts";
import type { Subject } from "../wire/mod.ts";
import { maskParams } from "./duties.ts";
import type { GatePorts, GateSettings, Inspected } from "./ports.ts";
import type { Session } from "./session.ts";

/** What is to be judged: a request, a notice, or a question inside a result. */
export interface Judgeable {
  readonly direction: Direction;
  readonly form: CallRecord["form"];
  readonly method: string;
  readonly subject: Subject;
  readonly params: JsonObject | undefined;
  /** Set where the params have not the shape that the method asks for: recorded and refused, the policy is not asked. */
  readonly invalid?: ReasonCode;
}

/** What is enforced. `seq` is absent only where the ledger could not write; then the verdict is `refuse`. */
export interface Judged {
  readonly settled: SettledCall;
  readonly seq: number | undefined;
  /** The params as they may leave. */
  readonly params: JsonObject | undefined;
  readonly names: Names;
  readonly failureMode: "closed" | "open";
}

/** Method and resource as entries and the log may show them. */
export interface Names {
  readonly method: string;
  readonly tool: string;
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

  async judge(asked: Judgeable): Promise<Judged> {
    const faults: WorkerName[] = [];
    const text = paramsText(asked);
    const { inspected, decision } = await this.#opinions(asked, text, faults);
    const item = refuseSecretMethod(asked, inspected.report);
    const cleaned = cleanParams(item, inspected);
    const params = cleaned && maskParams(cleaned, decision?.duties.redactFields ?? []);
    // The canonical text towards the upstream was made for the scanner already; it is made anew only after masking.
    const reusable = item.direction === "to-upstream" && item.subject.known && params === item.params;
    const names = namesOf(item, inspected.report, this.#session.listing(item.method, item.subject.name));
    const written = await this.#record(item, {
      names,
      inspected,
      decision,
      faults,
      masked: params !== item.params,
      input: (reusable ? text : undefined) ?? canonicalPayload(params ?? {}),
    });
    return { ...written, params, names, failureMode: decision?.failureMode ?? "closed" };
  }

  /**
   * Asks both workers at once: what would be decided if nothing is found? Mostly nothing is, and one round trip is saved.
   * Where something was found, or not everything was seen, that answer is thrown away and the policy asked with the report.
   */
  async #opinions(
    item: Judgeable,
    text: string | undefined,
    faults: WorkerName[],
  ): Promise<{ readonly inspected: Inspected; readonly decision: Decision | undefined }> {
    const request = item.invalid === undefined ? this.#request(item) : undefined;
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

  #request({ method, direction, subject }: Judgeable): AccessRequest {
    const { principal, server, session } = this.#settings;
    return {
      principal,
      action: method,
      resource: { server, name: subject.name },
      direction,
      judged: subject.judged,
      args: encodeJson(subject.args),
      context: { session, listing: this.#session.listing(method, subject.name) },
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

  async #record(item: Judgeable, seen: Seen): Promise<Pick<Judged, "settled" | "seq">> {
    const { principal, server, enforced } = this.#settings;
    const { direction, form, invalid } = item;
    const { names, inspected, decision, faults, masked, input } = seen;
    const record: CallRecord = {
      type: "call",
      direction,
      form,
      principal,
      server,
      ...names,
      input,
      ...decision && { decision },
      ...invalid && { invalid },
      report: inspected.report,
      faults,
      masked,
      enforced,
    };
    try {
      const { ref, settled } = await this.#ports.ledger.write(record);
      return { seq: ref.seq, settled: settled ?? UNRECORDED };
    } catch (fault) {
      this.#note("ledger", fault, faults);
      this.#onOutage();
      return { seq: undefined, settled: UNRECORDED };
    }
  }

  #note(worker: WorkerName, fault: unknown, faults: WorkerName[]): void {
    faults.push(worker);
    this.#ports.log(`fault:${worker}: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
}

interface Seen {
  readonly names: Names;
  readonly inspected: Inspected;
  readonly decision: Decision | undefined;
  readonly faults: WorkerName[];
  readonly masked: boolean;
  readonly input: string;
}

/** The last line of the fail-closed table: what cannot be written down does not leave, whatever the policy says. */
const UNRECORDED: SettledCall = {
  verdict: "refuse",
  decision: "deny",
  reason: "fault:ledger",
  rules: [],
  message: "the call could not be written to the ledger",
  charged: false,
};

const METHOD_POINTER = "/method";
// Where params keep what they are about. A finding elsewhere leaves the name as it is.
const NAME_POINTERS: ReadonlySet<string> = new Set([
  "/name",
  "/uri",
  "/ref/name",
  "/ref/uri",
  "/params/name",
  "/params/uri",
]);

/**
 * A URI or a name can be the secret itself. The policy is shown it, for a rule may match it; entries, log and replies are
 * not. A scanner that gave no full answer has not said that a name is harmless, unless it is one that we know.
 */
export function namesOf(
  { method, subject }: Pick<Judgeable, "method" | "subject">,
  report: Report,
  listing: Listing,
): Names {
  const found = (holds: (at: string) => boolean) => report.findings.find(({ at }) => holds(at))?.id;
  const inName = found((at) => NAME_POINTERS.has(at)), inMethod = found((at) => at === METHOD_POINTER);
  return {
    method: maskedName(method, inMethod, report.complete || subject.known),
    tool: maskedName(subject.name, inName, report.complete || listing === "listed"),
  };
}

function maskedName(name: string, finding: string | undefined, harmless: boolean): string {
  if (finding !== undefined) return `[REDACTED:${finding}]`;
  return harmless || name === "" ? name : "[NOT SCANNED]";
}

/** The name of a method cannot be masked in place: a message that has a secret there is refused. */
function refuseSecretMethod(item: Judgeable, report: Report): Judgeable {
  const ids = report.findings.filter(({ at }) => at === METHOD_POINTER).map(({ id }) => id);
  return ids.length === 0 || item.invalid !== undefined ? item : { ...item, invalid: reasonForDlp(ids) };
}

/** Does the report say what {@link EMPTY_REPORT} says, that everything was seen and nothing was found? */
function isEmpty({ complete, findings, threat }: Report): boolean {
  return complete && findings.length === 0 && threat.score === 0;
}

/** What the scanner is shown. Towards the client the text may be rewritten, so it keeps the order that it came in. */
function paramsText({ params, direction, method, subject }: Judgeable): string | undefined {
  // The name of a method that nobody knows can be anything, a secret too.
  if (!subject.known) return encodeJson({ method, params: params ?? null });
  if (params === undefined) return undefined;
  return direction === "to-client" ? encodeJson(params) : canonicalPayload(params);
}

function cleanParams({ params, subject }: Judgeable, inspected: Inspected): JsonObject | undefined {
  if (inspected.clean === undefined || params === undefined) return params;
  const shown = parsed(inspected.clean);
  const clean = subject.known || !isJsonObject(shown) ? shown : shown.params;
  // INVARIANT: the scanner masks strings inside of a value and keeps its shape. Anything else would leave unseen.
  if (!isJsonObject(clean)) {
    throw new Error("internal error: gate: the scanner changed the shape of the params");
  }
  return clean;
}

/** The value of a text that the scanner encoded. */
export function parsed(text: string): JsonValue {
  const result = parseJson(text);
  if (!result.ok) throw new Error("internal error: gate: the scanner answered with broken JSON");
  return result.value;
}
