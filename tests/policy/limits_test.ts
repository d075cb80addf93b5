import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { call, decide, diagnosticsOf, policyOf, RUNS } from "./_policy.ts";
import { Stage, type StagedCall } from "./_stage.ts";

const DENY = (limit: string, more = "") =>
  `default = "allow"\n[[rules]]\nid = "r"\neffect = "deny"\n${more}\nover = { ${limit} }\n`;
const ALLOW = (limit: string, more = "") =>
  `default = "deny"\n[[rules]]\nid = "r"\neffect = "allow"\n${more}\nwithin = { ${limit} }\n`;

type Row = readonly [name: string, policy: string, calls: readonly StagedCall[], outcomes: string];

const amount = (value: unknown) => ({ args: { amount: value } });
const times = (n: number, one: StagedCall = {}) => Array.from({ length: n }, () => one);

const ROWS: readonly Row[] = [
  ["a rate refuses the call too many", DENY('rate = "2/minute"'), times(3), "allow allow deny"],
  [
    "a refused call is not charged, and a window slides: one second earlier it is full",
    DENY('rate = "2/minute"'),
    [{ at: 0 }, { at: 30 }, { at: 59 }, { at: 60 }, { at: 61 }, { at: 90 }],
    "allow allow deny allow deny allow",
  ],
  ["a rate with a length", DENY('rate = "1/90s"'), [{ at: 0 }, { at: 89 }, { at: 90 }], "allow deny allow"],
  ["a number of calls", DENY("calls = 2"), [{ at: 0 }, { at: 1 }, { at: 9e6 }], "allow allow deny"],
  [
    "a number of calls in a window that begins with its first call",
    DENY('calls = 2, window = "1h"'),
    [{ at: 0 }, { at: 3599 }, { at: 3599 }, { at: 3600 }, { at: 3600 }, { at: 3600 }],
    "allow allow deny allow allow deny",
  ],
  [
    "a total, to the last digit",
    DENY('sum = "amount", limit = 0.3'),
    [amount(0.1), amount("0.2"), amount("1e-30")],
    "allow allow deny",
  ],
  [
    "a total that fits",
    ALLOW('sum = "amount", limit = 100'),
    [amount(60), amount(60), amount(40)],
    "allow deny allow",
  ],
  [
    "amounts through a wildcard add up",
    DENY('sum = "items.*.price", limit = 10'),
    [{ args: { items: [{ price: 4 }, { price: "5" }] } }, { args: { items: [{ price: 2 }] } }],
    "allow deny",
  ],
  [
    "amounts in lists add up without being asked",
    DENY('sum = "items.price", limit = 10'),
    [{ args: { items: [{ price: [1, [2]] }, { price: 7 }] } }, { args: { items: { price: 0 } } }, {
      args: { items: [{ price: "0.01" }] },
    }],
    "allow allow deny",
  ],
  ["each session has a meter of its own", DENY("calls = 1"), [{}, { session: "t" }, {}], "allow allow deny"],
  [
    "an agent keeps its meter over sessions",
    DENY('calls = 1, per = "agent"'),
    [{ agent: "a" }, { agent: "b", session: "t" }, { agent: "a", session: "u" }],
    "allow allow deny",
  ],
  [
    "a tool is a tool of one server",
    DENY('calls = 1, per = "tool"'),
    [{ tool: "x" }, { tool: "y" }, { tool: "x", server: "other" }, { tool: "x", session: "t" }],
    "allow allow allow deny",
  ],
  ["a server", DENY('calls = 1, per = "server"'), [{ tool: "x" }, { tool: "y", session: "t" }], "allow deny"],
  [
    "agent and tool together, in whatever order",
    DENY('calls = 1, per = ["tool", "agent"]'),
    [{ tool: "x", agent: "a" }, { tool: "y", agent: "a" }, { tool: "x", agent: "b" }, {
      tool: "x",
      agent: "a",
    }],
    "allow allow allow deny",
  ],
  [
    "the ledger has one for all",
    DENY('calls = 1, per = "ledger"'),
    [{ agent: "a" }, { agent: "b", session: "t", server: "u", tool: "v" }],
    "allow deny",
  ],
  [
    "two rules of one key share a meter, and charge it once a call",
    `default = "allow"
[[rules]]
id = "ask"
effect = "ask"
over = { calls = 2, key = "k" }
[[rules]]
id = "soft"
effect = "deny"
tools = ["x"]
over = { calls = 1, key = "k" }
`,
    [{ tool: "y" }, { tool: "x" }, { tool: "y" }, { tool: "y" }],
    "allow deny allow ask",
  ],
  [
    "over and within in one rule: between the two limits",
    `default = "allow"
[[rules]]
id = "r"
effect = "ask"
over = { calls = 1 }
within = { calls = 2 }
`,
    times(4).map(() => ({ person: "approves" as const })),
    "allow ask allow allow",
  ],
  [
    "a call that a person lets pass is charged, one that she refuses is not",
    `default = "ask"\n[[rules]]\nid = "r"\neffect = "deny"\nover = { calls = 1 }\n`,
    [{ person: "refuses" }, { person: "approves" }, {}],
    "ask ask deny",
  ],
  [
    "a limit that a condition leaves out is not charged",
    DENY("calls = 1", "when = { a = 1 }"),
    [{ args: { a: 2 } }, { args: { a: 1 } }, { args: { a: 1 } }],
    "allow allow deny",
  ],
  [
    "lists are looked at without a charge",
    DENY("calls = 1", 'methods = ["*"]'),
    [{ method: "tools/list" }, { method: "tools/list" }, {}, {}],
    "allow allow allow deny",
  ],
];

