/** Limits, history, masks and labels, settled in the commit of the entry. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { encodeMeter } from "../../lib/meter/codec.ts";
import { bookKey } from "../../lib/meter/mod.ts";
import { charged, EMPTY_METER } from "../../lib/meter/meter_state.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import { type Charge, type Guard, type Mark, nameOf, NO_MARKS } from "../../lib/verdict/mod.ts";
import {
  call,
  charge,
  clause,
  decision,
  die,
  entriesIn,
  limited,
  open,
  openIn,
  outcome,
  type TestLedger,
  verifyIn,
  world,
} from "./support.ts";

const AGENT = nameOf("agent", "my-agent");

function mark(scope: string, track: string, step?: number, keepMs?: number): Mark {
  return { kind: "event", scope, track, step: step ?? 0, ...(keepMs === undefined ? {} : { keepMs }) };
}

function after(scope: string, track: string, step = 0): Guard {
  return { kind: "event", holds: "after", scope, track, step };
}

function sessionOf({ opened }: TestLedger): string {
  return nameOf("session", opened.session);
}

/** A call that leaves `marks` when it is forwarded. */
function marking(...marks: readonly Mark[]) {
  return call({ decision: decision({ marks: { ...NO_MARKS, forwarded: marks } }) });
}

/** A call that is refused behind the step of the track. */
function refusedAfter(scope: string, track: string, step = 0) {
  return call({ decision: open([clause("deny", [after(scope, track, step)])]) });
}

async function verdictOf(ledger: TestLedger, record: ReturnType<typeof call>): Promise<string | undefined> {
  return (await ledger.write(record)).settled?.verdict;
}

Deno.test("a budget of money: exact, for ever, over restarts, and told in the entry", async () => {
  const here = world();
  const budget = (amount: string): Charge =>
    charge({ meter: '["key","refunds"]', limit: "2000", amount, window: { kind: "none" } });
  const first = await openIn(here);
  assertEquals(await verdictOf(first, call({ decision: limited(budget("1999.90")) })), "forward");
  assertEquals(await verdictOf(first, call({ decision: limited(budget("0.11")) })), "refuse");
  await first.close("done");
  here.clock.advanceMs(366 * 86_400_000);
  const later = await openIn(here);
  const written = await later.write(call({ decision: limited(budget("0.10")) }));
  assertEquals(written.settled?.verdict, "forward");
  assertEquals(await verdictOf(later, call({ decision: limited(budget("0.01")) })), "refuse");
  assertEquals((await entriesIn(here))[written.ref.seq]?.["charges"], [
    { amount: "0.10", limit: "2000", meter: '["key","refunds"]' },
  ]);
});

Deno.test("an allow within a limit: once it is used up, the next rule decides", async () => {
  const here = world();
  const ledger = await openIn(here);
  const one = charge({ limit: "1", window: { kind: "fixed", ms: 60_000 } });
  const rules = [
    clause("allow", [{ kind: "limit", holds: "within", charge: one }]),
    clause("ask", [], { ref: "standard/ask" }),
  ];
  assertEquals(await verdictOf(ledger, call({ decision: open(rules) })), "forward");
  assertEquals(await verdictOf(ledger, call({ decision: open(rules) })), "hold");
  here.clock.advanceMs(60_000);
  assertEquals(await verdictOf(ledger, call({ decision: open(rules) })), "forward", "the window began anew");
});

Deno.test("history: seen by the very next call, also of the same batch", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  const written = await Promise.all([
    ledger.write(refusedAfter(scope, "t")),
    ledger.write(marking(mark(scope, "t"))),
    ledger.write(refusedAfter(scope, "t")),
  ]);
  assertEquals(written.map(({ settled }) => settled?.verdict), ["forward", "forward", "refuse"]);
});

