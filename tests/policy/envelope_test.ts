import { assert, assertEquals } from "@std/assert";
import type { Decision } from "../../lib/verdict/mod.ts";
import { decide, policyOf } from "./_policy.ts";
import { Stage, type StagedCall } from "./_stage.ts";

const ENVELOPE = (text: string, more = "") => `default = "allow"\n${more}\n[envelope]\n${text}\n`;
/** Nothing but a note, whatever the score. */
const NOTED = "thresholds = { warn = 0.01, ask = 0.99, kill = 1 }";

async function stageOf(text: string, more = ""): Promise<Stage> {
  return new Stage(await policyOf(ENVELOPE(text, more)));
}

function said({ outcome, reason, envelope }: Decision): string {
  return [outcome, reason, envelope === undefined ? "-" : `${envelope.percent}`, ...envelope?.parts ?? []]
    .join(" ");
}

const times = (n: number, one: StagedCall = {}) => Array.from({ length: n }, () => one);

type Row = readonly [name: string, envelope: string, calls: readonly StagedCall[], last: string];

const ROWS: readonly Row[] = [
  ["three calls pass", "max_calls = 3", times(3), "allow default -"],
  ["the fourth ends the session", "max_calls = 3", times(4), "deny killed 100 max_calls"],
  ["and so does everything after it", "max_calls = 3", times(5), "deny killed 100 killed"],
  ["a session is not another", "max_calls = 3", [...times(4), { session: "t" }], "allow default -"],
  [
    "whatever the method, in a session that was ended",
    "max_calls = 3",
    [...times(4), { method: "resources/read", tool: "file:///x" }],
    "deny killed 100 killed",
  ],
  [
    "other methods do not count",
    "max_calls = 3",
    [...times(5, { method: "resources/read" }), ...times(3)],
    "allow default -",
  ],
  ["a duration, not reached", 'max_duration = "1h"', [{ at: 10 }, { at: 3610 }], "allow default -"],
  ["a duration, reached", 'max_duration = "1h"', [{ at: 10 }, { at: 3611 }], "deny killed 100 max_duration"],
  ["a rate", 'max_rate = "2/minute"', [{ at: 0 }, { at: 30 }, { at: 60 }, { at: 90 }], "allow default -"],
  [
    "a rate, passed",
    'max_rate = "2/minute"',
    [{ at: 0 }, { at: 30 }, { at: 59 }],
    "ask envelope 70 max_rate",
  ],
  [
    "identical calls: the order of keys and the spelling of numbers do not tell them apart",
    "max_identical_calls = 2",
    [{ args: '{"a": 1, "b": [2.0]}' }, { args: '{"b": [2], "a": 1}' }, { args: '{"a":1e0,"b":[2]}' }],
    "deny killed 85 max_identical_calls",
  ],
  [
    "other arguments are another call, to the last digit",
    "max_identical_calls = 2",
    [...times(2, { args: { a: 1 } }), { args: '{"a":1.00000000000000000001}' }, { args: { a: "1" } }],
    "allow default -",
  ],
  [
    "and so is another tool",
    "max_identical_calls = 2",
    [...times(2), ...times(2, { tool: "other" })],
    "allow default -",
  ],
  [
    "calls of one tool",
    "max_similar_calls = 2",
    [{ args: { a: 1 } }, { args: { a: 2 } }, { args: { a: 3 } }],
    "ask envelope 70 max_similar_calls",
  ],
  [
    "a call that nobody approved does not count",
    "max_similar_calls = 2\nmax_calls = 3",
    times(9),
    "ask envelope 70 max_similar_calls",
  ],
  [
    "one that a person approved does",
    "max_similar_calls = 2\nmax_calls = 3",
    times(4, { person: "approves" }),
    "deny killed 100 max_calls max_similar_calls",
  ],
  [
    "the highest severity, and a tenth of each other",
    `max_identical_calls = 1\nmax_similar_calls = 1\nmax_rate = "1/hour"\n${NOTED}`,
    times(2),
    "ask envelope 99 max_identical_calls max_similar_calls max_rate",
  ],
];

