import { assert, assertEquals } from "@std/assert";
import { type Io, main } from "../../lib/cli/mod.ts";
import { BUNDLED_POLICIES } from "../../lib/policy/mod.ts";
import { runStep } from "../cli/script.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `countersign policy ARGV` in a folder with `files`. */
async function run(argv: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const folder = Deno.makeTempDirSync({ prefix: "countersign-policy-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      Deno.mkdirSync(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${folder}/${name}`, text, { mode: 0o600 });
    }
    let out = "", err = "";
    const io: Io = {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      terminal: { out: false, err: false },
      env: (name) => name === "HOME" ? "/home/u" : undefined,
      cwd: () => folder,
    };
    const code = await main(["policy", ...argv], io);
    return { code, out: out.replaceAll(folder, "DIR"), err: err.replaceAll(folder, "DIR") };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const GOOD = `version = 1
name = "demo"
default = "allow"
[guardrails]
block_tools = ["delete_*"]
rate_limit_per_minute = 5
[[rules]]
id = "stay-inside"
effect = "deny"
when = { path = { path = { outside = ["~/work"] }, missing = "match" } }
message = "paths outside of ~/work are off limits"
`;

Deno.test("policy check prints the order of a sound policy", async () => {
  const { code, out, err } = await run(["check", "p.toml", "permissive"], { "p.toml": GOOD });
  assertEquals([code, err], [0, "0 errors, 0 warnings\n"]);
  assertEquals(
    out.replace(/sha256:[0-9a-f]{64}/, "DIGEST"),
    `policy demo+permissive, DIGEST
  1. demo.guardrails (p.toml)
     deny    block_tools
     deny    rate_limit_per_minute: more than 5 calls of one tool in a minute
  2. demo (p.toml)
     deny    stay-inside
  3. permissive (bundled:permissive)
     no rules
otherwise: allow; a scan that is not complete: refuse
`,
  );
});

Deno.test("policy check says everything that is wrong, with the lines, and ends with 2", async () => {
  const { code, out, err } = await run(["check", "p.toml"], {
    "p.toml": "version = 1\ndefualt = 5\nname = 6\n",
  });
  assertEquals([code, out], [2, ""]);
  assertEquals(
    err,
    `p.toml:2:1: error: unknown key "defualt" in a policy
 2 | defualt = 5
   | ^
hint: did you mean "default"?
p.toml:3:8: error: "name" is a number, and must be a string
 3 | name = 6
   |        ^
hint: write name = "…"
2 errors, 0 warnings
`,
  );
});

Deno.test("policy check --json has the keys that programs read, and no others", async () => {
  const { code, out } = await run(["check", "p.toml", "--json"], { "p.toml": "version = 1\ndefualt = 5\n" });
  assertEquals(code, 2);
  assertEquals(JSON.parse(out), {
    diagnostics: [{
      file: "p.toml",
      line: 2,
      column: 1,
      severity: "error",
      message: 'unknown key "defualt" in a policy',
      hint: 'did you mean "default"?',
    }],
  });
  const good = await run(["check", "p.toml", "--json"], { "p.toml": GOOD });
  assertEquals([good.code, JSON.parse(good.out)], [0, { diagnostics: [] }]);
});

Deno.test("policy check ends with 0 on warnings", async () => {
  const text = 'version = 1\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = { a = { ne = 1 } }\n';
  const { code, err } = await run(["check", "p.toml"], { "p.toml": text });
  assertEquals(code, 0);
  assert(err.includes('warning: rule "a" does not refuse a call that leaves "a" out'));
  assert(err.endsWith("0 errors, 1 warning\n"));
});

Deno.test("policy check takes a configuration for its guardrails and its policies", async () => {
  const config = 'version = 1\n[policy]\nfiles = ["p.toml"]\n[guardrails]\nblock_tools = ["x"]\n';
  const { code, out } = await run(["check", "countersign.toml"], {
    "countersign.toml": config,
    "p.toml": GOOD,
  });
  assertEquals(code, 0);
  assert(
    out.includes("  1. guardrails (DIR/countersign.toml)\n     deny    block_tools\n  2. demo.guardrails"),
  );
  const bad = await run(["check", "countersign.toml"], { "countersign.toml": "version = 1\n[agnt]\n" });
  assertEquals(bad.code, 2);
  assert(bad.err.includes('did you mean "agent"?'));
});

const USAGE: readonly (readonly [argv: readonly string[], error: string])[] = [
  [[], 'say what to do with it, not ""'],
  [["chekc"], "did you mean: countersign policy check"],
  [["check"], "none is named"],
  [["explain"], "no policy is named"],
  [["explain", "standard"], "no tool is named"],
  [["explain", "standard", "--tool", "x", "--args", "{"], "--args is not a JSON object: expected a key"],
  [["explain", "standard", "--tool", "x", "--args", '{"a":1,"a":2}'], "a key that stands twice"],
  [["explain", "standard", "--tool", "x", "--args", "[1]"], "it is not an object"],
  [["explain", "standard", "--tool", "x", "--expect", "block"], 'is "block", want one of'],
  [["check", "standrd"], 'no bundled one has the name "standrd"'],
  [["check", "gone.toml"], "there is no such file"],
  [["check", "p.txt"], "its ending names no format"],
  [["explain", "standard", "--tool", "x", "--at", "noon"], '--at is "noon", which is no instant'],
  [["explain", "standard", "--tool", "x", "--calls", "1.5"], "--calls is 1.5, want a whole number"],
  [["test"], "none is named, and there is no configuration here"],
  [["test", "gone.toml"], "there is no such file"],
  [["test", "standrd"], 'no bundled one has the name "standrd"'],
  [["test", "standard", "--tool", "x"], "policy test: it has no use for --tool"],
  [
    ["check", "standard", "--from", "x"],
    "--from is for: countersign policy simulate, countersign policy import",
  ],
  [["import"], "no file is named"],
  [["simulate", "standard"], "no recorded traffic is named"],
];

for (const [argv, error] of USAGE) {
  Deno.test(`policy ${argv.join(" ")}: one clear line, exit code 2`, async () => {
    const { code, out, err } = await run(argv, { "p.txt": "" });
    assertEquals([code, out], [2, ""]);
    assert(err.includes(error), err);
    assert(err.startsWith("error: cannot ") && err.includes("\nhint: "), err);
  });
}

Deno.test("policy explain tells the decision and what each rule made of it", async () => {
  const argv = ["explain", "p.toml", "--tool", "read_file", "--args", '{"path": "~/.ssh/id_ed25519"}'];
  const { code, out, err } = await run(argv, { "p.toml": GOOD });
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `deny   rule:stay-inside: paths outside of ~/work are off limits

decides\trule\teffect\tmatch\twhy
\tbuilt-in\t-\t-\tthe name is sound, and no finding blocks
\tdemo.guardrails/block_tools\tdeny\tno\tthe tool is not delete_*
\tdemo.guardrails/rate_limit_per_minute\tdeny\tno\tmore than 5 calls of one tool in a minute: no
\tdemo.guardrails\t-\t-\tno rule decided
*\tdemo/stay-inside\tdeny\tyes\tpath path {"outside":["~/work"]}: yes
`,
  );
});

Deno.test("policy explain --json is the decision with its trace", async () => {
  const argv = ["explain", "p.toml", "--tool", "read_file", "--args", '{"path": "~/work/x"}', "--json"];
  const { code, out } = await run(argv, { "p.toml": GOOD });
  assertEquals(code, 0);
  const { trace, policy, ...decision } = JSON.parse(out);
  assertEquals(decision, {
    outcome: "allow",
    rules: [],
    reason: "default",
    message: "no rule is about this call, and the policy allows it",
    duties: { redact_fields: [], labels: [] },
    charges: [{
      meter: '["rate","demo.guardrails","tool","server","read_file"]',
      limit: 5,
      amount: 1,
      window_ms: 60_000,
    }],
    threat: 0,
  });
  assert(/^sha256:[0-9a-f]{64}$/.test(policy));
  assertEquals(Object.keys(trace[0]), ["layer", "rule", "effect", "match", "decides", "why"]);
});

Deno.test("policy explain --expect: 0 where it is so, 1 where it is not, and the outcome is told", async () => {
  const argv = ["explain", "standard", "--tool", "drop_table"];
  assertEquals((await run([...argv, "--expect", "ask"])).code, 0);
  const { code, err } = await run([...argv, "--expect", "deny"]);
  assertEquals([code, err], [1, "error: expected deny, and the policy says ask\n"]);
});

Deno.test("policy explain scans the arguments, and shows no secret", async () => {
  const secret = "AKIAIOSFODNN7EXAMPLE";
  const argv = ["explain", "permissive", "--tool", "post", "--args", JSON.stringify({ text: secret })];
  const { code, out } = await run([...argv, "--expect", "deny", "--json"]);
  assertEquals([code, JSON.parse(out).reason], [0, "dlp:aws-access-key"]);
  assert(!out.includes(secret));
});

Deno.test("policy explain knows agents, roles, servers and methods", async () => {
  const text = `version = 1
default = "deny"
[[rules]]
id = "a"
effect = "allow"
agents = ["bot"]
roles = ["r1", "r2"]
servers = ["files"]
methods = ["resources/read"]
`;
  const all = [
    "--agent",
    "bot",
    "--role",
    "r1",
    "--role",
    "r2",
    "--server",
    "files",
    "--method",
    "resources/read",
  ];
  const argv = ["explain", "p.toml", "--tool", "file:///x", "--expect"];
  assertEquals((await run([...argv, "allow", ...all], { "p.toml": text })).code, 0);
  assertEquals((await run([...argv, "deny", ...all.slice(0, -2)], { "p.toml": text })).code, 0);
  assertEquals((await run([...argv, "deny", ...all.slice(2)], { "p.toml": text })).code, 0);
});

Deno.test("policy explain on a broken policy says what is wrong and ends with 2", async () => {
  const { code, out, err } = await run(["explain", "p.toml", "--tool", "x"], { "p.toml": "version = 3\n" });
  assertEquals([code, out], [2, ""]);
  assert(err.includes("p.toml:1:11: error: version 3"));
});

Deno.test("policy check says limits, history, labels and envelopes in words", async () => {
  const text = `version = 1
hide_denied_tools = true
[[rules]]
id = "budget"
effect = "allow"
tools = ["pay"]
within = { sum = "amount", limit = 2000, key = "total" }
[[rules]]
id = "gate"
effect = "deny"
tools = ["pay"]
not_after = { event = "approval:*", within = "30m" }
[[rules]]
id = "marks"
effect = "allow"
on = "result"
tools = ["fetch"]
add_labels = ["untrusted"]
[envelope]
max_duration = "2h"
max_calls = 500
`;
  const { code, out } = await run(["check", "p.toml"], { "p.toml": text });
  assertEquals(code, 0);
  assertEquals(out.split("\n").slice(1), [
    "  1. p (p.toml)",
    "     watch   envelope: max_calls weighs 1, max_duration 2h weighs 1; noted from 0.3, asked from 0.6, ended from 0.8",
    "     allow   budget: at most 2000 in total of amount per session",
    "     deny    gate: not after approval:* within 30m in this session",
    "     label   marks: puts untrusted on the session",
    "otherwise: deny; a scan that is not complete: refuse; tools that are always denied are taken out of lists",
    "",
  ]);
});

Deno.test("policy explain answers for a session with labels, a number of calls, an instant and a token", async () => {
  const text = `version = 1
default = "allow"
[[rules]]
id = "tainted"
effect = "deny"
labels = { any = ["outside"] }
[[rules]]
id = "long"
effect = "ask"
when = "session.calls >= 100"
[[rules]]
id = "night"
effect = "ask"
when = "now.getHours() < 6"
[[rules]]
id = "proven"
effect = "redact"
when = "agent.verified"
redact_fields = ["ssn"]
`;
  const decided = async (...flags: readonly string[]) => {
    const argv = ["explain", "p.toml", "--tool", "x", "--json", "--at", "2026-11-20T12:00:00Z", ...flags];
    const { code, out, err } = await run(argv, { "p.toml": text });
    assertEquals([code, err], [0, ""]);
    return JSON.parse(out).reason;
  };
  assertEquals(await decided(), "default");
  assertEquals(await decided("--label", "other", "--label", "outside"), "rule:tainted");
  assertEquals([await decided("--calls", "99"), await decided("--calls", "100")], ["default", "rule:long"]);
  assertEquals(await decided("--verified"), "rule:proven");
  const night = ["explain", "p.toml", "--tool", "x", "--at", "2026-11-20T03:00:00Z", "--expect", "ask"];
  assertEquals((await run(night, { "p.toml": text })).code, 0);
});

Deno.test("policy explain --json keeps every digit of limits and amounts", async () => {
  const text = `version = 1
[[rules]]
id = "b"
effect = "allow"
within = { sum = "amount", limit = 2000.10, key = "total", window = "1d" }
`;
  const argv = ["explain", "p.toml", "--tool", "x", "--args", '{"amount": 0.30000000000000000001}', "--json"];
  const { out } = await run(argv, { "p.toml": text });
  assert(out.includes('"limit":2000.1,"amount":0.30000000000000000001,"window_ms":86400000'), out);
});

const CASES = `version = 1
[[calls]]
name = "a way out"
tool = "read_file"
args = { path = "/etc/passwd" }
expect = "deny"
rule = "demo/stay-inside"
[[calls]]
name = "inside"
tool = "read_file"
args = { path = "~/work/x" }
expect = "allow"
`;

Deno.test("policy test runs the cases beside the policy, one line each", async () => {
  const { code, out, err } = await run(["test", "sub/p.toml"], {
    "sub/p.toml": GOOD,
    "sub/p.cases/a.toml": CASES,
    "sub/p.cases/notes.txt": "not a case",
  });
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `sub/p.toml
  ok    a way out
  ok    inside
2 passed, 0 failed; 2 rules have an arm that no case reaches: demo.guardrails/block_tools, demo.guardrails/rate_limit_per_minute
`,
  );
});