Deno.test("history of an agent is shared by its sessions and outlasts them; that of a session goes with it", async () => {
  const here = world();
  const one = await openIn(here), other = await openIn(here);
  const mine = sessionOf(one);
  assertEquals(await verdictOf(other, refusedAfter(AGENT, "t")), "forward");
  await one.write(marking(mark(AGENT, "t"), mark(mine, "t")));
  assertEquals(await verdictOf(other, refusedAfter(AGENT, "t")), "refuse", "moved by another process");
  assertEquals(await verdictOf(one, refusedAfter(mine, "t")), "refuse");
  const keys = () => [...here.rows.tables.get("history")?.keys() ?? []].toSorted();
  assertEquals(keys(), [AGENT, mine].toSorted());
  await one.close("done");
  assertEquals(keys(), [AGENT]);
  await other.close("done");
  const later = await openIn(here);
  assertEquals(await verdictOf(later, refusedAfter(AGENT, "t")), "refuse");
});

Deno.test("a session that died leaves neither history nor meters of its own behind", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  const own = charge({ meter: nameOf("calls", "session", ledger.opened.session), limit: "9" });
  await ledger.write(marking(mark(scope, "t")));
  await ledger.write(call({ decision: limited(own, charge()) }));
  die(here, ledger);
  await (await openIn(here)).close("done");
  assertEquals([...here.rows.tables.get("history")?.keys() ?? []], []);
  assertEquals([...here.rows.tables.get("meter")?.keys() ?? []], [charge().meter]);
});

Deno.test("a session takes meters of its own along whose names are too long for a key", async () => {
  const here = world();
  const ledger = await openIn(here);
  const long = "create_pull_request_review_comment_reply".repeat(5);
  const own = charge({ meter: nameOf("same", "session", ledger.opened.session, "tool", "files", long) });
  const shared = charge({ meter: nameOf("same", "tool", `"session","${ledger.opened.session}"`, long) });
  await ledger.write(call({ decision: limited(own, shared) }));
  assertEquals(here.rows.tables.get("meter")?.size, 2);
  await ledger.close("done");
  assertEquals([...here.rows.tables.get("meter")?.keys() ?? []], [bookKey(shared.meter)]);
});

Deno.test("a session with more meters of its own than one commit holds can end", async () => {
  const here = world();
  const ledger = await openIn(here);
  const own = (i: number) => charge({ meter: nameOf("same", String(i), "session", ledger.opened.session) });
  await Promise.all(
    Array.from({ length: 1300 }, (_, i) => ledger.write(call({ decision: limited(own(i)) }))),
  );
  const before = here.rows.commits;
  await ledger.close("done");
  assertEquals(here.rows.commits - before, 4, "500, 500 and 300 meters, and the close");
  assertEquals([...here.rows.tables.get("meter") ?? []], []);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("history survives a restart of the worker, and ten thousand other calls", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  await ledger.write(marking(mark(scope, "run", 0)));
  const others = marking({ kind: "call", scope }, mark(scope, "noise", 0, 1000));
  for (let i = 0; i < 10; i++) {
    await Promise.all(Array.from({ length: 1000 }, () => ledger.write(others)));
    here.clock.advanceMs(60_000);
  }
  die(here, ledger);
  const resumed = await openIn(here, { request: { resume: ledger.opened.session } });
  assertEquals(await verdictOf(resumed, refusedAfter(scope, "run", 1)), "forward");
  await resumed.write(marking(mark(scope, "run", 1)));
  assertEquals(await verdictOf(resumed, refusedAfter(scope, "run", 1)), "refuse");
});

Deno.test("a refused call leaves what refused calls leave, and charges nothing", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  const marks = { ...NO_MARKS, forwarded: [mark(scope, "forwarded")], refused: [mark(scope, "refused")] };
  await ledger.write(
    call({ decision: decision({ outcome: "deny", marks, charges: [charge({ limit: "1" })] }) }),
  );
  assertEquals(await verdictOf(ledger, refusedAfter(scope, "forwarded")), "forward");
  assertEquals(await verdictOf(ledger, refusedAfter(scope, "refused")), "refuse");
  assertEquals(await verdictOf(ledger, call({ decision: limited(charge({ limit: "1" })) })), "forward");
});

