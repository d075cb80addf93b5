import { assert, assertEquals } from "@std/assert";
import { type Decision, EMPTY_REPORT, type Match, resolve, UNKNOWN_USAGE } from "../../lib/verdict/mod.ts";
import { call, type CallOptions, decide, policyOf } from "./_policy.ts";

/** `outcome reason rules`, to read a decision at one glance. */
function shown({ outcome, reason, rules }: Decision): string {
  return [outcome, reason, ...rules].join(" ");
}

const ONE_RULE = (text: string) => `default = "allow"\n[[rules]]\nid = "r"\neffect = "deny"\n${text}\n`;
const DENIED = "deny rule:r layer1/r";
const LEFT = "allow default";

type SelectorRow = readonly [name: string, selectors: string, call: CallOptions, expected: string];

const SELECTORS: readonly SelectorRow[] = [
  ["no selector is about every tool call", "", {}, DENIED],
  ["no selector is about tool calls alone", "", { method: "resources/read" }, LEFT],
  ["a name", 'tools = ["delete_user"]', { tool: "delete_user" }, DENIED],
  ["a longer name", 'tools = ["delete_user"]', { tool: "delete_users" }, LEFT],
  ["a star reaches", 'tools = ["delete*"]', { tool: "delete_user" }, DENIED],
  ["a dot is a dot", 'tools = ["stripe.*"]', { tool: "stripex_safe" }, LEFT],
  ["a dot reaches", 'tools = ["stripe.*"]', { tool: "stripe.charge" }, DENIED],
  ["a prefix with a dot", 'tools = ["read.*"]', { tool: "readwrite_all" }, LEFT],
  ["case counts", 'tools = ["delete_*"]', { tool: "Delete_user" }, LEFT],
  ["alternatives", 'tools = ["{drop,delete}_*"]', { tool: "drop_x" }, DENIED],
  ["one of several", 'tools = ["a", "b*"]', { tool: "bc" }, DENIED],
  ["a server", 'servers = ["files"]', { server: "files" }, DENIED],
  ["another server", 'servers = ["file"]', { server: "files" }, LEFT],
  ["an agent", 'agents = ["bot-*"]', { agent: "bot-1" }, DENIED],
  ["another agent", 'agents = ["bot-*"]', { agent: "human" }, LEFT],
  ["a method", 'methods = ["resources/*"]', { method: "resources/read" }, DENIED],
  ["another method", 'methods = ["resources/*"]', {}, LEFT],
  ["a URI as the name", 'methods = ["resources/read"]\ntools = ["file:///etc/*"]', {
    method: "resources/read",
    tool: "file:///etc/passwd",
  }, DENIED],
  ["all roles", 'roles = ["a", "b"]', { roles: ["b", "a", "c"] }, DENIED],
  ["one role of two", 'roles = ["a", "b"]', { roles: ["a"] }, LEFT],
  ["a role by glob", 'roles = ["team-*"]', { roles: ["team-x"] }, DENIED],
  ["roles that nobody verified", 'roles = ["a"]', { roles: ["a"], verified: false }, LEFT],
  ["all selectors together", 'tools = ["x"]\nservers = ["s"]', { tool: "x", server: "files" }, LEFT],
];

for (const [name, selectors, options, expected] of SELECTORS) {
  Deno.test(`selector: ${name}`, async () => {
    assertEquals(shown(decide(await policyOf(ONE_RULE(selectors)), options)), expected);
  });
}

type EffectRow = readonly [name: string, layers: string | readonly string[], args: unknown, expected: string];

const rule = (id: string, effect: string, more = "") =>
  `[[rules]]\nid = "${id}"\neffect = "${effect}"\n${more}\n`;
const WHEN_A = "when = { a = 1 }";

