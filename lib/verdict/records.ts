/** What the gate and the commands ask the ledger to write, and what it answers. Plain data: it crosses a channel. */
import type { Decision } from "./decision.ts";
import type { Mark } from "./guard.ts";
import type { CalledTool, PinSettings, ServerPins } from "./pins.ts";
import type { ReasonCode } from "./reason.ts";
import type { Report } from "./report.ts";
import type { Direction, Principal } from "./request.ts";
import type { SettledCall } from "./settle.ts";
import type { Ref, ReplyVerdict, WorkerName } from "./words.ts";

/** A request or notice that wants to pass. Settled and charged in the commit that writes its entry. */
export interface CallRecord {
  readonly type: "call";
  readonly direction: Direction;
  /**
   * A notice has no reply, so no outcome is owed for it; neither for an input, a question that came inside a result and
   * is answered inside the next call (multi round-trip requests).
   */
  readonly form: "request" | "notice" | "input";
  readonly principal: Principal;
  readonly server: string;
  readonly method: string;
  /** Tool, prompt name or URI; empty where the method has none. */
  readonly tool: string;
  /** Canonical payload text of the params, as they would leave (after redaction duties). Hashed, never stored. */
  readonly input: string;
  readonly decision?: Decision;
  readonly report: Report;
  readonly faults: readonly WorkerName[];
  /** Was a part of it masked, by a duty or by the scanner? */
  readonly masked: boolean;
  /**
   * Fields that were masked by duty: the decision's, or those that the ledger asked for by {@link Remask}. The second time
   * (`again`) it takes more masks than needed; fewer are refused.
   */
  readonly masks: readonly string[];
  readonly again: boolean;
  /** The tool that is called, where tools are pinned. */
  readonly called?: CalledTool;
  /** Settled before any policy could be asked: the message is not one that can be judged. */
  readonly invalid?: ReasonCode;
  /** False in a dry run: the verdict is recorded and not enforced. */
  readonly enforced: boolean;
  /** For whom an attestation is made, if the call may leave; absent: none is. */
  readonly attestFor?: string;
}

/** The reply to a call, as it is handed over. */
export interface OutcomeRecord {
  readonly type: "outcome";
  /** `seq` of the call's entry. */
  readonly call: number;
  readonly direction: Direction;
  readonly principal: Principal;
  readonly server: string;
  readonly method: string;
  readonly tool: string;
  readonly verdict: ReplyVerdict;
  /** Why a reply was changed or withheld; why there is none (`upstream-exit`, `cancelled`). */
  readonly reason?: ReasonCode;
  readonly report: Report;
  /** Canonical payload text of the result or error as released; absent where nothing was. */
  readonly output?: string;
  /** Labels that the released result puts on the session, and what they leave in its history. */
  readonly labels?: readonly string[];
  readonly marks?: readonly Mark[];
  /** How many tools were taken out of a list: the policy denies them whatever the arguments, or they have drifted. */
  readonly hidden?: number;
  /** Their names, as an entry may have them. */
  readonly hiddenTools?: readonly string[];
  /** Microseconds: until the verdict, at the upstream, and from frame to released reply. */
  readonly latency: { readonly decision: number; readonly upstream: number; readonly total: number };
  readonly enforced: boolean;
}

/** The gate's own answer to a held call that no person answered: it expired, or the client cancelled it. */
export interface UnansweredRecord {
  readonly type: "unanswered";
  readonly call: number;
  readonly reason: "approval-expired" | "cancelled";
}

/** Something that never became a call: a malformed frame, a reply nobody asked for, a fault of our own. */
export interface IncidentRecord {
  readonly type: "incident";
  readonly kind: "malformed" | "fault";
  /** Where it came from. */
  readonly direction: Direction;
  readonly server: string;
  /** A stable code, such as `duplicate-key` or `upstream-exit`; never content. */
  readonly reason: string;
  readonly bytes: number;
}

/** A text that a policy was made of, as it was loaded. Kept beside the entries, for packs. */
export interface PolicyText {
  /** As the operator names it: a file, or a bundled name. */
  readonly name: string;
  readonly text: string;
}

/** Another policy is in force from here on. */
export interface PolicyRecord {
  readonly type: "policy";
  /** `sha256:<hex>`. */
  readonly digest: string;
  readonly name: string;
  readonly texts?: readonly PolicyText[];
}

export type WriteRequest = CallRecord | OutcomeRecord | UnansweredRecord | IncidentRecord | PolicyRecord;

/** The ledger's answer once the entry is durable. `settled` for calls. */
export interface Written {
  readonly ref: Ref;
  readonly settled?: SettledCall;
  /** Compact JWS; of a call that may leave, where one was asked for. */
  readonly attestation?: string;
}

/**
 * The ledger's answer to a call whose limits or history ask for other masks than were put on: nothing was written. The
 * call is masked so, and recorded again.
 */
export interface Remask {
  readonly remask: readonly string[];
}

/** A person's answer to a held call, or the gate's own; it is an entry before anybody sees it here. */
export interface Answer {
  readonly call: number;
  readonly decision: "allow" | "deny";
  readonly reason: ReasonCode;
  /** Labels that the person took off the session. */
  readonly cleared: readonly string[];
  /** Where the answer stands: what was put on the session by a later entry stays on it. */
  readonly seq?: number;
}

/** Where a ledger is. */
export interface LedgerPlace {
  /** The ledger's folder, absolute. */
  readonly folder: string;
  /** First line of checkpoints; absent: `countersign/<key id>`. */
  readonly origin?: string;
  /** A file, absolute, that gets every entry as a line. */
  readonly jsonl?: string;
}

/** Opens the ledger in a worker and begins a session. */
export interface OpenRequest extends LedgerPlace {
  readonly principal: Principal;
  readonly server: string;
  /** Digest of the policy in force, `sha256:<hex>`. */
  readonly policy: string;
  /** What that policy was made of, from the highest layer on. */
  readonly policyTexts?: readonly PolicyText[];
  readonly enforced: boolean;
  /** `full`: payloads of allowed calls are kept beside the entries. Absent: `metadata`. */
  readonly record?: "metadata" | "full";
  /** Absent: tools are not pinned. */
  readonly pins?: PinSettings;
  /** In place of `pins`, where the session has several servers. */
  readonly serverPins?: readonly ServerPins[];
  /** Session id to go on with after a restart of the worker; absent for a new session. */
  readonly resume?: string;
}

/** What a ledger says that was opened for sessions to come. */
export interface FolderOpened {
  /** Entries in the ledger now. */
  readonly entries: number;
  /** Sessions that an earlier crash left open, now noted. */
  readonly recovered: number;
}

/** What the opened ledger says. */
export interface Opened {
  readonly session: string;
  /** Key id: first 8 bytes of SHA-256 of the public key, hex. */
  readonly key: string;
  /** Entries in the ledger now. */
  readonly entries: number;
  /** Sessions that an earlier crash left open, now noted. */
  readonly recovered: number;
  /** Are the tools of the session's server pinned already? Absent where tools are not pinned. */
  readonly pinned?: boolean;
  /** Those of several servers whose tools are pinned already. */
  readonly pinnedServers?: readonly string[];
}