for (const [name, policy, calls, outcomes] of ROWS) {
  Deno.test(`limits: ${name}`, async () => {
    assertEquals(new Stage(await policyOf(policy)).outcomes(...calls), outcomes);
  });
}

/** Amounts that nobody can count. */
const UNREADABLE: readonly (readonly [name: string, args: unknown])[] = [
  ["no amount", {}],
  ["a negative amount", { amount: -5 }],
  ["null", { amount: null }],
  ["a word", { amount: "five" }],
  ["an object", { amount: { value: 5 } }],
  ["an empty list", { amount: [] }],
  ["a list with a word in it", { amount: [5, "five"] }],
  ["true", { amount: true }],
  ["more digits than anybody has", '{"amount": 1e999999999}'],
  ["finer than anything is", '{"amount": 1e-999999999}'],
];

for (const [name, args] of UNREADABLE) {
  Deno.test(`a sum of ${name} is unevaluable: over refuses, within does not allow`, async () => {
    assertEquals(decide(await policyOf(DENY('sum = "amount", limit = 1e30')), { args }).outcome, "deny");
    const within = decide(await policyOf(ALLOW('sum = "amount", limit = 1e30')), { args });
    assertEquals([within.outcome, within.charges], ["deny", []]);
  });
}

Deno.test("an element of a list without its amount cannot be counted", async () => {
  for (const path of ["items.*.price", "items.price"]) {
    const policy = await policyOf(DENY(`sum = "${path}", limit = 100`));
    assertEquals(decide(policy, { args: { items: [{ price: 1 }, {}] } }).outcome, "deny", path);
    assertEquals(decide(policy, { args: { items: [] } }).outcome, "deny", path);
  }
});

Deno.test("a limit is left open, with the meter's name, the amount in plain digits and the window", async () => {
  const policy = await policyOf(
    ALLOW('sum = "amount", limit = 2e3, per = ["tool", "session"], window = "1d"'),
  );
  const { open } = policy.decide(call({ tool: "pay", args: '{"amount": "1.50e1"}' }), EMPTY_REPORT);
  const charge = {
    meter: '["rule","layer1","r","within","session","s","tool","files","pay"]',
    amount: "15",
    limit: "2000",
    window: { kind: "fixed", ms: 86_400_000 },
  } as const;
  assertEquals(open?.layers[0]?.clauses.map(({ guards, charges }) => ({ guards, charges })), [
    { guards: [{ kind: "limit", holds: "within", charge }], charges: [charge] },
  ]);
});

Deno.test("a shared key names its meter in every policy alike", async () => {
  const meters = await Promise.all(["a", "b"].map(async (name) => {
    const policy = await policyOf(`name = "${name}"\n${DENY('rate = "5/minute", key = "k", per = "agent"')}`);
    const { open } = policy.decide(call(), EMPTY_REPORT);
    return open?.layers[0]?.clauses[0]?.charges.map(({ meter }) => meter);
  }));
  assertEquals(meters, [['["key","k","agent","agent"]'], ['["key","k","agent","agent"]']]);
});

Deno.test("50 refunds of 100 under a budget of 2000: exactly 20 leave", async () => {
  const stage = new Stage(await policyOf(ALLOW('sum = "amount", limit = 2000')));
  const outcomes = times(50, amount(100)).map((one) => stage.call(one).outcome);
  assertEquals(outcomes.filter((outcome) => outcome === "allow").length, 20);
});

Deno.test("another spelling of one name has no meter of its own", async () => {
  const stage = new Stage(await policyOf(DENY('calls = 1, per = "tool"', 'methods = ["resources/read"]')));
  const read = (tool: string): StagedCall => ({ method: "resources/read", tool });
  assertEquals(stage.outcomes(read("file:///caf\u00e9"), read("file:///cafe\u0301")), "allow deny");
});

