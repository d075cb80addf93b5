/** Ways past a policy that somebody found, each closed. */
import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../lib/base/mod.ts";
import { loadPolicy, type Policy } from "../../lib/policy/mod.ts";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";

async function policy(rule: string): Promise<Policy> {
  const text = `version = 1\n${rule}`;
  const loaded = await loadPolicy([{ name: "p", file: "p.toml", format: "toml", text }], {
    workingFolder: "/srv/app",
  });
  if (!loaded.ok) throw new Error(loaded.error.map(({ message }) => message).join());
  return loaded.value;
}

function outcome(of: Policy, args: JsonValue): string {
  return of.decide({
    principal: { id: "a", verified: false, roles: [] },
    action: "tools/call",
    resource: { server: "s", name: "t" },
    direction: "to-upstream",
    judged: true,
    args: JSON.stringify(args),
    context: { session: "x", listing: "unknown", labels: [], calls: 0, nowMs: 0 },
  }, EMPTY_REPORT).outcome;
}

const PATHS: readonly (readonly [path: string, expected: string])[] = [
  ["file:///srv/app/x?y", "allow"],
  ["/srv/app/what?", "allow"],
  ["file:///etc/passwd?/../../srv/app/x", "deny"],
  ["file:///etc/passwd#/../../../srv/app/x", "deny"],
  ["file:///srv/app/.\t./.\t./etc/passwd", "deny"],
  ["fi\tle:///etc/passwd", "deny"],
  ["\x01file:///etc/passwd", "deny"],
  ["url:file:///etc/passwd", "deny"],
  ["\u200bfile:///etc/passwd", "deny"],
  ["$HOME/../etc", "deny"],
  ["x/..$EMPTY/..$EMPTY/etc", "deny"],
  ["C:/Windows/System32", "deny"],
  ["x/... /y", "deny"],
  ["..\u2215..\u2044etc", "deny"],
  ["Foo$Bar.class", "allow"],
];

for (const [path, expected] of PATHS) {
  Deno.test(`a rule that allows one folder says ${expected} to ${JSON.stringify(path)}`, async () => {
    const inside = 'when = { path = { path = { inside = ["/srv/app"] } } }';
    const only = await policy(`default = "deny"\n[[rules]]\nid = "a"\neffect = "allow"\n${inside}`);
    assertEquals(outcome(only, { path }), expected);
  });
}

Deno.test("a list in the place of a word does not dodge `in`", async () => {
  const deny = await policy(
    'default = "allow"\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = { p = { in = ["delete", "x"] } }',
  );
  assertEquals([["delete"], "delete", { x: 1 }, "ok"].map((p) => outcome(deny, { p })), [
    "deny",
    "deny",
    "deny",
    "allow",
  ]);
});

Deno.test("a list of very many elements is looked at whole", async () => {
  const deny = await policy(
    'default = "allow"\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = { "i.*" = { gt = 1 } }',
  );
  assertEquals(outcome(deny, { i: [...Array(200_000).fill(1), 2] }), "deny");
});

const HIDDEN: readonly (readonly [name: string, when: string, args: JsonValue])[] = [
  ["a list as a text", '{ "items.*.price" = { gt = 100 } }', { items: '[{"price": 1000}]' }],
  ["a list of texts", '{ "items.*.price" = { gt = 100 } }', { items: ['{"price": 1000}'] }],
  ["an object as a text", '{ "payment.total" = { gt = 100 } }', { payment: '{"total": 1000}' }],
  ["an object in a list", '{ "payment.total" = { gt = 100 } }', { payment: [{ total: 1000 }] }],
  ["an amount with groups beside an amount in quotes", '{ amount = { eq = "75000" } }', { amount: "75,000" }],
  ["an amount with an exponent in a list", '{ amount = { in = ["75000"] } }', { amount: "7.5e4" }],
];

for (const [name, when, args] of HIDDEN) {
  Deno.test(`a rule that denies is not dodged by ${name}`, async () => {
    const deny = await policy(`default = "allow"\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = ${when}`);
    assertEquals(outcome(deny, args), "deny");
    assertEquals(outcome(deny, {}), "allow");
  });
}

Deno.test("an amount behind a text is refused by a limit on amounts", async () => {
  const limit = await policy(
    'default = "allow"\n[guardrails]\nmax_amount_usd = 100\namount_field = "payment.total"',
  );
  const outcomes = [{ payment: { total: 5 } }, { payment: '{"total": 500}' }, { payment: 5 }, {}]
    .map((args) => outcome(limit, args));
  assertEquals(outcomes, ["allow", "deny", "deny", "allow"]);
});
