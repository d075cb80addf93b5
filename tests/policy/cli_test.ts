import { assert, assertEquals } from "@std/assert";
import { type Io, main } from "../../lib/cli/mod.ts";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `countersign policy ARGV` in a folder with `files`. */
async function run(argv: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const folder = Deno.makeTempDirSync({ prefix: "countersign-policy-" });
  try {
    for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${name}`, text);
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
     limit   calls a minute
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
\tdemo.guardrails/rate_limit_per_minute\t-\t-\tat most 5 calls in 60 s: counted when the call leaves
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
    duties: { redact_fields: [] },
    charges: [{ meter: "rate/demo.guardrails/server/read_file", limit: 5, window_ms: 60_000, amount: 1 }],
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
