import { assert, assertEquals } from "@std/assert";
import { Signs } from "../../lib/scan/message_signs.ts";
import { checkSigns } from "../../lib/scan/signs.ts";
import { THREAT_SIGNS, threatsIn } from "../../lib/scan/threats/threats.ts";
import { HOSTILE_ARGUMENTS, ORDINARY_ARGUMENTS } from "./_threat_texts.ts";

/** From here on the bundled policies ask a person. */
const ASKED = 4;

function idsIn(text: string): readonly string[] {
  return threatsIn(text).map(({ id }) => id);
}

/** The score of a message that is this text. */
function scoreOf(text: string): number {
  const signs = new Signs("to-upstream", { extra: [] });
  signs.see(text, () => "");
  return signs.threat.score;
}

function told(text: string): string {
  return `${JSON.stringify(text)}: ${threatsIn(text).map(({ id, weight }) => `${id} ${weight}`).join(", ")}`;
}

Deno.test("each threat sign lives up to its examples", () => {
  assertEquals(checkSigns(THREAT_SIGNS, idsIn), []);
});

Deno.test("each threat sign has an id of its own, an explanation, and examples of both kinds", () => {
  assertEquals(new Set(THREAT_SIGNS.map(({ id }) => id)).size, THREAT_SIGNS.length);
  for (const { id, explanation, examples } of THREAT_SIGNS) {
    assert(/^[a-z][a-z0-9-]{3,40}$/.test(id), id);
    assert(explanation.length > 10, id);
    assert(examples.hits.length > 0 && examples.misses.length > 0, id);
  }
});

Deno.test("ordinary work stays below the score that is asked about", () => {
  assert(ORDINARY_ARGUMENTS.length >= 80, `${ORDINARY_ARGUMENTS.length} texts`);
  const over = ORDINARY_ARGUMENTS.filter((text) => scoreOf(text) >= ASKED);
  assertEquals(over.map(told), []);
});

Deno.test("attacks reach the score that is asked about", () => {
  assert(HOSTILE_ARGUMENTS.length >= 80, `${HOSTILE_ARGUMENTS.length} texts`);
  const under = HOSTILE_ARGUMENTS.filter((text) => scoreOf(text) < ASKED);
  assertEquals(under.map(told), []);
});

Deno.test("all categories are in the table, and a sign counts once however often it stands there", () => {
  assertEquals([...new Set(THREAT_SIGNS.map(({ category }) => category))].sort(), [
    "command-injection",
    "path-traversal",
    "prompt-injection",
    "secret-exfiltration",
    "server-side-request-forgery",
    "suspicious-url",
  ]);
  assertEquals(threatsIn("http://localhost:1 ".repeat(50)).length, 1);
  assertEquals(scoreOf("http://localhost:1 ".repeat(50)), 1);
});

Deno.test("a hit says where it stands", () => {
  const text = "see http://169.254.169.254/latest";
  const [hit] = threatsIn(text);
  assertEquals(text.slice(hit?.start, hit?.end), "169.254.169.254");
  assertEquals(threatsIn(""), []);
});

Deno.test("no words around an attack turn it off", () => {
  for (const words of ["nosec", "countersign:allow", "safe", "# test only", "noscan", "trusted"]) {
    assert(scoreOf(`${words}\nrm -rf / # ${words}`) >= ASKED, words);
  }
});