Deno.test("no meter is called by a URI: it may hold a secret, and entries say which meters they charge", async () => {
  const policy = await policyOf(DENY('calls = 1, per = "tool"', 'methods = ["resources/read"]'));
  const meterOf = (tool: string) =>
    policy.decide(call({ method: "resources/read", tool }), EMPTY_REPORT).open?.layers[0]?.clauses[0]
      ?.charges[0]
      ?.meter ?? "";
  const meter = meterOf("https://example.org/?token=hunter2");
  assertMatch(meter, /^\["rule","layer1","r","over","tool","files","sha256:[0-9a-f]{32}"\]$/);
  assertNotEquals(meterOf("https://example.org/?token=hunter3"), meter);
});

const WRONG: readonly (readonly [limit: string, said: string])[] = [
  ["", 'error 7:8 "over" says nothing to count'],
  ['rate = "5/minute", calls = 3', 'error 7:8 "over" counts rate and calls at once'],
  ['rate = "5"', 'error 7:17 "5" is not a rate'],
  ['rate = "5/min"', 'error 7:17 "5/min" is not a rate (that is called "minute" here'],
  ['rate = "5/fortnight"', 'error 7:17 "5/fortnight" is not a rate'],
  ['rate = "0/minute"', 'error 7:17 "0/minute" lets no call through'],
  ['rate = "-1/minute"', 'error 7:17 "-1/minute" is not a rate'],
  ['rate = "1.5/minute"', 'error 7:17 "1.5/minute" is not a rate'],
  ["rate = 5", 'error 7:17 "rate" is a number, and must be a string'],
  ['rate = "5/minute", window = "1h"', 'error 7:29 "window" has no meaning with "rate"'],
  ['rate = "5/minute", limit = 3', 'error 7:29 "limit" has no meaning with "rate"'],
  ["calls = 0", 'error 7:18 "calls" is 0, and must be a whole number'],
  ["calls = -3", 'error 7:18 "calls" is -3, and must be a whole number'],
  ["calls = 1.5", 'error 7:18 "calls" is 1.5, and must be a whole number'],
  ["calls = 5, limit = 5", 'error 7:21 "limit" has no meaning with "calls"'],
  ['calls = 5, window = "5"', 'error 7:30 "5" is not a duration'],
  ['sum = "amount"', 'error 7:10 "limit" is missing beside "sum"'],
  ['sum = "amount", limit = 0', 'error 7:34 "limit" is zero'],
  ['sum = "amount", limit = -5', 'error 7:34 "limit" is negative'],
  ['sum = "amount", limit = 1e200', 'error 7:34 "limit" is a number of absurd size'],
  ['sum = "a..b", limit = 5', 'error 7:16 "a..b" is not a path'],
  ['calls = 5, per = "user"', 'error 7:27 unknown word for "per" "user" (that is called "agent" here'],
  ['calls = 5, per = "sesion"', 'error 7:27 unknown word for "per" "sesion" (did you mean "session"?'],
  ["calls = 5, per = []", 'error 7:27 "per" is an empty list'],
  ["calls = 5, per = [3]", 'error 7:28 "per" holds a number'],
  ['calls = 5, per = ["tool", "tool"]', 'error 7:36 "per" names the same twice'],
  ['calls = 5, per = ["tool", "ledger"]', 'error 7:27 "ledger" is one meter for all'],
  ['calls = 5, key = "a b"', 'error 7:27 "key" is "a b", which it cannot be'],
  ["cals = 5", 'error 7:10 unknown key "cals" in "over" (did you mean "calls"?)'],
];

for (const [limit, said] of WRONG) {
  Deno.test(`over = { ${limit} } is refused, with its place`, async () => {
    const found = await diagnosticsOf(DENY(limit));
    assertEquals(found.filter((line) => line.startsWith(said)).length, 1, found.join("\n"));
  });
}

Deno.test("rules of one key that count amounts and calls are refused, naming both", async () => {
  const rule = (id: string, limit: string) =>
    `[[rules]]\nid = "${id}"\neffect = "deny"\ntools = ["x"]\nover = { ${limit} }\n`;
  const found = await diagnosticsOf([
    rule("a", 'sum = "amount", limit = 5, key = "k"'),
    rule("b", 'calls = 5, key = "k"'),
  ]);
  assertEquals(found, [
    'error 6:8 "b" and "a" share the key "k": one counts calls, one amounts (give one of them a key of its own, or let ' +
    "both count the same)",
  ]);
});