Deno.test("a session that its envelope ended stays ended, over a restart of the worker, and its kill is told", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  const envelope = {
    ref: "standard/envelope",
    scope,
    parts: [{ id: "forbidden_flows", severity: 1, guard: after(scope, "flow") }],
    workflows: [],
    workflowsAfter: 3,
    thresholds: { warn: 0.3, ask: 0.6, kill: 0.9 },
  };
  const watched = (parts = envelope.parts) =>
    call({ decision: open([], { envelopes: [{ ...envelope, parts }] }) });
  assertEquals(await verdictOf(ledger, watched()), "forward");
  await ledger.write(marking(mark(scope, "flow")));
  const killed = await ledger.write(watched());
  assertEquals([killed.settled?.verdict, killed.settled?.reason], ["refuse", "killed"]);
  assertEquals((await entriesIn(here))[killed.ref.seq]?.["envelope"], {
    parts: ["forbidden_flows"],
    percent: 100,
  });
  die(here, ledger);
  const resumed = await openIn(here, { request: { resume: ledger.opened.session } });
  const still = await resumed.write(watched([]));
  assertEquals([still.settled?.verdict, still.settled?.reason], ["refuse", "killed"]);
});

Deno.test("a dry run tells that a session would have been ended, and of what would have been refused since", async () => {
  const here = world();
  const ledger = await openIn(here, { request: { enforced: false } });
  const flow = mark(sessionOf(ledger), "flow", 0, 1000), dry = { enforced: false } as const;
  const watched = call({
    ...dry,
    decision: open([], {
      envelopes: [{
        ref: "standard/envelope",
        scope: flow.scope,
        parts: [{
          id: "forbidden_flows",
          severity: 1,
          guard: { kind: "event", holds: "after", scope: flow.scope, track: "flow", step: 0, withinMs: 1000 },
        }],
        workflows: [],
        workflowsAfter: 3,
        thresholds: { warn: 0.3, ask: 0.6, kill: 0.9 },
      }],
    }),
  });
  await ledger.write({ ...marking(flow), ...dry });
  assertEquals(await verdictOf(ledger, watched), "refuse");
  here.clock.advanceMs(60_000);
  assertEquals(await verdictOf(ledger, watched), "refuse");
});

const SSN = clause("redact", [{ kind: "limit", holds: "over", charge: charge({ limit: "1" }) }], {
  redactFields: ["ssn"],
});

