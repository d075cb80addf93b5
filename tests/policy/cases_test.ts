import { assert, assertEquals } from "@std/assert";
import { newBook } from "../../lib/cli/policy/book.ts";
import { type CaseFile, type CaseResult, readCases, runCases, uncoveredArms } from "../../lib/policy/mod.ts";
import { policyOf } from "./_policy.ts";

function casesOf(text: string): CaseFile {
  const read = readCases("x.toml", `version = 1\n${text}`);
  if (!read.ok) throw new Error(JSON.stringify(read.error, null, 1));
  return read.value;
}

async function run(policy: string | readonly string[], cases: string): Promise<readonly CaseResult[]> {
  return runCases(await policyOf(policy), casesOf(cases), newBook());
}

/** `ok`, or what is wrong, one item a case. */
async function outcomes(policy: string | readonly string[], cases: string): Promise<readonly string[]> {
  return (await run(policy, cases)).map(({ passed, problems }) => passed ? "ok" : problems.join("; "));
}

const BAD: readonly (readonly [name: string, text: string, says: string])[] = [
  ["a misspelt key", '[[calls]]\nname = "x"\nexpct = "deny"\n', '4 unknown key "expct" in a case'],
  ["a missing expectation", '[[calls]]\nname = "x"\n', '2 "expect" is missing in a case'],
  [
    "arguments that are no JSON",
    '[[calls]]\nname = "x"\nexpect = "deny"\nargs = "{"\n',
    '5 "args" must be a table',
  ],
  ["an unknown outcome", '[[calls]]\nname = "x"\nexpect = "block"\n', '4 unknown outcome "block"'],
  ["a time without a plus", '[[calls]]\nname = "x"\nexpect = "deny"\nat = "5m"\n', '5 "5m" is no time since'],
  ["a time that is none", '[[calls]]\nname = "x"\nexpect = "deny"\nat = "+5"\n', '5 "+5" is no time since'],
  [
    "a start that is none",
    'start = "monday"\n[[calls]]\nname = "x"\nexpect = "deny"\n',
    '2 "start" is a string',
  ],
  ["no calls", "calls = []\n", '2 "calls" is empty'],
  ["nothing at all", "", '1 "calls" is missing'],
  ["no repetition", '[[calls]]\nname = "x"\nexpect = "deny"\ntimes = 0\n', '5 "times" is 0'],
];
for (const [name, text, says] of BAD) {
  Deno.test(`readCases() refuses ${name}`, () => {
    const cases = readCases("x.toml", `version = 1\n${text}`);
    const found = cases.ok ? [] : cases.error.map(({ line, message }) => `${line} ${message}`);
    assert(found.some((one) => one.startsWith(says)), JSON.stringify(found));
  });
}

Deno.test("readCases() refuses a call that comes before the one above it", () => {
  const text = `version = 1
[[calls]]
name = "a"
expect = "deny"
at = "+5m"
[[calls]]
name = "b"
expect = "deny"
at = "+4m"
`;
  const cases = readCases("x.toml", text);
  assertEquals(cases.ok ? [] : cases.error.map(({ line, message }) => [line, message]), [
    [9, '"+4m" is before the call above it'],
  ]);
});

Deno.test("readCases(): a call without a time comes at the instant of the one before", () => {
  const { cases } = casesOf(`start = "2026-03-01T00:00:00Z"
[[calls]]
name = "a"
expect = "deny"
[[calls]]
name = "b"
expect = "deny"
at = "+1h"
[[calls]]
name = "c"
expect = "deny"
[[calls]]
name = "d"
expect = "deny"
at = "+1h1s"
`);
  const start = Date.parse("2026-03-01T00:00:00Z");
  assertEquals(cases.map(({ request }) => request.context.nowMs - start), [
    0,
    3_600_000,
    3_600_000,
    3_601_000,
  ]);
  assertEquals(cases.map(({ line }) => line), [3, 6, 10, 13]);
});

const ASK = '[[rules]]\nid = "a"\neffect = "ask"\ntools = ["pay"]\nmessage = "m"\n';

