import { assertEquals } from "@std/assert";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { call, diagnosticsOf, policyOf } from "./_policy.ts";
import { Stage } from "./_stage.ts";

const rule = (id: string, effect: string, ...more: readonly string[]) =>
  `[[rules]]\nid = "${id}"\neffect = "${effect}"\n${more.join("\n")}\n`;
const ADDS = (...labels: readonly string[]) => `on = "result"\nadd_labels = ${JSON.stringify(labels)}`;
const ALLOWS = 'default = "allow"\n';
/** Somebody has to put the labels on, or else the condition is warned about. */
const SOURCE = rule("source", "allow", ADDS("a", "b", "c"), 'tools = ["source"]');

type Row = readonly [condition: string, labels: readonly string[], matches: boolean];

const CONDITIONS: readonly Row[] = [
  ['any = ["a", "b"]', [], false],
  ['any = ["a", "b"]', ["b", "x"], true],
  ['any = ["a", "b"]', ["A"], false],
  ['all = ["a", "b"]', ["b"], false],
  ['all = ["a", "b"]', ["b", "a"], true],
  ['none = ["a", "b"]', [], true],
  ['none = ["a", "b"]', ["b"], false],
  ['any = ["a"], none = ["b"]', ["a"], true],
  ['any = ["a"], none = ["b"]', ["a", "b"], false],
  ['any = ["a", "b"], all = ["c"]', ["a"], false],
  ['any = ["a", "b"], all = ["c"]', ["a", "c"], true],
];

for (const [condition, labels, matches] of CONDITIONS) {
  Deno.test(`labels = { ${condition} } with [${labels}] ${matches ? "matches" : "does not match"}`, async () => {
    const policy = await policyOf(ALLOWS + rule("r", "deny", `labels = { ${condition} }`) + SOURCE);
    const decision = policy.decide(call({ labels }), EMPTY_REPORT);
    assertEquals(decision.outcome, matches ? "deny" : "allow");
    assertEquals(decision.open, undefined, "labels are known: nothing is left open");
  });
}

Deno.test("what came from the web must not go out: a label lasts for the session, and for no other", async () => {
  const stage = new Stage(
    await policyOf(
      ALLOWS + rule("mark", "allow", ADDS("untrusted"), 'tools = ["web_*"]') +
        rule("stop", "deny", 'tools = ["send"]', 'labels = { any = ["untrusted"] }'),
    ),
  );
  const send = { tool: "send" };
  assertEquals(
    stage.outcomes(send, { tool: "web_get" }, send, { ...send, at: 9e6 }),
    "allow allow deny deny",
  );
  assertEquals(stage.outcomes({ ...send, session: "t" }), "allow");
});

Deno.test("the labels of all rules about results add up, over layers, each once", async () => {
  const policy = await policyOf([
    rule("x", "allow", ADDS("a", "b")) + rule("y", "allow", ADDS("b", "c")),
    rule("z", "allow", ADDS("d"), 'tools = ["other"]') + rule("v", "allow", ADDS("c", "e")),
  ]);
  assertEquals(policy.decide(call(), EMPTY_REPORT).duties.labels, ["a", "b", "c", "e"]);
});

Deno.test("a rule about results decides nothing: it neither allows, nor stands above others", async () => {
  const policy = await policyOf('default = "deny"\n' + rule("x", "allow", ADDS("a")));
  assertEquals(policy.decide(call(), EMPTY_REPORT).outcome, "deny");
  const above = await policyOf(rule("x", "allow", ADDS("a")) + rule("y", "deny"));
  assertEquals(above.decide(call(), EMPTY_REPORT).rules, ["layer1/y"]);
});

Deno.test("a condition that cannot be evaluated puts the label on", async () => {
  const policy = await policyOf(ALLOWS + rule("x", "allow", ADDS("a"), "when = { n = { gt = 5 } }"));
  const labels = (args: unknown) => policy.decide(call({ args }), EMPTY_REPORT).duties.labels;
  assertEquals([labels({ n: 1 }), labels({ n: 6 }), labels({ n: [] }), labels({})], [[], ["a"], ["a"], []]);
});

Deno.test("a call that is refused before any layer is asked puts no label on", async () => {
  const policy = await policyOf(ALLOWS + rule("x", "allow", ADDS("a")));
  assertEquals(policy.decide(call({ tool: "not a name" }), EMPTY_REPORT).duties.labels, []);
});

const WRONG: readonly (readonly [lines: string, said: string])[] = [
  ["labels = {}", 'error 5:10 "labels" names no label'],
  ["labels = { any = [] }", 'error 5:18 "any" is an empty list'],
  ['labels = { any = ["a b"] }', 'error 5:19 "a b" is not a label'],
  ['labels = { some = ["a"] }', 'error 5:12 unknown key "some" in "labels"'],
  ['labels = ["a"]', 'error 5:10 "labels" is a list, and must be a table'],
  ['labels = { all = ["a"], none = ["a"] }', 'error 5:10 no session can both have the label "a"'],
  ['labels = { any = ["a"], none = ["a", "b"] }', 'error 5:10 "labels" can never match'],
  ['add_labels = ["a"]', 'error 5:1 "add_labels" has no effect in a rule about calls'],
  ['on = "result"', 'error 5:1 a rule with on = "result" says no label'],
  ['on = "resutl"', 'error 5:6 unknown word for "on" "resutl" (did you mean "result"?)'],
  ['on = "result"\nadd_labels = ["a b"]', 'error 6:15 "a b" is not a label'],
  ...[
    "over = { calls = 1 }",
    "within = { calls = 1 }",
    'after = { event = "tool:x" }',
    'not_after = { event = "tool:x" }',
    'sequence = ["x", "y"]',
    "threat = { min = 4 }",
    'message = "no"',
  ].map((line) =>
    [
      `on = "result"\nadd_labels = ["a"]\n${line}`,
      `error 7:1 "${line.split(" ")[0]}" has no effect in a rule with on = "result"`,
    ] as const
  ),
];

for (const [lines, said] of WRONG) {
  Deno.test(`${lines.replaceAll("\n", ", ")} is refused, with its place`, async () => {
    const found = await diagnosticsOf(rule("r", "allow", lines));
    assertEquals(found.filter((one) => one.startsWith(said)).length, 1, found.join("\n"));
  });
}

for (const effect of ["deny", "ask"]) {
  Deno.test(`a rule about results cannot ${effect}`, async () => {
    const found = await diagnosticsOf(rule("r", effect, ADDS("a")));
    assertEquals(found.length, 1);
    assertEquals(
      found[0]?.startsWith(`error 4:10 a rule with on = "result" cannot ${effect}`),
      true,
      found[0],
    );
  });
}

Deno.test("a label that no rule puts on is warned about, with the near name, whichever file has it", async () => {
  const found = await diagnosticsOf([
    rule("r", "deny", 'labels = { any = ["untrustd", "untrusted"] }', 'after = { event = "label:other" }'),
    rule("mark", "allow", ADDS("untrusted")),
  ]);
  assertEquals(found, [
    'warning 3:1 no rule puts the label "other" on a session (write a rule with on = "result" and add_labels = ["other"])',
    'warning 5:19 no rule puts the label "untrustd" on a session (did you mean "untrusted"?)',
  ]);
});
