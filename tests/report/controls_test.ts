/** The mapping: ids and titles of others as literals, and evidence that exists. */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { ENTRY_KINDS } from "../../lib/ledger/mod.ts";
import { controlsMarkdown, FRAMEWORKS } from "../../lib/report/mod.ts";
import { COMMAND_NAMES } from "../../lib/cli/table.ts";
import { runStep } from "../cli/script.ts";

/** Subcategories by category, from NIST AI 100-1, tables 1 to 4. */
const NIST_SUBCATEGORIES: Readonly<Record<string, readonly number[]>> = {
  GOVERN: [7, 3, 2, 3, 2, 2],
  MAP: [6, 3, 5, 2, 2],
  MEASURE: [3, 13, 3, 3],
  MANAGE: [4, 4, 2, 3],
};

const OWASP_TITLES = [
  "Agent Goal Hijack",
  "Tool Misuse and Exploitation",
  "Identity and Privilege Abuse",
  "Agentic Supply Chain Vulnerabilities",
  "Unexpected Code Execution (RCE)",
  "Memory & Context Poisoning",
  "Insecure Inter-Agent Communication",
  "Cascading Failures",
  "Human-Agent Trust Exploitation",
  "Rogue Agents",
];

function controlsOf(id: string) {
  return FRAMEWORKS.find((framework) => framework.id === id)?.controls ?? [];
}

Deno.test("controls: ids of NIST AI RMF 1.0 are subcategories that it has", () => {
  const controls = controlsOf("nist-ai-rmf");
  assert(controls.length >= 10);
  for (const { id } of controls) {
    const [, name = "", category = "", number = ""] = /^([A-Z]+) (\d)\.(\d+)$/.exec(id) ?? [];
    const most = NIST_SUBCATEGORIES[name]?.[Number(category) - 1] ?? 0;
    assert(Number(number) >= 1 && Number(number) <= most, id);
  }
  assertEquals(new Set(controls.map(({ id }) => id.split(" ")[0])), new Set(Object.keys(NIST_SUBCATEGORIES)));
});

Deno.test("controls: the ten of OWASP, each by its own title", () => {
  const expected = OWASP_TITLES.map((title, i) => [`ASI${String(i + 1).padStart(2, "0")}`, title]);
  assertEquals(controlsOf("owasp-agentic").map(({ id, title }) => [id, title]), expected);
});

Deno.test("controls: the concerns of the NCCoE paper", () => {
  const ids = controlsOf("nccoe-agent-identity").map(({ id }) => id);
  for (
    const concern of ["identification", "authentication", "authorization", "auditing", "prompt-injection"]
  ) {
    assert(ids.includes(concern), concern);
  }
});

Deno.test("controls: every one says what is done, where it shows and what is left open, each id once", () => {
  for (const { controls, name } of FRAMEWORKS) {
    assertEquals(new Set(controls.map(({ id }) => id)).size, controls.length, name);
    for (const { id, how, evidence, gap } of controls) {
      assert(how.length > 20 && evidence.length > 0 && gap.length > 10, id);
    }
  }
});

const FIELDS =
  "agent agent.id agent.verified authorized_by by call calls charges cleared cut decision detail direction " +
  "enforced envelope findings hash hidden id input key labels latency_us method note output policy prev reason roles rules " +
  "session server sig threat threat_parts tool tools verdict verified digest bytes checkpoints receipts packs";

Deno.test("controls: evidence begins with a kind of entry, a field or a command that there is", () => {
  const known = new Set<string>([
    ...ENTRY_KINDS,
    ...COMMAND_NAMES,
    ...FIELDS.split(" "),
    "export",
    "receipt",
    "hash,",
    "witnesses",
  ]);
  for (const { controls } of FRAMEWORKS) {
    for (const { id, evidence } of controls) {
      for (const one of evidence) {
        const [first = ""] = one.split(/[ ,:]/);
        assert(known.has(first), `${id}: ${one}`);
      }
    }
  }
});

Deno.test("controls: as text, as JSON and as Markdown", async () => {
  const text = await runStep({ argv: ["controls"] }, "/");
  assertEquals(text.exit, 0);
  assert(text.stdout.some((line) => /^ {2}ASI02 +Tool Misuse and Exploitation {2}supports$/.test(line)));
  assertFalse(text.stdout.some((line) => line.length > 110));
  const json = await runStep({ argv: ["controls", "--json"] }, "/");
  assertEquals(JSON.parse(json.stdout.join("")).frameworks.length, 3);
  const markdown = await runStep({ argv: ["controls", "--markdown"] }, "/");
  assertEquals(markdown.stdout[0], "# Control mapping");
  assert(controlsMarkdown().includes("MEASURE 2.7"));
});
