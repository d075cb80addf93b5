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
  type Clause,
  type Decision,
  EMPTY_REPORT,
  type Guard,
  NO_MARKS,
  type OpenDecision,
  type OpenRequest,
  type OutcomeRecord,
  type Principal,
  type WriteRequest,
  type Written,
} from "../../lib/verdict/mod.ts";

export const PRINCIPAL: Principal = { id: "my-agent", verified: false, roles: [] };
export const POLICY = `sha256:${"ab".repeat(32)}`;

export function decision(over: Partial<Decision> = {}): Decision {
  return {
    outcome: "allow",
    rules: ["standard/allow-read"],
    reason: "rule:allow-read",
    message: "",
    duties: { redactFields: [], labels: [] },
    charges: [],
    marks: NO_MARKS,
    threat: 0,
    policy: POLICY,
    failureMode: "closed",
    ...over,
  };
}

export function charge(over: Partial<Charge> = {}): Charge {
  return {
    meter: '["rate","files","read_file"]',
    limit: "2",
    window: { kind: "sliding", ms: 60_000 },
    amount: "1",
    ...over,
  };
}

/** A clause of `effect` under `guards`; its charges are those of its limits. */
export function clause(
  effect: Clause["effect"],
  guards: readonly Guard[],
  over: Partial<Clause> = {},
): Clause {
  return {
    effect,
    ref: `standard/${effect}`,
    reason: `rule:${effect}`,
    message: "",
    guards,
    unevaluable: false,
    redactFields: [],
    charges: guards.flatMap((guard) => guard.kind === "limit" ? [guard.charge] : []),
    ...over,
  };
}

/** A decision that is left open: one layer of `clauses`, `decision()` where none of them decides. */
export function open(clauses: readonly Clause[], over: Partial<Decision & OpenDecision> = {}): Decision {
  const { envelopes = [], first, layers, fallback, ...rest } = over;
  return decision({
    outcome: "deny",
    ...rest,
    open: {
      layers: layers ?? [{ clauses, redactFields: [], redactRefs: [] }],
      envelopes,
      ...(first === undefined ? {} : { first }),
      fallback: fallback ??
        { outcome: "allow", rules: ["standard/allow-read"], reason: "rule:allow-read", message: "" },
    },
  });
}

/** The clauses of a decision's only layer, to be put together anew. */
export function clausesOf({ open }: Decision): readonly Clause[] {
  return open?.layers[0]?.clauses ?? [];
}

/** As long as each of `charges` fits; then refused. */
export function limited(...charges: readonly Charge[]): Decision {
  return open(charges.map((one) =>
    clause("deny", [{ kind: "limit", holds: "over", charge: one }], {
      ref: "standard/rate",
      reason: "guardrail:rate",
      message: "too many",
    })
  ));
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
    masks: [],
    again: false,
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

/** A ledger that a test writes calls and everything else to alike; none of its calls has to be masked again. */
export type TestLedger = Omit<Ledger, "write"> & { write(request: WriteRequest): Promise<Written> };

export function simple(ledger: Ledger): TestLedger {
  return {
    opened: ledger.opened,
    record: (one) => ledger.record(one),
    write: (request) =>
      // A test that is asked for other masks fails on the `ref` that is not there.
      request.type === "call" ? ledger.record(request) as Promise<Written> : ledger.write(request),
    observe: (seen) => ledger.observe(seen),
    decidePins: (decision) => ledger.decidePins(decision),
    answers: (calls) => ledger.answers(calls),
    attest: (call, audience) => ledger.attest(call, audience),
    close: (reason) => ledger.close(reason),
  };
}

/** Another process on the same machine. */
export async function openIn(here: World, options: OpenOptions = {}): Promise<TestLedger> {
  const store = options.store ?? memoryStore(here.rows);
  return simple(
    await openLedger(openRequest(options.request), {
      store: options.faults === undefined ? store : withFaults(store, options.faults),
      keys: here.keys,
      locks: locksIn(here),
      clock: options.runningClock ? systemClock : here.clock,
    }),
  );
}

export function locksIn(here: World): SessionLocks {
  return memoryLocks(here.taken);
}

export function verifyIn(here: World): Promise<VerifyReport> {
  return verifyLedger(memoryStore(here.rows), { publicKeys: [here.keys.publicKey] });
}

/** The process dies here: nothing is closed, the system frees its lock. */
export function die(here: World, ledger: Pick<Ledger, "opened">): void {
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
