/** What was refused there and is only held here is told. */
import { assert, assertEquals } from "@std/assert";
import { importPolicy } from "../../../lib/policy/mod.ts";
import { decide, policyOf } from "../_policy.ts";

/** The call was refused there, by a rule behind the first one or by the default. */
const HELD: readonly { readonly name: string; readonly text: string; readonly args?: unknown }[] = [
  {
    name: "mcpfw: a list in the place of a text",
    text: 'default_action: deny\nrules:\n  - {action: ask, when: {arg_matches: {path: ["/srv/*"]}}}\n',
    args: { path: ["x"] },
  },
  {
    name: "mcpfw: a pattern that cannot be carried over",
    text: "default_action: allow\nrules:\n  - {action: ask, when: {arg_regex: {path: '^(?!/srv)'}}}\n" +
      "  - {action: deny, tools: [tool]}\n",
    args: { path: "/srv" },
  },
  {
    name: "tollbooth: an argument that is left out",
    text: "servers: {files: {command: x}}\npolicy:\n  default: deny\n" +
      "  rules: [{name: r, action: require-approval, tool: tool, where: {path: {not_prefix: /srv}}}]\n",
  },
  {
    name: "mcp-gate: an operator that nobody knows",
    text: "default_effect: deny\nrules:\n" +
      "  - {effect: require_approval, when: {field: path, op: like, value: srv}}\n",
    args: { path: "x" },
  },
];

for (const { name, text, args = {} } of HELD) {
  Deno.test(`an import says where a person may let pass what was refused there: ${name}`, async () => {
    const imported = await importPolicy({ file: "p.yaml", text });
    if (!imported.ok) throw new Error(JSON.stringify(imported.error));
    const { toml, notes } = imported.value;
    assertEquals(decide(await policyOf(toml), { args }).outcome, "ask");
    const told = notes.some(({ message, kind }) => kind === "changed" && message.includes("refused at once"));
    assert(told, JSON.stringify(notes));
  });
}

Deno.test("an import says nothing of the kind where nothing behind a rule that holds refuses", async () => {
  const text = "default_action: allow\nrules:\n  - {action: deny, tools: [x]}\n" +
    '  - {action: ask, when: {arg_matches: {path: ["/srv/*"]}}}\n';
  const imported = await importPolicy({ file: "p.yaml", text });
  if (!imported.ok) throw new Error(JSON.stringify(imported.error));
  assert(!imported.value.notes.some(({ message }) => message.includes("refused at once")));
});
