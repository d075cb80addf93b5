/** What the gate needs from the rest of the house. */
import type { Clock } from "../base/mod.ts";
import type { SchemaAnswer, SchemaQuestion } from "../schema/mod.ts";
import type {
  AccessRequest,
  Answer,
  CallRecord,
  Decision,
  Direction,
  PinAnswer,
  PinObservation,
  Principal,
  Remask,
  Report,
  WriteRequest,
  Written,
} from "../verdict/mod.ts";

/** A text to look into, with what the scanner's exceptions depend on. */
export interface Inspection {
  /** Strict JSON. ATTACKER-CONTROLLED. */
  readonly text: string;
  readonly direction: Direction;
  readonly server: string;
  readonly tool: string;
  readonly method: string;
}

/** What the scanner saw, and for the way to the client what is left when the secrets are masked. */
export interface Inspected {
  readonly report: Report;
  /** JSON text of the same value with each finding masked in place; absent where nothing had to be. */
  readonly clean?: string;
  /** A finding cannot be masked: the value must not be handed over at all. */
  readonly withhold?: boolean;
}

export interface ScanPort {
  inspect(inspection: Inspection): Promise<Inspected>;
  /** Does a value fit all these schemas? ATTACKER-CONTROLLED, all of it. */
  fits(question: SchemaQuestion): Promise<SchemaAnswer>;
}

export interface PolicyPort {
  decide(request: AccessRequest, report: Report): Promise<Decision>;
  /** Does the policy in force take tools out of lists that it denies whatever the arguments? */
  readonly hidesTools: boolean;
  /** Those of `names` (ATTACKER-CONTROLLED) that are denied whatever the arguments. `request`: of a call without a name. */
  hidden(request: AccessRequest, names: readonly string[]): Promise<readonly string[]>;
}

/** What is written without being settled: everything but calls. */
export type Note = Exclude<WriteRequest, CallRecord>;

/** Resolves once the entry is durable. */
export interface LedgerPort {
  /** Settles a call and writes its entry; or writes nothing, and says which masks the numbers of now ask for. */
  record(call: CallRecord): Promise<Written | Remask>;
  write(note: Note): Promise<Written>;
  /** Those of the held calls that were answered by now. */
  answers(calls: readonly number[]): Promise<readonly Answer[]>;
  /** The attestation, for `audience`, of a held call that was let pass. */
  attest(call: number, audience: string): Promise<string>;
}

/** Resolves once what changed about a server's tools is durable. */
export interface PinPort {
  /** Was the server pinned in an earlier session? */
  readonly isKnown: boolean;
  observe(seen: PinObservation): Promise<PinAnswer>;
}

export interface GatePorts {
  readonly scan: ScanPort;
  readonly policy: PolicyPort;
  readonly ledger: LedgerPort;
  /** Absent where tools are not pinned. */
  readonly pins?: PinPort;
  /** Takes one line for the client; never waits. */
  readonly client: (line: string) => void;
  /** As `client`, for what came on the stream of a request that has ended: it is about no other. Absent: `client`. */
  readonly late?: (line: string) => void;
  /** Takes one line for the upstream; never waits. */
  readonly upstream: (line: string) => void;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  readonly clock: Clock;
  /** Resolves after `ms` milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
}

export interface GateSettings {
  /** Name of the upstream, as rules and entries know it. */
  readonly server: string;
  /** Who calls at `nowMs` (since the Unix epoch): a token expires. */
  readonly principal: (nowMs: number) => Principal;
  /** Is every call refused whose agent is not verified? */
  readonly verifiedOnly: boolean;
  readonly session: string;
  readonly refusalStyle: "result" | "error";
  readonly holdTimeoutMs: number;
  /** For whom forwarded requests are attested; absent: they are not. */
  readonly attestFor?: string | undefined;
  /** False in a dry run: everything is judged and recorded, and nothing is stopped or changed. */
  readonly enforced: boolean;
}
