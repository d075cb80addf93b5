/** A part of a rule that nothing stands for never makes the rule permit more. */
import { assert, assertEquals } from "@std/assert";
import { type Imported, importPolicy } from "../../../lib/policy/mod.ts";
import { decide, policyOf } from "../_policy.ts";

async function importOf(text: string): Promise<Imported> {
  const imported = await importPolicy({ file: "p.yaml", text });
  if (!imported.ok) throw new Error(JSON.stringify(imported.error));
  return imported.value;
}

const gate = (fallback: string, rule: string) => `default_effect: ${fallback}\nrules:\n  - {${rule}}\n`;
const booth = (rule: string) =>
  `servers: {files: {command: x}}\npolicy:\n  default: deny\n  rules:\n    - {${rule}}\n`;

/** Each is a call that the file refuses or would not load, and that has to be refused here. */
const LOST: readonly { readonly name: string; readonly text: string; readonly args?: unknown }[] = [
  ...["yes", "on", "1", '"true"'].map((value) => ({
    name: `mcp-gate: exists with ${value}`,
    text: gate("allow", `effect: deny, when: {field: bcc, op: exists, value: ${value}}`),
    args: { bcc: "x" },
  })),
  {
    name: "mcp-gate: a key that nobody knows on a rule that permits",
    text: gate("deny", "effect: allow, tools: [tool], servers: [other]"),
  },
  {
    name: "mcp-gate: a condition beside its key",
    text: gate("deny", "effect: allow, when: null, field: a, op: eq, value: 1"),
  },
  {
    name: "mcp-gate: a key that nobody knows in a condition",
    text: gate("deny", "effect: allow, when: {field: a, op: eq, value: 1, unless: b}"),
    args: { a: 1 },
  },
  {
    name: "tollbooth: a key that nobody knows on a rule that permits",
    text: booth("name: r, action: allow, tool: tool, args: {a: 1}"),
  },
  {
    name: "tollbooth: a condition beside its key",
    text: booth("name: r, action: allow, tool: tool, where: null, path: {prefix: /srv}"),
  },
];

for (const { name, text, args = {} } of LOST) {
  Deno.test(`an import that loses a part of a rule permits no more, and says so: ${name}`, async () => {
    const { toml, notes } = await importOf(text);
    assertEquals(decide(await policyOf(toml), { args }).outcome, "deny");
    assert(notes.some(({ kind }) => kind === "not-carried"), JSON.stringify(notes));
  });
}

Deno.test("tollbooth: a field without a matcher, or with more than one, is an error as there", async () => {
  for (const matcher of ["null", "{}", "{prefix: /srv, flags: i}", "{prefix: /srv, equals: x}"]) {
    const text = booth(`name: r, action: allow, tool: tool, where: {path: ${matcher}}`);
    const imported = await importPolicy({ file: "p.yaml", text });
    assert(!imported.ok, matcher);
  }
});
