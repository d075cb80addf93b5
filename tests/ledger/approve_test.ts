/** A person lets a held call go: it is decided again with the numbers of that instant. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { answerCall, type PersonsAnswer } from "../../lib/ledger/mod.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import { type Charge, type Clause, type Guard, type Mark, nameOf, NO_MARKS } from "../../lib/verdict/mod.ts";
import {
  call,
  charge,
  clause,
  decision,
  entriesIn,
  heldCall,
  limited,
  locksIn,
  open,
  openIn,
  verifyIn,
  type World,
  world,
} from "./support.ts";

const AGENT = nameOf("agent", "my-agent");
const ASK = clause("ask", [], { ref: "standard/ask-first", reason: "rule:ask-first" });

/** A person in another terminal. */
function person(here: World, answer: PersonsAnswer) {
  const { keys, clock } = here;
  return answerCall({ store: memoryStore(here.rows), keys, clock, locks: locksIn(here) }, answer);
}

async function refusalOf(here: World, seq: number): Promise<string> {
  const result = await person(here, { call: seq, decision: "allow" });
  if (result.ok) throw new Error("the answer was taken");
  return result.error;
}

async function approved(here: World, seq: number, over: Partial<PersonsAnswer> = {}) {
  const result = await person(here, { call: seq, decision: "allow", ...over });
  if (!result.ok) throw new Error(result.error);
  return (await entriesIn(here))[result.value.seq];
}

function mark(track: string): Mark {
  return { kind: "event", scope: AGENT, track, step: 0 };
}

function after(track: string): Guard {
  return { kind: "event", holds: "after", scope: AGENT, track, step: 0 };
}

function limit(holds: "over" | "within", one: Charge): Guard {
  return { kind: "limit", holds, charge: one };
}

interface Row {
  readonly name: string;
  readonly rules: readonly Clause[];
  /** What else was charged while it was held. */
  readonly meanwhile: Charge;
  readonly says: string;
}

const total = charge({ limit: "5", amount: "3", window: { kind: "none" } });
const daily = charge({ limit: "5", amount: "3", window: { kind: "fixed", ms: 60_000 } });
const large = charge({ limit: "5", amount: "6", window: { kind: "sliding", ms: 60_000 } });

const REFUSED: readonly Row[] = [
  {
    name: "a total that is used up by now",
    rules: [clause("deny", [limit("over", total)]), ASK],
    meanwhile: total,
    says: "its limit is used up (5 in all)",
  },
  {
    name: "a window that begins anew",
    rules: [clause("deny", [limit("over", daily)]), ASK],
    meanwhile: daily,
    says: "its limit is used up (5 in 60 s); it fits in 60 s, at 2026-",
  },
  {
    name: "a limit within which it would have been asked about",
    rules: [clause("ask", [limit("within", daily)]), clause("deny", [])],
    meanwhile: daily,
    says: "its limit is used up (5 in 60 s); it fits in 60 s, at 2026-",
  },
];

for (const { name, rules, meanwhile, says } of REFUSED) {
  Deno.test(`an approval is refused, and the call still held: ${name}`, async () => {
    const here = world();
    const ledger = await openIn(here);
    const held = await ledger.write(call({ decision: open(rules) }));
    assertEquals(held.settled?.verdict, "hold");
    await ledger.write(call({ decision: decision({ charges: [meanwhile] }) }));
    const refusal = await refusalOf(here, held.ref.seq);
    assert(refusal.startsWith(says), refusal);
    assertEquals(await ledger.answers([held.ref.seq]), []);
    here.clock.advanceMs(60_000);
    if (meanwhile.window.kind !== "none") await approved(here, held.ref.seq);
    await ledger.close("done");
    assertEquals((await verifyIn(here)).status, "intact");
  });
}

Deno.test("an approval is refused where history has moved on, in the words of the rule", async () => {
  const here = world();
  const ledger = await openIn(here);
  const rules = [
    clause("deny", [after("breach")], { ref: "standard/after-breach", reason: "rule:after-breach" }),
    ASK,
  ];
  const held = await ledger.write(call({ decision: open(rules) }));
  await ledger.write(call({ decision: decision({ marks: { ...NO_MARKS, forwarded: [mark("breach")] } }) }));
  assertEquals(
    await refusalOf(here, held.ref.seq),
    "the policy refuses it with the numbers of now: rule:after-breach (standard/after-breach)",
  );
});