Deno.test("runCases() notices a wrong outcome, a wrong rule, wrong masks and wrong labels", async () => {
  const policy = `default = "allow"
${ASK}
[[rules]]
id = "r"
effect = "redact"
tools = ["mail"]
redact_fields = ["bcc"]
[[rules]]
id = "l"
effect = "allow"
on = "result"
tools = ["mail"]
add_labels = ["seen"]
`;
  assertEquals(
    await outcomes(
      policy,
      `
[[calls]]
name = "right"
tool = "pay"
expect = "ask"
rule = "layer1/a"
[[calls]]
name = "by its reason"
tool = "pay"
expect = "ask"
rule = "rule:a"
[[calls]]
name = "outcome"
tool = "pay"
expect = "deny"
[[calls]]
name = "rule"
tool = "pay"
expect = "ask"
rule = "layer1/r"
[[calls]]
name = "masks and labels"
tool = "mail"
expect = "redact"
masked = ["bcc"]
result_labels = ["seen"]
[[calls]]
name = "wrong ones"
tool = "mail"
expect = "redact"
masked = []
result_labels = ["other"]
[[calls]]
name = "an answer that nobody asked for"
tool = "mail"
approve = true
expect = "redact"
`,
    ),
    [
      "ok",
      "ok",
      "want deny, got ask by layer1/a, rule:a",
      "want layer1/r to decide, got ask by layer1/a, rule:a",
      "ok",
      "want nothing masked, got bcc; want the labels other on the result, got seen",
      "nobody is asked about this call, so approve = true answers nothing",
    ],
  );
});

const BUDGET = `default = "deny"
[[rules]]
id = "budget"
effect = "allow"
tools = ["pay"]
within = { sum = "amount", limit = 10 }
`;

Deno.test("runCases(): what was forwarded counts for the calls behind it, what was refused does not", async () => {
  const pay = (amount: number, expect: string, more = "") =>
    `[[calls]]\nname = "n"\ntool = "pay"\nargs = { amount = ${amount} }\nexpect = "${expect}"\n${more}`;
  assertEquals(
    await outcomes(
      BUDGET,
      pay(6, "allow") + pay(5, "deny") + pay(4, "allow") + pay(0.01, "deny") +
        pay(10, "allow", 'session = "second"\n'),
    ),
    ["ok", "ok", "ok", "ok", "ok"],
  );
});

Deno.test("runCases(): times makes the call again and again, and says which of them failed", async () => {
  const cases = '[[calls]]\nname = "n"\ntool = "pay"\nargs = { amount = 4 }\ntimes = 4\nexpect = "allow"\n';
  assertEquals(await outcomes(BUDGET, cases), ["the 3. time: want allow, got deny by default"]);
});

Deno.test("runCases(): a person's yes lets a call leave, a no refuses it, and silence does neither", async () => {
  const policy = `default = "allow"
[[rules]]
id = "after-refusal"
effect = "deny"
tools = ["x"]
after = { event = "refused:pay" }
[[rules]]
id = "after-pay"
effect = "deny"
tools = ["y"]
after = { event = "tool:pay" }
[[rules]]
id = "after-approval"
effect = "deny"
tools = ["z"]
after = { event = "approval:pay" }
${ASK}`;
  const of = (session: string, answer: string, [x, y, z]: readonly [string, string, string]) =>
    [
      `[[calls]]\nname = "pay"\ntool = "pay"\nsession = "${session}"\n${answer}\nexpect = "ask"\n`,
      ...Object.entries({ x, y, z }).map(([tool, expect]) =>
        `[[calls]]\nname = "${tool}"\ntool = "${tool}"\nsession = "${session}"\nexpect = "${expect}"\n`
      ),
    ].join("");
  const cases = of("yes", "approve = true", ["allow", "deny", "deny"]) +
    of("no", "approve = false", ["deny", "allow", "allow"]) + of("silence", "", ["allow", "allow", "allow"]);
  assertEquals([...new Set(await outcomes(policy, cases))], ["ok"]);
});

Deno.test("runCases(): labels stay on their session until a person takes them off", async () => {
  const policy = `default = "allow"
[[rules]]
id = "tainted"
effect = "deny"
tools = ["send"]
labels = { any = ["outside"] }
[[rules]]
id = "marks"
effect = "allow"
on = "result"
tools = ["fetch"]
add_labels = ["outside"]
${ASK}`;
  const call = (tool: string, expect: string, more = "") =>
    `[[calls]]\nname = "${tool}"\ntool = "${tool}"\nexpect = "${expect}"\n${more}\n`;
  assertEquals(
    [
      ...new Set(
        await outcomes(
          policy,
          call("send", "allow") + call("fetch", "allow") + call("send", "deny") +
            call("send", "allow", 'session = "second"') + call("pay", "ask", 'clears = ["outside"]') +
            call("send", "deny") + call("pay", "ask", 'approve = true\nclears = ["outside"]') +
            call("send", "allow") + call("send", "deny", 'labels = ["outside"]') + call("send", "deny"),
        ),
      ),
    ],
    ["ok"],
  );
});