Deno.test("policy test: a case that fails says what came, by which rule, and ends with 1", async () => {
  const files = { "p.toml": GOOD, "p.cases/a.toml": CASES.replace('"allow"', '"ask"') };
  const { code, out } = await run(["test", "p.toml"], files);
  assertEquals(code, 1);
  assertEquals(out.split("\n").slice(2, 6), [
    "  FAIL  inside (p.cases/a.toml:8)",
    "          want ask, got allow by default",
    "          demo.guardrails: no: no rule decided",
    "          demo: no: no rule decided; its default is allow",
  ]);
  assert(out.includes("\n1 passed, 1 failed; "));
  const json = await run(["test", "p.toml", "--json"], files);
  assertEquals(json.code, 1);
  const { passed, failed, cases, uncovered } = JSON.parse(json.out);
  assertEquals([passed, failed, uncovered.length], [1, 1, 2]);
  assertEquals(Object.keys(cases[1]), [
    "policy",
    "file",
    "line",
    "name",
    "passed",
    "outcome",
    "rules",
    "reason",
    "problems",
    "trace",
  ]);
  assertEquals([cases[1].line, cases[1].problems], [8, ["want ask, got allow by default"]]);
});

Deno.test("policy test --coverage lists arms, --strict ends with 1 where there is one", async () => {
  const files = { "p.toml": GOOD, "p.cases/a.toml": CASES };
  const covered = await run(["test", "p.toml", "--coverage"], files);
  assertEquals(covered.code, 0);
  assert(covered.out.includes("\nuncovered  demo.guardrails/block_tools: never decides\n"));
  assertEquals((await run(["test", "p.toml", "--strict"], files)).code, 1);
  assertEquals((await run(["test", "standard", "--strict"])).code, 0);
});