Deno.test("an approval that history refuses is not put off with a limit that is used up as well", async () => {
  const here = world();
  const ledger = await openIn(here);
  const breach = clause("deny", [after("breach")], {
    ref: "standard/after-breach",
    reason: "rule:after-breach",
  });
  const budget = clause("allow", [limit("within", large)]);
  const layers = [[breach], [budget, ASK]].map((clauses) => ({ clauses, redactFields: [], redactRefs: [] }));
  const held = await ledger.write(call({ decision: open([], { layers }) }));
  assertEquals(held.settled?.verdict, "hold");
  await ledger.write(call({ decision: decision({ marks: { ...NO_MARKS, forwarded: [mark("breach")] } }) }));
  assertEquals(
    await refusalOf(here, held.ref.seq),
    "the policy refuses it with the numbers of now: rule:after-breach (standard/after-breach)",
  );
});

Deno.test("a limit that asks is what the person answers: approved, it is charged beyond it", async () => {
  const here = world();
  const ledger = await openIn(here);
  const rules = [clause("ask", [limit("over", large)]), clause("allow", [])];
  const held = await ledger.write(call({ decision: open(rules) }));
  assertEquals(held.settled?.verdict, "hold");
  const entry = await approved(here, held.ref.seq);
  assertEquals(entry?.["charges"], [
    { amount: "6", limit: "5", meter: charge().meter, window_ms: 60_000 },
  ]);
  assertEquals(
    (await ledger.write(call({ decision: limited(charge({ limit: "6" })) }))).settled?.verdict,
    "refuse",
  );
});

Deno.test("an approval that would need other masks by now is refused", async () => {
  const here = world();
  const ledger = await openIn(here);
  const redact = clause("redact", [after("seen")], { redactFields: ["ssn"] });
  const layers = [[redact], [ASK]].map((clauses) => ({ clauses, redactFields: [], redactRefs: [] }));
  const both = open([], { layers });
  const held = await ledger.write(call({ decision: both }));
  await ledger.write(call({ decision: decision({ marks: { ...NO_MARKS, forwarded: [mark("seen")] } }) }));
  assert((await refusalOf(here, held.ref.seq)).startsWith("what it would send has to be masked otherwise"));
  const masked = await ledger.write(call({ decision: both, masks: ["ssn"], masked: true }));
  assertEquals(masked.settled?.verdict, "hold");
  await approved(here, masked.ref.seq);
});

Deno.test("events of an approval: put when a person approves, for the rules that held it, and never by a call", async () => {
  const here = world();
  const ledger = await openIn(here);
  const marks = {
    ...NO_MARKS,
    forwarded: [mark("tool")],
    refused: [mark("refused")],
    approved: [{ mark: mark("any") }, { mark: mark("held by"), rules: ["standard/ask-first"] }, {
      mark: mark("other rule"),
      rules: ["standard/other"],
    }],
  };
  const reached = async (...tracks: readonly string[]) => {
    const answers = [];
    for (const track of tracks) {
      const one = await ledger.write(call({ decision: open([clause("deny", [after(track)])]) }));
      answers.push(one.settled?.verdict === "refuse");
    }
    return answers;
  };
  await ledger.write(call({ decision: decision({ marks }) }));
  assertEquals(await reached("tool", "any", "held by", "other rule"), [true, false, false, false]);
  const held = await ledger.write(call({ decision: open([ASK], { marks }) }));
  assertEquals(await reached("any", "refused"), [false, false], "a call that is held leaves nothing yet");
  await approved(here, held.ref.seq);
  assertEquals(await reached("any", "held by", "other rule", "refused"), [true, true, false, false]);
});

const ENDS: Readonly<
  Record<string, (here: World, seq: number, ledger: Awaited<ReturnType<typeof openIn>>) => Promise<unknown>>
> = {
  "denied by a person": (here, seq) => person(here, { call: seq, decision: "deny" }),
  "expired": (_, seq, ledger) => ledger.write({ type: "unanswered", call: seq, reason: "approval-expired" }),
  "ended with its session": (_, __, ledger) => ledger.close("done"),
};