Deno.test("masks that the numbers of now ask for: asked once, nothing is written, then it is taken", async () => {
  const here = world();
  const ledger = await openIn(here);
  const rules = () => open([SSN], { duties: { redactFields: ["ssn"], labels: [] } });
  // Fail-closed, the policy had it masked: there is no need to.
  const asked = await ledger.record(call({ decision: rules(), masks: ["ssn"], masked: true }));
  assertEquals(asked, { remask: [] });
  const count = (await entriesIn(here)).length;
  const within = await ledger.write(call({ decision: rules(), again: true }));
  assertEquals(
    [within.ref.seq, within.settled?.verdict],
    [count, "forward"],
    "nothing was written in between",
  );
  const over = open([SSN, clause("allow", [])]);
  assertEquals(await ledger.record(call({ decision: over })), { remask: ["ssn"] });
  const masked = await ledger.write(call({ decision: over, masks: ["ssn"], masked: true, again: true }));
  assertEquals(masked.settled?.verdict, "redact");
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("asked twice: more masks than needed are taken, fewer are refused as a fault of ours", async () => {
  const here = world();
  const ledger = await openIn(here);
  const needs = decision({ outcome: "redact", duties: { redactFields: ["ssn", "pin"], labels: [] } });
  const over = { decision: needs, masked: true, again: true };
  const more = await ledger.write(call({ ...over, masks: ["extra", "pin", "ssn"] }));
  assertEquals(more.settled?.verdict, "redact");
  const fewer = await ledger.write(call({ ...over, masks: ["pin"] }));
  assertEquals([fewer.settled?.verdict, fewer.settled?.reason], ["refuse", "fault:policy"]);
  assertEquals(await ledger.record(call({ decision: needs, masks: ["pin"] })), { remask: ["ssn", "pin"] });
  const refused = await ledger.write(call({ decision: decision({ outcome: "deny" }), masks: ["pin"] }));
  assertEquals(refused.settled?.verdict, "refuse", "what does not leave need not be masked");
});

Deno.test("calls that are asked to be masked do not hold up others of their batch", async () => {
  const here = world();
  const ledger = await openIn(here);
  const needs = call({ decision: decision({ duties: { redactFields: ["ssn"], labels: [] } }) });
  const [asked, plain] = await Promise.all([ledger.record(needs), ledger.write(call())]);
  assertEquals(asked, { remask: ["ssn"] });
  assertEquals(plain.settled?.verdict, "forward");
});

Deno.test("a result that labels: the labels are in its entry, and in the history before anybody is answered", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  const { ref } = await ledger.write(call());
  const before = here.rows.commits;
  const started = performance.now();
  const labelled = await ledger.write(
    outcome(ref.seq, { labels: ["untrusted"], marks: [mark(scope, "label")], hidden: 2 }),
  );
  assert(
    performance.now() - started < 24 || here.rows.commits === before + 1,
    "it does not wait for company",
  );
  const entry = (await entriesIn(here))[labelled.ref.seq];
  assertEquals([entry?.["labels"], entry?.["hidden"]], [["untrusted"], 2]);
  assertEquals(await verdictOf(ledger, refusedAfter(scope, "label")), "refuse");
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a label whose history cannot be kept: the outcome is refused, so that the result is not released", async () => {
  const here = world();
  const ledger = await openIn(here);
  const scope = sessionOf(ledger);
  const { ref } = await ledger.write(call());
  await damage(here, "history", scope);
  await assertRejects(
    () => ledger.write(outcome(ref.seq, { labels: ["untrusted"], marks: [mark(scope, "label")] })),
    Fault,
    "damaged",
  );
  assertEquals((await ledger.write(outcome(ref.seq))).ref.seq, ref.seq + 1);
});

async function damage(
  here: ReturnType<typeof world>,
  table: "history" | "meter",
  key: string,
): Promise<void> {
  const value = new TextEncoder().encode("nothing of ours");
  await memoryStore(here.rows).commit({ checks: [], changes: [{ table, key, value }] });
}

Deno.test("a damaged row refuses the calls that need it, with an entry, and no others", async () => {
  for (const table of ["history", "meter"] as const) {
    const here = world();
    const ledger = await openIn(here);
    const scope = sessionOf(ledger);
    await damage(here, table, table === "history" ? scope : charge().meter);
    const needing = table === "history" ? refusedAfter(scope, "t") : call({ decision: limited(charge()) });
    const [refused, plain] = await Promise.all([ledger.write(needing), ledger.write(call())]);
    assertEquals([refused.settled?.verdict, refused.settled?.reason], ["refuse", "fault:ledger"]);
    assertEquals(plain.settled?.verdict, "forward");
    const entry = (await entriesIn(here))[refused.ref.seq];
    assertEquals(entry?.["detail"], `Cannot read a ${table}: its value in the store is damaged`);
    await ledger.close("done");
    assertEquals((await verifyIn(here)).status, "intact");
  }
});

Deno.test("a dry run: what would be refused leaves all the same, marks and all, and verify pairs it", async () => {
  const here = world();
  const ledger = await openIn(here, { request: { enforced: false } });
  const scope = sessionOf(ledger);
  const dry = { enforced: false } as const;
  const marks = { ...NO_MARKS, forwarded: [mark(scope, "left")], refused: [mark(scope, "refused")] };
  const asked = clause("ask", [], { charges: [charge({ limit: "1" })] });
  const records = [
    call({ ...dry, decision: decision({ outcome: "deny", marks }) }),
    call({ ...dry, decision: open([asked]) }),
    call({ ...dry, decision: limited(charge({ limit: "1" })) }),
    { ...refusedAfter(scope, "left"), ...dry },
    { ...refusedAfter(scope, "refused"), ...dry },
  ];
  const verdicts = [];
  for (const record of records) {
    const { ref, settled } = await ledger.write(record);
    verdicts.push(settled?.verdict);
    await ledger.write(outcome(ref.seq, dry));
  }
  assertEquals(verdicts, ["refuse", "hold", "refuse", "refuse", "forward"]);
  assertEquals([...here.rows.tables.get("hold") ?? []], [], "nothing is held");
  await ledger.close("done");
  const report = await verifyIn(here);
  assertEquals([report.status, report.withoutOutcome], ["intact", 0]);
});

Deno.test("another policy: an entry, and a session that has to open again is under it", async () => {
  const here = world();
  const ledger = await openIn(here, { runningClock: true });
  const digest = `sha256:${"cd".repeat(32)}`;
  const { ref } = await ledger.write({ type: "policy", digest, name: "strict" });
  const entry = (await entriesIn(here))[ref.seq];
  assertEquals([entry?.["kind"], entry?.["policy"], entry?.["detail"]], ["policy", digest, "strict"]);
  die(here, ledger); // its lock file was removed by hand; the process runs on
  await (await openIn(here, { runningClock: true })).close("done");
  await ledger.write(call());
  const opens = (await entriesIn(here)).filter(({ kind, session }) =>
    kind === "session-open" && session === ledger.opened.session
  );
  assertEquals(opens.map(({ policy }) => policy !== digest), [true, false]);
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "recovered");
});