const EFFECTS: readonly EffectRow[] = [
  ["no rule, no default: deny", "", {}, "deny default"],
  ["no rule, a default", 'default = "ask"', {}, "ask default"],
  ["no layer at all: deny", [], {}, "deny default"],
  ["the first match decides", rule("x", "allow") + rule("y", "deny"), {}, "allow rule:x layer1/x"],
  [
    "a rule that does not match is passed over",
    rule("x", "deny", WHEN_A) + rule("y", "allow"),
    {},
    "allow rule:y layer1/y",
  ],
  [
    "a deny that cannot be evaluated denies",
    rule("x", "deny", WHEN_A) + rule("y", "allow"),
    { a: [] },
    "deny rule:x layer1/x",
  ],
  [
    "an ask that cannot be evaluated asks",
    rule("x", "ask", WHEN_A) + rule("y", "allow"),
    { a: [] },
    "ask rule:x layer1/x",
  ],
  [
    "an allow that cannot be evaluated permits nothing",
    rule("x", "allow", WHEN_A),
    { a: [] },
    "deny default",
  ],
  ["a redact permits", rule("x", "redact", 'redact_fields = ["b"]'), {}, "redact rule:x layer1/x"],
  [
    "a redact that cannot be evaluated permits nothing",
    rule("x", "redact", `redact_fields = ["b"]\n${WHEN_A}`),
    { a: [] },
    "deny default",
  ],
  [
    "a redact that cannot be evaluated masks what another rule permits",
    rule("x", "redact", `redact_fields = ["b"]\n${WHEN_A}`) + rule("y", "allow"),
    { a: [] },
    "redact rule:y layer1/y layer1/x",
  ],
  ["deny above allow", [rule("x", "allow"), rule("y", "deny")], {}, "deny rule:y layer2/y"],
  ["deny above ask", [rule("x", "ask"), rule("y", "deny")], {}, "deny rule:y layer2/y"],
  [
    "all that deny are named, the highest speaks",
    [rule("x", "deny"), rule("y", "deny")],
    {},
    "deny rule:x layer1/x layer2/y",
  ],
  ["ask above allow", [rule("x", "allow"), rule("y", "ask")], {}, "ask rule:y layer2/y"],
  [
    "redact above allow",
    [rule("x", "allow"), rule("y", "redact", 'redact_fields = ["b"]')],
    {},
    "redact rule:y layer1/x layer2/y",
  ],
  ["allow above a default", [rule("x", "allow"), 'default = "deny"'], {}, "allow rule:x layer1/x"],
  ["an allow below a default", ['default = "deny"', rule("x", "allow")], {}, "allow rule:x layer2/x"],
  ["the first default is heard", ['default = "ask"', 'default = "allow"'], {}, "ask default"],
  [
    "a layer without a default is passed over",
    ["hide_denied_tools = true", 'default = "allow"'],
    {},
    "allow default",
  ],
];

for (const [name, layers, args, expected] of EFFECTS) {
  Deno.test(`layers: ${name}`, async () => {
    assertEquals(shown(decide(await policyOf(layers), { args })), expected);
  });
}

Deno.test("duties of all layers add up, each field once", async () => {
  const policy = await policyOf([
    rule("x", "redact", 'redact_fields = ["bcc", "ssn"]'),
    rule("y", "redact", 'redact_fields = ["ssn", "user.iban"]'),
  ]);
  assertEquals(decide(policy).duties.redactFields, ["bcc", "ssn", "user.iban"]);
});

Deno.test("a redact rule with a limit masks while it matches, and where nobody can tell", async () => {
  const policy = await policyOf(
    'default = "allow"\n' + rule("x", "redact", 'redact_fields = ["user.ssn"]\nover = { calls = 1 }'),
  );
  const open = policy.decide(call(), EMPTY_REPORT);
  const masks = (match: Match) => {
    const { outcome, duties } = resolve(open, { ...UNKNOWN_USAGE, match: () => match });
    return [outcome, ...duties.redactFields];
  };
  assertEquals([open.outcome, ...open.duties.redactFields], ["redact", "user.ssn"]);
  assertEquals(masks("yes"), ["redact", "user.ssn"]);
  assertEquals(masks("no"), ["allow"]);
});

Deno.test("a held call keeps its duties: a person's approval does not take masks off", async () => {
  const policy = await policyOf([rule("x", "ask"), rule("y", "redact", 'redact_fields = ["ssn"]')]);
  const decision = decide(policy);
  assertEquals(decision.outcome, "ask");
  assertEquals(decision.duties.redactFields, ["ssn"]);
});

Deno.test("the message is the rule's own, and a plain one where it has none", async () => {
  const policy = await policyOf(rule("x", "deny", 'tools = ["a"]\nmessage = "ask Jane"') + rule("y", "deny"));
  assertEquals(decide(policy, { tool: "a" }).message, "ask Jane");
  assertEquals(decide(policy, { tool: "b" }).message, "this call is not allowed");
});

type NameRow = readonly [name: string, call: CallOptions, invalid: boolean];