Deno.test("policy test without a file tests what the configuration names, alone and together", async () => {
  const config = `version = 1
[policy]
files = ["p.toml", "q.toml", "permissive"]
[guardrails]
block_tools = ["never"]
`;
  const together = `version = 1
[[calls]]
name = "the guardrails stand above"
tool = "never"
expect = "deny"
rule = "guardrails/block_tools"
`;
  const { code, out, err } = await run(["test"], {
    "countersign.toml": config,
    "countersign.cases/all.toml": together,
    "p.toml": GOOD,
    "p.cases/a.toml": CASES,
    "q.toml": "version = 1\n",
  });
  assertEquals(code, 0);
  assertEquals(err, "DIR/q.toml has no cases; they would stand in DIR/q.cases/\n");
  assertEquals(out.split("\n").filter((line) => !line.startsWith(" ")).slice(0, 3), [
    "DIR/p.toml",
    "permissive",
    "DIR/countersign.toml",
  ]);
  assert(out.includes("  ok    the guardrails stand above\n7 passed, 0 failed; "), out);
});

Deno.test("policy test puts the layers that a file of cases names above and below", async () => {
  const cases = `version = 1
above = ["org.toml"]
below = ["permissive"]
[[calls]]
name = "the organisation says no"
tool = "drop"
expect = "deny"
rule = "org/no"
[[calls]]
name = "the default of the layer below"
tool = "other"
expect = "allow"
`;
  const files = {
    "sub/team.toml": "version = 1\n",
    "sub/org.toml": 'version = 1\n[[rules]]\nid = "no"\neffect = "deny"\ntools = ["drop"]\n',
    "sub/team.cases/a.toml": cases,
  };
  assertEquals((await run(["test", "sub/team.toml"], files)).code, 0);
  const broken = { ...files, "sub/org.toml": "version = 2\n" };
  const { code, err } = await run(["test", "sub/team.toml"], broken);
  assertEquals(code, 2);
  assert(err.includes("org.toml:1:11: error: version 2"), err);
});