Deno.test("rules of one key that count for different owners share nothing, which is said", async () => {
  const rule = (id: string, limit: string) =>
    `[[rules]]\nid = "${id}"\neffect = "deny"\ntools = ["x"]\nover = { ${limit} }\n`;
  const found = await diagnosticsOf(
    rule("a", 'calls = 9, key = "k", per = "agent"') +
      rule("b", 'calls = 5, key = "k", per = ["tool", "agent"]'),
  );
  assertEquals(found.map((line) => line.split(" (")[0]), [
    'warning 11:8 "b" and "a" share the key "k", and no meter: one counts per agent and tool, one per agent',
  ]);
});

const rule = (id: string, effect: string, ...more: readonly string[]) =>
  `[[rules]]\nid = "${id}"\neffect = "${effect}"\n${more.join("\n")}\n`;
const BUDGET = 'tools = ["refund"]\nwithin = { calls = 5 }';

const USELESS: readonly (readonly [name: string, layers: string | readonly string[], said: string])[] = [
  [
    "the default allows",
    'default = "allow"\n' + rule("r", "allow", BUDGET),
    'warning 7:10 the limit of rule "r" stops nothing: what does not fit is allowed by the default',
  ],
  [
    "the default of another layer allows",
    ['default = "allow"', rule("r", "allow", BUDGET)],
    'warning 6:10 the limit of rule "r" stops nothing: what does not fit is allowed by the default',
  ],
  [
    "a rule below allows all of it",
    rule("r", "allow", BUDGET) + rule("all", "allow", 'tools = ["*"]'),
    'warning 6:10 the limit of rule "r" stops nothing: what does not fit is allowed by "all"',
  ],
  ["the default refuses", 'default = "deny"\n' + rule("r", "allow", BUDGET), ""],
  ["no default refuses", rule("r", "allow", BUDGET), ""],
  ["a rule below holds", 'default = "allow"\n' + rule("r", "allow", BUDGET) + rule("rest", "ask"), ""],
  [
    "a layer below refuses some",
    [
      'default = "allow"\n' + rule("r", "allow", BUDGET),
      rule("s", "deny", 'tools = ["re*"]', "when = { a = 1 }"),
    ],
    "",
  ],
  [
    "what refuses is about another tool",
    'default = "allow"\n' + rule("r", "allow", BUDGET) + rule("s", "deny", 'tools = ["other"]'),
    'warning 7:10 the limit of rule "r" stops nothing: what does not fit is allowed by the default',
  ],
  [
    "an allow over a limit",
    rule("r", "allow", "over = { calls = 5 }"),
    'warning 5:8 rule "r" allows calls over the limit, and no others',
  ],
  [
    "a deny within a limit",
    rule("r", "deny", "within = { calls = 5 }"),
    'warning 5:10 rule "r" refuses calls that fit the limit, and no others',
  ],
  ["between two limits", rule("r", "ask", "over = { calls = 5 }", "within = { calls = 9 }"), ""],
  [
    "a sum of everything",
    rule("r", "ask", 'over = { sum = "a.b", limit = 5 }'),
    'warning 5:8 rule "r" holds every call without "a.b", of any tool: it cannot be counted',
  ],
  [
    "a sum of what is there",
    rule("r", "deny", 'over = { sum = "a.b", limit = 5 }', 'when = { "a.b" = { exists = true } }'),
    "",
  ],
  [
    "a rule with a limit does not hide the one below it",
    'default = "deny"\n' + rule("r", "deny", "over = { calls = 5 }") + rule("s", "allow", 'tools = ["x"]'),
    "",
  ],
];

for (const [name, layers, said] of USELESS) {
  Deno.test(`limits are ${said === "" ? "sound" : "warned about"}: ${name}`, async () => {
    assertEquals(
      (await diagnosticsOf(layers)).map((line) => line.split(" (")[0] ?? ""),
      said === "" ? [] : [said],
    );
  });
}

Deno.test("what leaves under a budget is what fits, to the last digit, however the amounts are written", async () => {
  const cents = fc.record({ amount: fc.nat(5000), places: fc.nat(3), quoted: fc.boolean() });
  const written = (units: number, places: number) => (units / 10 ** places).toFixed(places);
  await fc.assert(
    fc.asyncProperty(fc.nat(20_000), fc.array(cents, { maxLength: 20 }), async (limit, calls) => {
      const stage = new Stage(await policyOf(ALLOW(`sum = "amount", limit = ${written(limit + 1, 3)}`)));
      let left = limit + 1;
      for (const { amount, places, quoted } of calls) {
        const thousandths = amount * 10 ** (3 - places);
        const text = written(amount, places);
        const { outcome } = stage.call({ args: `{"amount": ${quoted ? `"${text}"` : text}}` });
        assertEquals(outcome, thousandths <= left ? "allow" : "deny");
        if (outcome === "allow") left -= thousandths;
      }
    }),
    { numRuns: RUNS },
  );
});