const NAMES: readonly NameRow[] = [
  ["a plain name", { tool: "read_file" }, false],
  ["128 characters", { tool: "a".repeat(128) }, false],
  ["129 characters", { tool: "a".repeat(129) }, true],
  ["nothing", { tool: "" }, true],
  ["a space", { tool: "read file" }, true],
  ["a Cyrillic letter", { tool: "r\u0435ad_file" }, true],
  ["a zero-width character", { tool: "read\u200b_file" }, true],
  ["a slash", { tool: "read/file" }, true],
  ["an odd name that is listed", { tool: "read file", listing: "listed" }, false],
  ["a plain name that only looks like a listed one", { tool: "readfile", listing: "lookalike" }, true],
  ["a plain name that is not listed", { tool: "readfile", listing: "unlisted" }, false],
  ["a URI of a resource", { tool: "file:///a b", method: "resources/read" }, false],
];

for (const [name, options, invalid] of NAMES) {
  Deno.test(`invalid-name: ${name}`, async () => {
    const decision = decide(await policyOf(rule("x", "allow", 'methods = ["*"]')), options);
    assertEquals(decision.reason === "invalid-name", invalid);
    assertEquals(decision.outcome, invalid ? "deny" : "allow");
  });
}

const finding = (id: string, action: "allow" | "ask" | "block" | "redact" | "withhold") => ({
  id,
  action,
  at: "/a",
  count: 1,
});

Deno.test("a finding that blocks denies, whatever the layers say, and names the detectors alone", async () => {
  const policy = await policyOf(rule("x", "allow"));
  const decision = decide(policy, {}, {
    findings: [finding("pan", "block"), finding("aws-access-key", "block")],
  });
  assertEquals(shown(decision), "deny dlp:aws-access-key,pan");
  assertEquals(decision.message, "the arguments hold a secret (aws-access-key, pan)");
  assertEquals(decision.charges, []);
});

Deno.test("a finding that asks holds, and a deny of a layer still denies", async () => {
  const findings = [finding("ssn", "ask"), finding("pan", "allow")];
  assertEquals(shown(decide(await policyOf(rule("x", "allow")), {}, { findings })), "ask dlp:ssn");
  assertEquals(shown(decide(await policyOf(rule("x", "deny")), {}, { findings })), "deny rule:x layer1/x");
});

Deno.test("a finding towards the client is the gate's to mask, unless it must be withheld", async () => {
  const policy = await policyOf('default = "allow"');
  assertEquals(decide(policy, {}, { findings: [finding("pan", "redact")] }).outcome, "allow");
  assertEquals(decide(policy, {}, { findings: [finding("pan", "withhold")] }).outcome, "deny");
});

Deno.test("the threat score is compared, carried on, and unknown where the scan is incomplete", async () => {
  const policy = await policyOf(`default = "allow"\n${rule("x", "ask", "threat = { min = 4 }")}`);
  const threat = (score: number) => ({ threat: { score, parts: [] } });
  assertEquals(shown(decide(policy, {}, threat(3))), "allow default");
  assertEquals(shown(decide(policy, {}, threat(4))), "ask rule:x layer1/x");
  assertEquals(decide(policy, {}, threat(4)).threat, 4);
  assertEquals(shown(decide(policy, {}, { ...threat(0), complete: false })), "ask rule:x layer1/x");
});

Deno.test("failure_mode open takes an incomplete scan for what it saw", async () => {
  const policy = await policyOf(
    `default = "allow"\nfailure_mode = "open"\n${rule("x", "ask", "threat = { min = 4 }")}`,
  );
  const decision = decide(policy, {}, { complete: false });
  assertEquals([decision.outcome, decision.failureMode], ["allow", "open"]);
});

const MODES: readonly (readonly [layers: readonly string[], mode: string])[] = [
  [[""], "closed"],
  [['failure_mode = "open"'], "open"],
  [['failure_mode = "open"', ""], "open"],
  [['failure_mode = "open"', 'failure_mode = "closed"'], "closed"],
  [["", 'failure_mode = "open"'], "closed"],
  [['failure_mode = "closed"', 'failure_mode = "open"'], "closed"],
];

for (const [layers, mode] of MODES) {
  Deno.test(`failure mode of ${JSON.stringify(layers)} is ${mode}: a lower layer only closes`, async () => {
    assertEquals((await policyOf(layers)).failureMode, mode);
  });
}

Deno.test("the default does not reach traffic that is not judged", async () => {
  const policy = await policyOf('default = "deny"');
  assertEquals(shown(decide(policy, { method: "ping", tool: "", judged: false })), "allow unlisted-method");
  assertEquals(
    shown(decide(policy, { method: "vendor/x", tool: "", judged: false })),
    "allow unlisted-method",
  );
});

Deno.test("a rule that names unjudged traffic decides it", async () => {
  const policy = await policyOf(rule("x", "deny", 'methods = ["logging/setLevel"]'));
  assertEquals(
    shown(decide(policy, { method: "logging/setLevel", tool: "", judged: false })),
    "deny rule:x layer1/x",
  );
  assertEquals(decide(policy, { method: "ping", tool: "", judged: false }).outcome, "allow");
});