Deno.test("policy test: a policy without cases is no success, and a broken file of cases is none", async () => {
  const none = await run(["test", "p.toml"], { "p.toml": GOOD });
  assertEquals([none.code, none.out], [2, ""]);
  assert(none.err.startsWith('error: cannot test "p.toml": it has no cases\nhint: '), none.err);
  const broken = await run(["test", "p.toml"], {
    "p.toml": "version = 1\n",
    "p.cases/a.toml": "calls = 5\n",
  });
  assertEquals([broken.code, broken.out], [2, ""]);
  assert(
    broken.err.includes("p.cases/a.toml:1:9: error: ") && broken.err.includes(" 1 | calls = 5"),
    broken.err,
  );
});

for (const name of BUNDLED_POLICIES) {
  Deno.test(`init --policy ${name}: a configuration that every command takes`, async () => {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-init-" }));
    try {
      assertEquals((await runStep({ argv: ["init", "--policy", name] }, folder)).exit, 0);
      const check = await runStep({ argv: ["policy", "check", "countersign.toml"] }, folder);
      assertEquals([check.exit, check.stderr], [0, ["0 errors, 0 warnings"]]);
      assert(check.stdout[0]?.startsWith(`policy ${name}, sha256:`), check.stdout[0]);
      assertEquals((await runStep({ argv: ["policy", "test", "--strict"] }, folder)).exit, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