for (const [name, envelope, calls, last] of ROWS) {
  Deno.test(`envelope: ${name}`, async () => {
    const stage = await stageOf(envelope);
    assertEquals(calls.map((one) => said(stage.call(one))).at(-1), last);
  });
}

const FLOW = 'forbidden_flows = [{ from = "read_*", to = "send_*" }]';
const FLOWS: readonly Row[] = [
  ["there before", FLOW, [{ tool: "read_x" }, {}, { tool: "send_x" }], "deny killed 95 forbidden_flows"],
  ["not there", FLOW, [{ tool: "write" }, { tool: "send_x" }], "allow default -"],
  ["the other way round", FLOW, [{ tool: "send_x" }, { tool: "read_x" }], "allow default -"],
  ["in another session", FLOW, [{ tool: "read_x", session: "t" }, { tool: "send_x" }], "allow default -"],
  [
    "a resource of that name is no tool",
    FLOW,
    [{ tool: "read_x", method: "resources/read" }, { tool: "send_x" }],
    "allow default -",
  ],
  [
    "with its prefix written out",
    'forbidden_flows = [{ from = "tool:read_*", to = "send_*" }]',
    [{ tool: "read_x" }, { tool: "send_x" }],
    "deny killed 95 forbidden_flows",
  ],
  [
    "two of them",
    `forbidden_flows = [{ from = "a", to = "c" }, { from = "b", to = "c" }]\n${NOTED}`,
    [{ tool: "a" }, { tool: "b" }, { tool: "c" }],
    "deny killed 100 forbidden_flows",
  ],
  [
    "a label that is on the session",
    'forbidden_flows = [{ from = "label:pii*", to = "send_*" }]',
    [{ tool: "send_x", labels: ["pii.names"] }],
    "deny killed 95 forbidden_flows",
  ],
  [
    "a label that is not, or not any more",
    'forbidden_flows = [{ from = "label:pii*", to = "send_*" }]',
    [{ tool: "other", labels: ["pii.names"] }, { tool: "send_x", labels: ["untrusted"] }],
    "allow default -",
  ],
];

for (const [name, envelope, calls, last] of FLOWS) {
  Deno.test(`a forbidden flow, ${name}`, async () => {
    const stage = await stageOf(envelope);
    assertEquals(calls.map((one) => said(stage.call(one))).at(-1), last);
  });
}

Deno.test("a label that a rule puts on the session begins a flow", async () => {
  const rule =
    '[[rules]]\nid = "l"\neffect = "allow"\non = "result"\ntools = ["fetch"]\nadd_labels = ["untrusted"]';
  const stage = await stageOf('forbidden_flows = [{ from = "label:untrusted", to = "run" }]', rule);
  assertEquals(stage.outcomes({ tool: "run" }, { tool: "fetch" }, { tool: "run" }), "allow allow deny");
});

const WORKFLOW =
  'workflows = [{ name = "fix", steps = ["search", "read_*", "write_*", "test"], max_steps = 6 }]';
const tools = (names: string): readonly StagedCall[] => names.split(" ").map((tool) => ({ tool }));

const WALKS: readonly (readonly [name: string, calls: string, last: string])[] = [
  ["too few calls to tell", "a b", "allow default -"],
  ["like none of them", "a b c", "ask envelope 65 workflows"],
  ["in order", "search read_a write_a test", "allow default -"],
  ["in order, with another between", "search x read_a write_a", "allow default -"],
  // 0.7 · 2/4 + 0.3 · 2/5 = 0.47
  ["halfway, and nowhere since", "search read_a x y z", "allow default 40 workflows"],
  // 0.7 · 1/4 + 0.3 · 1/3 = 0.275
  ["one step of three calls", "search x y", "ask envelope 65 workflows"],
  ["out of order: only what comes in order counts", "test write_a search", "ask envelope 65 workflows"],
  // 1 · 0.7 + 0.3 · 4/7 = 0.87, halved
  ["gone, and on and on", "search read_a write_a test x y z", "allow default 40 workflows"],
];

for (const [name, calls, last] of WALKS) {
  Deno.test(`workflow, ${name}: ${calls}`, async () => {
    const stage = await stageOf(WORKFLOW);
    const decisions = tools(calls).map((one) => stage.call({ ...one, person: "approves" }));
    assertEquals(said(decisions.at(-1) ?? raise()), last);
  });
}