Deno.test("unknown_methods = deny refuses what MCP does not have, in any layer, and nothing else", async () => {
  const policy = await policyOf(['default = "allow"', 'unknown_methods = "deny"']);
  assertEquals(
    shown(decide(policy, { method: "vendor/x", tool: "", judged: false })),
    "deny unlisted-method",
  );
  assertEquals(decide(policy, { method: "ping", tool: "", judged: false }).outcome, "allow");
});

Deno.test("a method that MCP does not have is ruled by its name, before unknown_methods is asked", async () => {
  const own = (method: string) => ({ method, tool: "", judged: false });
  const denied = await policyOf('default = "allow"\n' + rule("x", "deny", 'methods = ["vendor/reindex"]'));
  assertEquals(shown(decide(denied, own("vendor/reindex"))), "deny rule:x layer1/x");
  assertEquals(decide(denied, own("vendor/status")).outcome, "allow");
  const allowed = await policyOf(
    'unknown_methods = "deny"\n' + rule("x", "allow", 'methods = ["vendor/reindex"]'),
  );
  assertEquals(decide(allowed, own("vendor/reindex")).outcome, "allow");
  assertEquals(decide(allowed, own("vendor/status")).outcome, "deny");
});

Deno.test("hide_denied_tools and the names of layers are kept for others", async () => {
  const policy = await policyOf(['name = "org"\nhide_denied_tools = true', "[guardrails]\nblock_tools = []"]);
  assertEquals(policy.hideDeniedTools, true);
  assertEquals(policy.name, "org+layer2");
  assertEquals(policy.layers.map(({ name }) => name), ["org", "layer2.guardrails", "layer2"]);
});

Deno.test("decide() remembers which rules are about a call, and its arguments never", async () => {
  const policy = await policyOf(rule("x", "deny", "when = { a = { gt = 5 } }") + rule("y", "allow"));
  assertEquals(decide(policy, { args: { a: 6 } }).outcome, "deny");
  assertEquals(decide(policy, { args: { a: 4 } }).outcome, "allow");
  assertEquals(decide(policy, { args: { a: 6 } }).outcome, "deny");
});

Deno.test("decide() keeps agents, servers and methods apart that share a tool", async () => {
  const policy = await policyOf(`default = "allow"\n${rule("x", "deny", 'agents = ["a"]\nservers = ["s"]')}`);
  for (
    const [agent, server, expected] of [["a", "s", "deny"], ["b", "s", "allow"], ["a", "t", "allow"], [
      "a",
      "s",
      "deny",
    ]]
  ) {
    assertEquals(
      decide(policy, { ...agent !== undefined && { agent }, ...server !== undefined && { server } }).outcome,
      expected,
    );
  }
});

Deno.test("decide() does not grow with the names it is asked about", async () => {
  const policy = await policyOf(`default = "allow"\n${rule("x", "deny", 'tools = ["t1*"]')}`);
  for (let i = 0; i < 5000; i++) {
    assertEquals(decide(policy, { tool: `t${i}` }).outcome, String(i).startsWith("1") ? "deny" : "allow");
  }
  assertEquals(decide(policy, { tool: "x".repeat(5000), method: "resources/read" }).outcome, "allow");
});

Deno.test("the digest is that of the meaning: order of keys, comments and format do not change it", async () => {
  const one = await policyOf(`name = "p"\ndefault = "deny"\n${rule("x", "deny", "when = { a = 1, b = 2 }")}`);
  const two = await policyOf(
    `# a comment\ndefault = "deny"\nname = "p"\n${rule("x", "deny", "[rules.when]\nb = 2\na = 1")}`,
  );
  const other = await policyOf(
    `name = "p"\ndefault = "deny"\n${rule("x", "deny", "when = { a = 1, b = 2.5 }")}`,
  );
  assertEquals(one.digest, two.digest);
  assert(one.digest !== other.digest);
  assert(/^sha256:[0-9a-f]{64}$/.test(one.digest));
  assertEquals(decide(one).policy, one.digest);
});

Deno.test("the digest tells amounts apart that one double would hold", async () => {
  const policies = await Promise.all(
    ["50000.000000000001", "50000.0000000000010001"].map((limit) =>
      policyOf(`name = "p"\n${rule("x", "deny", `when = { a = { gt = ${limit} } }`)}`)
    ),
  );
  assert(policies[0]?.digest !== policies[1]?.digest);
});