for (const [name, end] of Object.entries(ENDS)) {
  Deno.test(`a held call that is ${name} was refused, and history says so`, async () => {
    const here = world();
    const ledger = await openIn(here);
    const marks = { ...NO_MARKS, refused: [mark("refused")] };
    const held = await ledger.write(heldCall({ decision: decision({ outcome: "ask", marks }) }));
    await end(here, held.ref.seq, ledger);
    const other = await openIn(here);
    const next = await other.write(call({ decision: open([clause("deny", [after("refused")])]) }));
    assertEquals(next.settled?.verdict, "refuse");
  });
}

Deno.test("labels that a person clears: in the entry, once each, and in the answer; only an approval clears", async () => {
  const here = world();
  const ledger = await openIn(here);
  const one = await ledger.write(heldCall()), other = await ledger.write(heldCall());
  const entry = await approved(here, one.ref.seq, { cleared: ["web", "untrusted", "web"] });
  assertEquals(entry?.["cleared"], ["untrusted", "web"]);
  const [answer] = await ledger.answers([one.ref.seq]);
  assertEquals([answer?.cleared, answer?.seq], [["untrusted", "web"], entry?.["seq"] as number]);
  const bad: readonly PersonsAnswer[] = [
    { call: other.ref.seq, decision: "deny", cleared: ["web"] },
    { call: other.ref.seq, decision: "allow", cleared: [""] },
    { call: other.ref.seq, decision: "allow", cleared: ["x".repeat(129)] },
    { call: other.ref.seq, decision: "allow", cleared: Array.from({ length: 33 }, (_, i) => `${i}`) },
  ];
  for (const answer of bad) {
    assertEquals(
      (await assertRejects(() => person(here, answer), Fault, "Cannot clear a label")).code,
      "usage",
    );
  }
  assertEquals(await ledger.answers([other.ref.seq]), [], "it is still held");
});

Deno.test("a decision that is too large to be kept with its hold: refused as a fault of ours, not the batch", async () => {
  const here = world();
  const ledger = await openIn(here);
  const many = Array.from(
    { length: 400 },
    (_, i) => clause("deny", [after(`track ${i}`)], { message: "x".repeat(100) }),
  );
  const [refused, plain] = await Promise.all([
    ledger.write(call({ decision: open([...many, ASK]) })),
    ledger.write(call()),
  ]);
  assertEquals([refused.settled?.verdict, refused.settled?.reason], ["refuse", "fault:ledger"]);
  assertEquals(plain.settled?.verdict, "forward");
});

const DAMAGED: Readonly<Record<string, (hold: Record<string, unknown>) => unknown>> = {
  "no decision": ({ decision: _, ...hold }) => hold,
  "rules that are no texts": (hold) => ({ ...hold, rules: [1] }),
  "marks of which one list is missing": (hold) => ({
    ...hold,
    decision: { ...hold["decision"] as object, marks: {} },
  }),
  "clauses that are none": (hold) => ({
    ...hold,
    decision: { ...hold["decision"] as object, open: { layers: [1], envelopes: [], fallback: {} } },
  }),
};

for (const [name, damage] of Object.entries(DAMAGED)) {
  Deno.test(`a hold whose row is damaged approves nothing: ${name}`, async () => {
    const here = world();
    const ledger = await openIn(here);
    const { ref } = await ledger.write(call({ decision: open([ASK]) }));
    const store = memoryStore(here.rows);
    const row = JSON.parse(new TextDecoder().decode((await store.read("hold", ref.seq))?.value));
    const value = new TextEncoder().encode(JSON.stringify(damage(row)));
    await store.commit({ checks: [], changes: [{ table: "hold", key: ref.seq, value }] });
    await assertRejects(() => person(here, { call: ref.seq, decision: "allow" }), Fault, "damaged");
    assertEquals(await store.read("answer", ref.seq), undefined);
  });
}

Deno.test("two persons approve two calls under a limit of one at once: one passes", async () => {
  const here = world();
  const ledger = await openIn(here);
  const once = [clause("deny", [limit("over", charge({ limit: "1" }))]), ASK];
  const held = await Promise.all([1, 2].map(() => ledger.write(call({ decision: open(once) }))));
  const answers = await Promise.all(
    held.map(({ ref }) => person(here, { call: ref.seq, decision: "allow" })),
  );
  assertEquals(answers.filter(({ ok }) => ok).length, 1);
});
