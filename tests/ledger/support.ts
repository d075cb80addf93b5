/** What the tests of the ledger have in common: records to write, ledgers in memory and on disk, hands that tamper. */
import { type Clock, manualClock, systemClock } from "../../lib/base/mod.ts";
import { generateKeys } from "../../lib/identity/mod.ts";
import {
  type Keys,
  type Ledger,
  type LedgerStore,
  openLedger,
  type SessionLocks,
  verifyLedger,
  type VerifyReport,
} from "../../lib/ledger/mod.ts";
import {
  type CommitFaults,
  memoryLocks,
  type MemoryRows,
  memoryRows,
  memoryStore,
  withFaults,
} from "../../lib/store/mod.ts";
import {
  type CallRecord,
  type Charge,
  type Decision,
  EMPTY_REPORT,
  type OpenRequest,
  type OutcomeRecord,
  type Principal,
} from "../../lib/verdict/mod.ts";

export const PRINCIPAL: Principal = { id: "my-agent", verified: false, roles: [] };
export const POLICY = `sha256:${"ab".repeat(32)}`;

export function decision(over: Partial<Decision> = {}): Decision {
  return {
    outcome: "allow",
    rules: ["standard/allow-read"],
    reason: "rule:allow-read",
    message: "",
    duties: { redactFields: [] },
    charges: [],
    threat: 0,
    policy: POLICY,
    failureMode: "closed",
    ...over,
  };
}

export function charge(over: Partial<Charge> = {}): Charge {
  return {
    meter: "rate/files/read_file",
    limit: 2,
    windowMs: 60_000,
    amount: 1,
    refusal: { outcome: "deny", rules: ["standard/rate"], reason: "guardrail:rate", message: "too many" },
    ...over,
  };
}

export function call(over: Partial<CallRecord> = {}): CallRecord {
  return {
    type: "call",
    direction: "to-upstream",
    form: "request",
    principal: PRINCIPAL,
    server: "files",
    method: "tools/call",
    tool: "read_file",
    input: '{"name":"read_file","arguments":{"path":"/srv/app/README.md"}}',
    decision: decision(),
    report: EMPTY_REPORT,
    faults: [],
    masked: false,
    enforced: true,
    ...over,
  };
}

export function heldCall(over: Partial<CallRecord> = {}): CallRecord {
  return call({ decision: decision({ outcome: "ask", reason: "rule:ask-first" }), ...over });
}

export function outcome(of: number, over: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    type: "outcome",
    call: of,
    direction: "to-upstream",
    principal: PRINCIPAL,
    server: "files",
    method: "tools/call",
    tool: "read_file",
    verdict: "release",
    report: EMPTY_REPORT,
    output: '{"content":[{"text":"hello","type":"text"}]}',
    latency: { decision: 210, upstream: 1400, total: 1810 },
    enforced: true,
    ...over,
  };
}

export function openRequest(over: Partial<OpenRequest> = {}): OpenRequest {
  return {
    folder: "/nowhere",
    principal: PRINCIPAL,
    server: "files",
    policy: POLICY,
    enforced: true,
    ...over,
  };
}

/** One machine: rows, locks and keys that several "processes" share. */
export interface World {
  readonly rows: MemoryRows;
  readonly taken: Set<string>;
  readonly keys: Keys;
  readonly clock: Clock & { advanceMs(ms: number): void };
}

export function world(): World {
  return {
    rows: memoryRows(),
    taken: new Set(),
    keys: generateKeys(),
    clock: manualClock(1_790_000_000_000_000),
  };
}

export interface OpenOptions {
  readonly faults?: CommitFaults;
  readonly request?: Partial<OpenRequest>;
  readonly store?: LedgerStore;
  /** A clock that really runs, for what waits. */
  readonly runningClock?: boolean;
}

/** Another process on the same machine. */
export function openIn(here: World, options: OpenOptions = {}): Promise<Ledger> {
  const store = options.store ?? memoryStore(here.rows);
  return openLedger(openRequest(options.request), {
    store: options.faults === undefined ? store : withFaults(store, options.faults),
    keys: here.keys,
    locks: locksIn(here),
    clock: options.runningClock ? systemClock : here.clock,
  });
}

export function locksIn(here: World): SessionLocks {
  return memoryLocks(here.taken);
}

export function verifyIn(here: World): Promise<VerifyReport> {
  return verifyLedger(memoryStore(here.rows), { publicKey: here.keys.publicKey });
}

/** The process dies here: nothing is closed, the system frees its lock. */
export function die(here: World, ledger: Ledger): void {
  here.taken.delete(ledger.opened.session);
}

/** The fields of all entries, in order. */
export async function entriesIn(here: World): Promise<readonly Record<string, unknown>[]> {
  const entries: Record<string, unknown>[] = [];
  for await (const { value } of memoryStore(here.rows).scan("entry")) {
    entries.push(JSON.parse(new TextDecoder().decode(value.subarray(106))));
  }
  return entries;
}