function raise(): never {
  throw new Error("no call");
}

Deno.test("three of seven steps are enough, to the last bit", async () => {
  const steps = ["a", "b", "c", "d", "e", "f", "g"].map((step) => `"${step}"`).join(", ");
  const stage = await stageOf(`workflows = [{ name = "w", steps = [${steps}] }]`);
  assertEquals(tools("a b c").map((one) => said(stage.call(one))).at(-1), "allow default -");
});

Deno.test("of several workflows the one that fits best counts", async () => {
  const stage = await stageOf(
    'workflows = [{ name = "a", steps = ["x", "y"] }, { name = "b", steps = ["search", "read"] }]',
  );
  assertEquals(tools("search read q").map((one) => said(stage.call(one))).at(-1), "allow default -");
});

Deno.test("the score is in the decision from warn on, and stops nothing below ask", async () => {
  const text = (warn: number) =>
    `max_similar_calls = 1\nthresholds = { warn = ${warn}, ask = 0.8, kill = 0.9 }`;
  const noted = await stageOf(text(0.7)), below = await stageOf(text(0.71));
  assertEquals(times(2).map((one) => said(noted.call(one))).at(-1), "allow default 70 max_similar_calls");
  assertEquals(times(2).map((one) => said(below.call(one))).at(-1), "allow default -");
});

const BLOCK = '[[rules]]\nid = "no"\neffect = "deny"\ntools = ["send_x"]\n';

Deno.test("a call that a rule refuses does not end the session, and does not count", async () => {
  const stage = await stageOf(`${FLOW}\nmax_calls = 2`, BLOCK);
  const calls = [...tools("read_x send_x send_x send_x other other"), { tool: "send_x" }];
  const reasons = calls.map((one) => stage.call(one)).map(({ outcome, reason }) => `${outcome} ${reason}`);
  assertEquals(reasons, [
    "allow default",
    "deny rule:no",
    "deny rule:no",
    "deny rule:no",
    "allow default",
    "deny killed",
    "deny killed",
  ]);
});

Deno.test("one that a rule holds can end it: no person is asked about what may not be", async () => {
  const stage = await stageOf(FLOW, BLOCK.replace('"deny"', '"ask"'));
  assertEquals(stage.outcomes(...tools("read_x send_x read_x")), "allow deny deny");
});

Deno.test("of two envelopes the stricter answer is heard, also where its score is the lower one", async () => {
  const policy = await policyOf([
    ENVELOPE("max_calls = 1\nthresholds = { warn = 0.1, ask = 0.5, kill = 1 }").replace(
      "max_calls",
      "max_identical_calls",
    ),
    ENVELOPE("max_similar_calls = 1\nthresholds = { warn = 0.1, ask = 0.2, kill = 0.3 }"),
  ]);
  const stage = new Stage(policy);
  const [, second, third] = times(3).map((one) => stage.call(one));
  assertEquals(second && said(second), "deny killed 85 max_identical_calls");
  assertEquals(second?.rules, ["layer2/envelope"]);
  assertEquals(third?.reason, "killed");
});

Deno.test("an envelope is over all layers: what another allows is held all the same", async () => {
  const stage = new Stage(
    await policyOf([
      '[[rules]]\nid = "all"\neffect = "allow"',
      ENVELOPE("max_similar_calls = 1"),
    ]),
  );
  assertEquals(stage.outcomes(...times(2)), "allow ask");
});

Deno.test("nothing of the arguments can be told from the name of a meter, which is in the ledger", async () => {
  const meterOf = async (ssn: string) => {
    const { charges } = (await stageOf("max_identical_calls = 2")).call({ args: { ssn } });
    return charges[0]?.meter ?? "";
  };
  const [one, again] = [await meterOf("078-05-1120"), await meterOf("078-05-1120")];
  assert(/"[0-9a-f]{32}"\]$/.test(one), one);
  // A salt of its own for each load: no dictionary of digests fits two sessions.
  assert(one !== again);
});

Deno.test("where limits and history cannot be looked at, a policy with an envelope refuses", async () => {
  assertEquals(decide(await policyOf(ENVELOPE("max_calls = 3"))).reason, "killed");
});
