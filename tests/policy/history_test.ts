import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { splitStep } from "../../lib/policy/read_history.ts";
import { type AccessRequest, EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { call, diagnosticsOf, policyOf, RUNS } from "./_policy.ts";
import { Stage, type StagedCall } from "./_stage.ts";

const rule = (id: string, effect: string, ...more: readonly string[]) =>
  `[[rules]]\nid = "${id}"\neffect = "${effect}"\n${more.join("\n")}\n`;
const ALLOWS = 'default = "allow"\n';

type Row = readonly [
  name: string,
  policy: string | readonly string[],
  calls: readonly StagedCall[],
  outcomes: string,
];

const COOLDOWN = ALLOWS +
  rule("r", "deny", 'tools = ["delete_*"]', 'after = { event = "tool:create_*", within = "5m" }');
const GATE = ALLOWS + rule("asks", "ask", 'tools = ["plan"]') +
  rule("r", "deny", 'tools = ["pay_*"]', 'not_after = { event = "approval:*", within = "30m" }');
const remove = { tool: "delete_x" }, create = { tool: "create_x" };
const approved: StagedCall = { tool: "plan", person: "approves" };

const EVENTS: readonly Row[] = [
  ["without the event nothing is refused", COOLDOWN, [remove], "allow"],
  ["after the event, up to the very millisecond", COOLDOWN, [
    create,
    { ...remove, at: 0 },
    { ...remove, at: 300 },
    { ...remove, at: 300.001 },
  ], "allow deny deny allow"],
  [
    "the latest event counts",
    COOLDOWN,
    [create, { ...create, at: 200 }, { ...remove, at: 400 }],
    "allow allow deny",
  ],
  [
    "an event of another session does not count",
    COOLDOWN,
    [create, { ...remove, session: "t" }],
    "allow allow",
  ],
  [
    "without within: as long as the session",
    ALLOWS + rule("r", "deny", 'tools = ["delete_*"]', 'after = { event = "tool:create_*" }'),
    [create, { ...remove, at: 9e6 }],
    "allow deny",
  ],
  [
    "of an agent: over sessions, and each agent its own",
    ALLOWS +
    rule(
      "r",
      "deny",
      'tools = ["delete_*"]',
      'after = { event = "tool:create_*", within = "5m", per = "agent" }',
    ),
    [{ ...create, agent: "a" }, { ...remove, agent: "a", session: "t" }, { ...remove, agent: "b" }],
    "allow deny allow",
  ],
  [
    "a refused call is no tool event, and is a refused one",
    ALLOWS + rule("no", "deny", 'tools = ["create_bad"]') +
    rule("x", "ask", 'tools = ["delete_*"]', 'after = { event = "refused:create_*" }') +
    rule("r", "deny", 'tools = ["delete_*"]', 'after = { event = "tool:create_*" }'),
    [{ tool: "create_bad" }, remove, create, remove],
    "deny ask allow ask",
  ],
  [
    "another method with a name like it is no call of the tool",
    COOLDOWN,
    [{ tool: "create_x", method: "prompts/get" }, remove],
    "allow allow",
  ],
  ["what needs an approval is refused without one, and passes within the time", GATE, [
    { tool: "pay_bill" },
    approved,
    { tool: "pay_bill", at: 1800 },
    { tool: "pay_bill", at: 1801 },
  ], "deny ask allow deny"],
  [
    "a person's refusal is no approval",
    GATE,
    [{ tool: "plan", person: "refuses" }, { tool: "pay_bill" }],
    "ask deny",
  ],
  [
    "a held call that nobody answers is no approval",
    GATE,
    [{ tool: "plan" }, { tool: "pay_bill" }],
    "ask deny",
  ],
  [
    "no call makes an approval, whatever its tool is called",
    ALLOWS + rule("r", "deny", 'tools = ["pay_*"]', 'not_after = { event = "approval:approve" }'),
    [{ tool: "approve" }, { tool: "approval:approve", listing: "listed" }, { tool: "pay_bill" }],
    "allow allow deny",
  ],
  [
    "an approval of a tool",
    ALLOWS + rule("asks", "ask", 'tools = ["plan", "other"]') +
    rule("r", "deny", 'tools = ["pay_*"]', 'not_after = { event = "approval:plan" }'),
    [{ tool: "other", person: "approves" }, { tool: "pay_bill" }, approved, { tool: "pay_bill" }],
    "ask deny ask allow",
  ],
  [
    "an approval of a rule, by its id or with its layer",
    ALLOWS + rule("four-eyes", "ask", 'tools = ["plan"]') + rule("else", "ask", 'tools = ["other"]') +
    rule("r", "deny", 'tools = ["pay_1"]', 'not_after = { event = "approval:four-*" }') +
    rule("s", "deny", 'tools = ["pay_2"]', 'not_after = { event = "approval:layer1/four-eyes" }'),
    [
      { tool: "other", person: "approves" },
      { tool: "pay_1" },
      { tool: "pay_2" },
      approved,
      { tool: "pay_1" },
      { tool: "pay_2" },
    ],
    "ask deny deny ask allow allow",
  ],
  [
    "a rule that masks a held call does not hold it: its approval is none of that rule's",
    [
      rule("pay-mask", "redact", 'redact_fields = ["card"]'),
      ALLOWS + rule("asks", "ask", 'tools = ["other"]') + rule("pay-asks", "ask", 'tools = ["plan"]') +
      rule("r", "deny", 'tools = ["pay_1"]', 'not_after = { event = "approval:pay-*" }'),
    ],
    [{ tool: "other", person: "approves" }, { tool: "pay_1" }, approved, { tool: "pay_1" }],
    "ask deny ask redact",
  ],
  [
    "a label that was put on",
    ALLOWS + rule("l", "allow", 'on = "result"', 'tools = ["web"]', 'add_labels = ["untrusted"]') +
    rule("r", "deny", 'tools = ["send"]', 'after = { event = "label:untrusted", within = "5m" }'),
    [{ tool: "send" }, { tool: "web" }, { tool: "send" }, { tool: "send", at: 301 }],
    "allow allow deny allow",
  ],
  [
    "after and not_after in one rule: between five and ten minutes ago",
    ALLOWS +
    rule(
      "r",
      "ask",
      'tools = ["delete_*"]',
      'after = { event = "tool:create_*", within = "10m" }',
      'not_after = { event = "tool:create_*", within = "5m" }',
    ),
    [create, { ...remove, at: 100 }, { ...remove, at: 400 }, { ...remove, at: 700 }],
    "allow allow ask allow",
  ],
  [
    "an allow rule that looks back",
    'default = "deny"\n' + rule("c", "allow", 'tools = ["create_*"]') +
    rule("r", "allow", 'tools = ["delete_*"]', 'after = { event = "tool:create_*" }'),
    [remove, create, remove],
    "deny allow allow",
  ],
  [
    "together with a condition on the arguments",
    ALLOWS +
    rule(
      "r",
      "deny",
      'tools = ["delete_*"]',
      "when = { all = [{ n = 1 }] }",
      'after = { event = "tool:create_*" }',
    ),
    [create, { ...remove, args: { n: 2 } }, { ...remove, args: { n: 1 } }],
    "allow allow deny",
  ],
];

const LEAK = ALLOWS + rule("r", "deny", 'sequence = ["read_file:*.env*", "run_command:*curl*"]');
const THREE = ALLOWS + rule("r", "deny", 'sequence = { steps = ["a", "b", "c"], within = "10m" }');
const read = (path: unknown): StagedCall => ({ tool: "read_file", args: { path } });
const run = (command: unknown): StagedCall => ({ tool: "run_command", args: { command } });

const SEQUENCES: readonly Row[] = [
  ["the last step after the first", LEAK, [read("/app/.env.local"), run("curl x")], "allow deny"],
  [
    "others may come between",
    LEAK,
    [read(".env"), read("x"), { tool: "y" }, run("curl")],
    "allow allow allow deny",
  ],
  ["the other way round", LEAK, [run("curl x"), read(".env"), run("ls")], "allow allow allow"],
  ["another argument", LEAK, [read("notes.txt"), run("curl x")], "allow allow"],
  ["case counts", LEAK, [read(".ENV"), run("curl x")], "allow allow"],
  [
    "every string in the arguments: deep, in lists, and names of fields",
    LEAK,
    [{ tool: "read_file", args: { a: [1, { ".env": true }] } }, {
      tool: "run_command",
      args: { x: [["a curl"]] },
    }],
    "allow deny",
  ],
  [
    "on NFC",
    ALLOWS + rule("r", "deny", 'sequence = ["a:caf\u00e9", "b"]'),
    [{ tool: "a", args: { x: "cafe\u0301" } }, { tool: "b" }],
    "allow deny",
  ],
  ["three steps in order", THREE, [{ tool: "a" }, { tool: "b" }, { tool: "c" }], "allow allow deny"],
  [
    "a step left out",
    THREE,
    [{ tool: "a" }, { tool: "c" }, { tool: "b" }, { tool: "c" }],
    "allow allow allow deny",
  ],
  ["within is counted from the first step", THREE, [
    { tool: "a", at: 0 },
    { tool: "b", at: 300 },
    { tool: "c", at: 600 },
    { tool: "c", at: 601 },
  ], "allow allow deny allow"],
  ["a run that began later counts", THREE, [
    { tool: "a", at: 0 },
    { tool: "b", at: 1 },
    { tool: "a", at: 599 },
    { tool: "b", at: 700 },
    { tool: "c", at: 900 },
  ], "allow allow allow allow deny"],
  [
    "a hundred calls between do not push it out",
    LEAK,
    [read(".env"), ...Array.from({ length: 100 }, () => read("x")), run("curl")],
    `${"allow ".repeat(101)}deny`,
  ],
  [
    "one call is one step, also where it fits two",
    ALLOWS + rule("r", "deny", 'sequence = ["x", "*", "x"]'),
    [{ tool: "x" }, { tool: "x" }, { tool: "x" }],
    "allow allow deny",
  ],
  [
    "a refused call is no step",
    ALLOWS + rule("no", "deny", 'tools = ["a"]') + rule("r", "deny", 'sequence = ["a", "b"]'),
    [{ tool: "a" }, { tool: "b" }],
    "deny allow",
  ],
  [
    "of an agent, over sessions",
    ALLOWS + rule("r", "deny", 'sequence = { steps = ["a", "b"], within = "1h", per = "agent" }'),
    [{ tool: "a" }, { tool: "b", session: "t" }, { tool: "b", session: "t", agent: "other" }],
    "allow deny allow",
  ],
  [
    "beside selectors and limits",
    ALLOWS + rule("r", "deny", 'tools = ["b*"]', 'sequence = ["a", "b?"]', "over = { calls = 1 }"),
    [{ tool: "b1" }, { tool: "a" }, { tool: "b2" }, { tool: "bb2" }],
    "allow allow deny allow",
  ],
];

for (const [name, policy, calls, outcomes] of [...EVENTS, ...SEQUENCES]) {
  Deno.test(`history: ${name}`, async () => {
    assertEquals(new Stage(await policyOf(policy)).outcomes(...calls), outcomes);
  });
}

Deno.test("arguments that nobody can read count as a step, and leave the last step unevaluable", async () => {
  const policy = await policyOf(LEAK);
  const first = policy.decide(call({ tool: "read_file", args: "{" }), EMPTY_REPORT);
  assertEquals(first.marks.forwarded, [
    { kind: "event", scope: '["session","s"]', track: '["sequence","read_file:*.env*"]', step: 0 },
  ]);
  assertEquals(policy.decide(call({ tool: "run_command", args: "{" }), EMPTY_REPORT).outcome, "deny");
});

Deno.test("rules that look back on the same share a track, which is kept for the farthest look", async () => {
  const policy = await policyOf([
    rule("a", "deny", 'after = { event = "tool:x", within = "5m" }') +
    rule("b", "deny", 'not_after = { event = "tool:x", within = "1h" }'),
    rule("c", "deny", 'after = { event = "tool:x", within = "2m" }'),
  ]);
  assertEquals(policy.decide(call({ tool: "x" }), EMPTY_REPORT).marks.forwarded, [
    { kind: "event", scope: '["session","s"]', track: '["event","tool:x"]', step: 0, keepMs: 3_600_000 },
  ]);
});

Deno.test("marks are put for calls that the rule is not about, and for no others", async () => {
  const policy = await policyOf(COOLDOWN);
  const forwarded = (tool: string) => policy.decide(call({ tool }), EMPTY_REPORT).marks.forwarded.length;
  assertEquals([forwarded("create_x"), forwarded("delete_x"), forwarded("read")], [1, 0, 0]);
});

Deno.test("a server that sends a tools/call of its own makes no event, and has none forgotten", async () => {
  const policy = await policyOf(COOLDOWN);
  const create = call({ tool: "create_x" });
  const marks = (direction: AccessRequest["direction"]) =>
    policy.decide({ ...create, direction }, EMPTY_REPORT).marks.forwarded.length;
  assertEquals([marks("to-client"), marks("to-upstream"), marks("to-client")], [0, 1, 0]);
});

const SPLITS: readonly (readonly [text: string, tool: string, argument?: string])[] = [
  ["read_file", "read_file"],
  ["read_file:*.env*", "read_file", "*.env*"],
  ["a:b:c", "a", "b:c"],
  ["[:]x:y", "[:]x", "y"],
  ["{a:b,c}:d", "{a:b,c}", "d"],
  ["a\\:b:c", "a\\:b", "c"],
  ["a:", "a", ""],
];

for (const [text, ...parts] of SPLITS) {
  Deno.test(`a step is cut at the first colon outside of brackets: ${text}`, () => {
    assertEquals([...splitStep(text)], parts);
  });
}

const WRONG: readonly (readonly [line: string, said: string])[] = [
  ["after = {}", 'error 5:9 "event" is missing in "after"'],
  [
    'after = { event = "create_*" }',
    'error 5:19 "create_*" does not say what kind of event it is (write "tool:create_*"',
  ],
  ['after = { event = "tol:x" }', 'error 5:19 unknown kind of event "tol" (did you mean "tool"?'],
  ['after = { event = "tool:" }', "error 5:19 a glob is empty"],
  ['after = { event = "tool:[x" }', 'error 5:19 "[x" is not a glob'],
  ['after = { event = "tool:read:*.env" }', 'error 5:19 "tool:read:*.env" has a second ":"'],
  ['after = { event = "label:a b" }', 'error 5:19 "a b" is not a label'],
  ['after = { event = "tool:x", within = "5" }', 'error 5:38 "5" is not a duration'],
  ['after = { event = "tool:x", per = "agent" }', "error 5:29 the history of an agent has no end"],
  [
    'after = { event = "tool:x", per = "agnt" }',
    'error 5:35 unknown word for "per" "agnt" (did you mean "agent"?)',
  ],
  [
    'after = { event = "tool:x", witin = "5m" }',
    'error 5:29 unknown key "witin" in "after" (did you mean "within"?)',
  ],
  ['after = "tool:x"', 'error 5:9 "after" is a string, and must be a table'],
  [
    'after = { event = "tool:x", within = "5m" }\nnot_after = { event = "tool:x", within = "10m" }',
    'error 6:1 "after" and "not_after" can never hold together',
  ],
  ['sequence = ["a"]', 'error 5:12 "sequence" has one step'],
  ["sequence = []", 'error 5:12 "sequence" is an empty list'],
  ['sequence = "a"', 'error 5:12 "sequence" is a string'],
  ['sequence = ["a", 3]', 'error 5:18 "sequence" holds a number'],
  ['sequence = ["a", ""]', "error 5:18 a glob is empty"],
  ['sequence = ["a:", "b"]', "error 5:13 a glob is empty"],
  ['sequence = ["a", "b:[x"]', 'error 5:18 "[x" is not a glob'],
  ['sequence = ["tool:a", "b"]', 'error 5:13 "tool:a" looks like an event'],
  ['sequence = ["label:untrusted", "b"]', 'error 5:13 "label:untrusted" looks like an event'],
  ['sequence = { within = "5m" }', 'error 5:12 "steps" is missing in "sequence"'],
  ['sequence = { steps = ["a", "b"], per = "agent" }', "error 5:34 the history of an agent has no end"],
  ['tools = ["x"]\nsequence = ["a", "b"]', 'error 6:1 "sequence" can never match: its last step is no tool'],
  [
    'methods = ["resources/read"]\nsequence = ["a", "b"]',
    'error 6:1 "sequence" can never match: the rule is not about',
  ],
];

for (const [line, said] of WRONG) {
  Deno.test(`${line} is refused, with its place`, async () => {
    const found = await diagnosticsOf(rule("r", "deny", line));
    assertEquals(found.filter((one) => one.startsWith(said)).length, 1, found.join("\n"));
  });
}

interface PastCall {
  readonly tool: string;
  readonly at: number;
}

/** The plain reading of a sequence: some calls before, in order, the first of them not too long ago. */
function happened(steps: readonly string[], before: readonly PastCall[], since: number): boolean {
  const fits = (step: string, tool: string) => step === "*" || step === tool;
  const search = (step: number, from: number): boolean => {
    const wanted = steps[step];
    if (wanted === undefined) return true;
    return before.some(({ tool, at }, i) =>
      i >= from && fits(wanted, tool) && (step > 0 || at >= since) && search(step + 1, i + 1)
    );
  };
  return search(0, 0);
}

Deno.test("a sequence matches exactly when its steps are found in the calls before", async () => {
  const step = fc.constantFrom("a", "b", "c", "*");
  const calls = fc.array(fc.record({ tool: fc.constantFrom("a", "b", "c", "d"), gap: fc.nat(40) }), {
    maxLength: 12,
  });
  const within = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 4 }),
      within,
      calls,
      async (steps, within, calls) => {
        const limit = within === undefined ? "" : `, within = "${within}s"`;
        const stage = new Stage(
          await policyOf(
            ALLOWS +
              rule(
                "r",
                "redact",
                'redact_fields = ["x"]',
                `sequence = { steps = ${JSON.stringify(steps)}${limit} }`,
              ),
          ),
        );
        const before: PastCall[] = [];
        let at = 0;
        for (const { tool, gap } of calls) {
          at += gap;
          const last = steps.at(-1);
          const expected = (last === "*" || last === tool) &&
            happened(steps.slice(0, -1), before, within === undefined ? -1 : at - within);
          assertEquals(
            stage.call({ tool, at }).outcome,
            expected ? "redact" : "allow",
            JSON.stringify({ before, tool, at }),
          );
          before.push({ tool, at });
        }
      },
    ),
    { numRuns: RUNS },
  );
});
