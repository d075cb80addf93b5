/** Where a rule decides otherwise than there, and nothing can be done about it, a note says so. */
import { assert, assertEquals } from "@std/assert";
import { type ImportNoteKind, importPolicy } from "../../../lib/policy/mod.ts";
import { decide, policyOf } from "../_policy.ts";

async function importOf(file: string, text: string) {
  const imported = await importPolicy({ file, text });
  if (!imported.ok) throw new Error(JSON.stringify(imported.error));
  return imported.value;
}

const NOTES: readonly {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly kind: ImportNoteKind;
  readonly words: string;
}[] = [
  {
    name: "estoppl: an agent's rules replace those for all",
    file: "p.toml",
    text: '[rules]\nblock_tools = ["wire"]\n[rules.agent_rules.bot]\nblock_tools = ["x"]\n',
    kind: "changed",
    words: "may let more pass",
  },
  {
    name: "mcpfw: steps that were refused, and numbers",
    file: "p.yaml",
    text: 'default_action: allow\nrules:\n  - {action: sequence, pattern: [login, "open:22"]}\n',
    kind: "changed",
    words: "once it was forwarded",
  },
  {
    name: "tollbooth: the client's own tools",
    file: "p.yaml",
    text: "servers: {}\npolicy: {rules: [{name: r, action: deny, server: claude, tool: Bash}]}\n",
    kind: "not-carried",
    words: "the client's own tools",
  },
];

for (const { name, file, text, kind, words } of NOTES) {
  Deno.test(`an import says where fewer calls are refused than there: ${name}`, async () => {
    const { notes } = await importOf(file, text);
    assert(notes.some((note) => note.kind === kind && note.message.includes(words)), JSON.stringify(notes));
  });
}

Deno.test("estoppl: everything contains what is no text, as there", async () => {
  const rule = (operator: string, action: string) =>
    `[[rules.custom_rules]]\nname = "${operator}"\naction = "${action}"\n` +
    `condition = { field = "q", operator = "${operator}", value = 5 }\n`;
  const { toml } = await importOf("p.toml", rule("not_contains", "allow") + rule("contains", "block"));
  const policy = await policyOf(toml);
  for (const q of ["abc", ["x"], [], { a: 1 }]) {
    assertEquals(decide(policy, { args: { q } }).outcome, "deny", JSON.stringify(q));
  }
  assertEquals(decide(policy).outcome, "allow");
});