Deno.test("runCases(): listed asks the filter of tools/list", async () => {
  const policy = `default = "allow"
hide_denied_tools = true
[[rules]]
id = "never"
effect = "deny"
tools = ["drop"]
[[rules]]
id = "sometimes"
effect = "deny"
tools = ["write"]
when = { path = { exists = true } }
`;
  const call = (tool: string, expect: string, listed: boolean) =>
    `[[calls]]\nname = "n"\ntool = "${tool}"\nexpect = "${expect}"\nlisted = ${listed}\n`;
  assertEquals(
    await outcomes(
      policy,
      call("drop", "deny", false) + call("write", "allow", true) + call("drop", "deny", true),
    ),
    ["ok", "ok", "want the tool listed, and it is hidden"],
  );
  assertEquals(
    await outcomes(policy.replace("hide_denied_tools = true", ""), call("drop", "deny", false)),
    ["want the tool hidden, and it is listed"],
  );
});

async function arms(policy: string, cases: string): Promise<readonly string[]> {
  return uncoveredArms(await policyOf(policy), await run(policy, cases)).map(({ rule, arm }) =>
    `${rule}: ${arm}`
  );
}

const LIMITED = `default = "allow"
[[rules]]
id = "limit"
effect = "deny"
tools = ["x"]
over = { calls = 1 }
[[rules]]
id = "plain"
effect = "deny"
tools = ["y"]
[[rules]]
id = "mark"
effect = "allow"
on = "result"
tools = ["x"]
when = { a = 1 }
add_labels = ["l"]
`;

Deno.test("uncoveredArms(): without cases both arms of every rule, label rules and envelopes included", async () => {
  const policy = await policyOf(`${LIMITED}[envelope]\nmax_calls = 2\n`);
  assertEquals(uncoveredArms(policy, []).map(({ rule }) => rule), [
    "layer1/limit",
    "layer1/limit",
    "layer1/plain",
    "layer1/plain",
    "layer1/mark",
    "layer1/mark",
    "layer1/envelope",
    "layer1/envelope",
  ]);
});

Deno.test("uncoveredArms(): a call that a rule is not about does not show that its limit leaves calls alone", async () => {
  const call = (tool: string, args: string, expect: string) =>
    `[[calls]]\nname = "n"\ntool = "${tool}"\nargs = { ${args} }\nexpect = "${expect}"\n`;
  assertEquals(await arms(LIMITED, call("z", "", "allow")), [
    "layer1/limit: never decides",
    "layer1/limit: never leaves a call alone",
    "layer1/plain: never decides",
    "layer1/mark: never labels a result",
    "layer1/mark: never leaves a result alone",
  ]);
  assertEquals(
    await arms(LIMITED, call("x", "a = 1", "allow") + call("x", "a = 2", "deny") + call("y", "", "deny")),
    [],
  );
});

Deno.test("uncoveredArms(): a rule that only ever matches behind another one never decides", async () => {
  const policy = `default = "allow"
[[rules]]
id = "first"
effect = "deny"
when = { a = 1 }
[[rules]]
id = "second"
effect = "ask"
when = { b = 1 }
`;
  const call = (args: string, expect: string) =>
    `[[calls]]\nname = "n"\ntool = "x"\nargs = { ${args} }\nexpect = "${expect}"\n`;
  assertEquals(await arms(policy, call("a = 1, b = 1", "deny") + call("c = 1", "allow")), [
    "layer1/second: never decides",
  ]);
});

Deno.test("runCases() says what the firewall does: capability traffic passes, half a scan refuses", async () => {
  const text = `
[[calls]]
name = "the default is not about it"
method = "ping"
expect = "allow"
rule = "unlisted-method"
[[calls]]
name = "nor about lists"
method = "tools/list"
expect = "allow"
[[calls]]
name = "it is about resources"
method = "resources/read"
expect = "deny"
rule = "default"
[[calls]]
name = "a call that a rule allows, and the scanner did not see"
tool = "read"
scan_complete = false
expect = "deny"
rule = "scan-incomplete"
[[calls]]
name = "a call that a rule holds, likewise"
tool = "pay"
scan_complete = false
expect = "deny"
rule = "scan-incomplete"
`;
  const allow = '[[rules]]\nid = "b"\neffect = "allow"\ntools = ["read"]\n';
  assertEquals(await outcomes(`default = "deny"\n${ASK}${allow}`, text), ["ok", "ok", "ok", "ok", "ok"]);
});