Deno.test("large meters are spread over commits; a call of more than one commit holds is refused", async () => {
  const here = world();
  const sizes: number[] = [];
  const ledger = await openIn(here, {
    faults: {
      before: (_, { changes }) =>
        void sizes.push(changes.reduce((sum, { value }) => sum + 64 + (value?.length ?? 0), 0)),
    },
  });
  const long: Charge = charge({ limit: "1000000000", window: { kind: "sliding", ms: 3_000_000_000_000 } });
  let state = EMPTY_METER;
  for (let i = 0; i < 4000; i++) {
    state = charged(state, [{ ...long, amount: "999999" }], 1_700_000_000_000_000 + i * 20_000_000_000);
  }
  const value = encodeMeter(state);
  const names = Array.from({ length: 32 }, (_, i) => `m${i}`);
  const changes = names.map((key) => ({ table: "meter", key, value }) as const);
  await memoryStore(here.rows).commit({ checks: [], changes });
  const of = (some: readonly string[]) =>
    call({ decision: decision({ charges: some.map((meter) => ({ ...long, meter })) }) });
  const written = await Promise.all([
    ...names.map((_, i) => ledger.write(of(names.slice(i, i + 8)))),
    ledger.write(of(names)),
  ]);
  assertEquals(written.slice(0, 32).map(({ settled }) => settled?.verdict), Array(32).fill("forward"));
  assertEquals(written[32]?.settled?.reason, "fault:ledger");
  assert(value.length * 32 > 900_000 && Math.max(...sizes) > 200_000, "they are large");
  assert(Math.max(...sizes) < 780_000, `a commit of ${Math.max(...sizes)} bytes`);
});

Deno.test("a tool whose name was masked: the name of its meter does not tell it either", async () => {
  const here = world();
  const ledger = await openIn(here);
  const secret = "ghp_notreallyatokenbutitlookslikeone";
  const meter = nameOf("rate", "layer", "files", secret);
  const limited = decision({ charges: [charge({ meter })] });
  const masked = await ledger.write(call({ tool: "[REDACTED:github-token]", decision: limited }));
  const plain = await ledger.write(
    call({ decision: decision({ charges: [charge({ meter: nameOf("rate", "x") })] }) }),
  );
  const entries = await entriesIn(here);
  assert(!JSON.stringify(entries[masked.ref.seq]).includes(secret));
  assertMatch(meterOf(entries[masked.ref.seq]), /^sha256:[0-9a-f]{64}$/);
  assertEquals(meterOf(entries[plain.ref.seq]), nameOf("rate", "x"));
});

function meterOf(entry: Record<string, unknown> | undefined): string {
  const [first] = entry?.["charges"] as readonly { readonly meter: string }[];
  return first?.meter ?? "";
}
