import { assert, assertEquals } from "@std/assert";
import { type Diagnostic, formatOfFile, renderDiagnostics } from "../../lib/diagnostic/mod.ts";
import { loadPolicy, policyReference, readCases } from "../../lib/policy/mod.ts";
import { testGoldens } from "../diagnostic/_goldens.ts";
import { type Phrase, phrasesIn, saysPhrase } from "../diagnostic/_phrases.ts";

testGoldens("policy", async (file, text) => shown(await diagnosticsOf(file, text), { file, text }));

testGoldens("cases", (file, text) => {
  const cases = readCases(file, text);
  return shown(cases.ok ? [] : cases.error, { file, text });
});

function shown(found: readonly Diagnostic[], { file, text }: { file: string; text: string }): string {
  // A fixture is there for what it complains about: one that says nothing has lost its point.
  assert(found.length > 0, `${file} has no diagnostic`);
  assert(found.every(({ hint }) => hint !== ""), "each diagnostic has a hint");
  assert(file.startsWith("warning_") === found.every(({ severity }) => severity === "warning"));
  return renderDiagnostics(found, { sources: new Map([[file, text]]) });
}

async function diagnosticsOf(file: string, text: string): Promise<readonly Diagnostic[]> {
  const format = formatOfFile(file);
  if (format === undefined) throw new Error(`${file}: its ending names no format`);
  const source = { name: "p", file, format, text };
  // What takes two files, or a place where something is not known, is in the fixture's name.
  const sources = file.startsWith("error_twice") ? [{ ...source, file: `first_${file}` }, source] : [source];
  const home = file.startsWith("error_homeless") ? {} : { home: "/home/u" };
  const policy = await loadPolicy(sources, { workingFolder: "/srv/work", ...home });
  return policy.ok ? policy.value.warnings : policy.error;
}

/** The rooms that read policies and cases, and where their phrases are shown. */
const SOURCES = ["lib/policy", "lib/policy/cel", "lib/diagnostic"];
const BESIDE = ["lib/base/duration.ts", "lib/base/glob.ts"];
const GOLDENS = ["policy", "cases", "config"];

/** Phrases in the same files that are no diagnostics: words to clients, of explanations, of the reference. */
const SAID_TO_OTHERS: Readonly<Record<string, readonly string[]>> = {
  "lib/base/glob.ts": ["any run of characters"],
  // What the parser's limits and its switched-off extensions leave nothing for; said if a later parser does not.
  "lib/policy/cel/cel_engine.ts": ["the expression is nested too deeply"],
  "lib/policy/cel/compile.ts": ["optional fields are not part of policies", "ask with has(args.x)"],
  "lib/policy/cel/read_cel.ts": ["its value is neither true nor false", "it would take too long"],
  "lib/policy/read_amount_limit.ts": [" (it cannot be read as a number)", "… over the limit: ……"],
  "lib/policy/read_envelope.ts": ["call of the session"],
  "lib/policy/read_guardrails.ts": [
    "this tool is blocked",
    "this tool is not on the list of allowed tools",
    "a person has to approve calls of this tool",
    "the amount is over the limit, or cannot be read",
    "this tool is on the list of allowed tools",
  ],
  "lib/policy/read_history.ts": [
    "not after",
    "in this session",
    "by this agent",
    ", then ",
    "this call is …: …",
  ],
  "lib/policy/read_limits.ts": ["… in total of …", "in this ledger"],
  "lib/policy/read_rate_limit.ts": [
    "as many calls a minute as rate_limit_tools says",
    "more than … calls of one tool in a minute",
    "too many calls of this tool within a minute: wait before the next one",
  ],
  "lib/policy/read_rules.ts": [
    "this call is allowed",
    "this call is allowed, with fields masked",
    "this call is not allowed",
    "a person has to approve this call",
    " (the scan is incomplete)",
    "threat score at least …: ……",
    "the arguments cannot be read",
  ],
  "lib/policy/selectors.ts": [
    "the method is not …",
    "the tool is not …",
    "the tool is …",
    "the server is not …",
    "the agent is not …",
    "the agent is …",
    "the agent's roles are not verified",
    "the agent has no role …",
    "… or … more",
  ],
};

Deno.test("every message and every hint about policies and cases has a golden", () => {
  const lines = GOLDENS.flatMap((folder) => textsIn(`tests/golden/${folder}`, ".txt"))
    .flatMap(([, text]) => text.split("\n"));
  assert(lines.length > 500, "there are goldens");
  const all = sources().flatMap(([, source]) => phrasesIn(source));
  assert(all.length > 400, `only ${all.length} phrases were found`);
  const missing = sources().flatMap(([file, source]) =>
    phrasesIn(source)
      .filter((phrase) => isForOperators(file, phrase))
      .filter((phrase) => !lines.some((line) => saysPhrase(line, phrase)))
      .map((phrase) => `${file}: ${shownPhrase(phrase)}`)
  );
  assertEquals(missing, [], "add a fixture to tests/golden that makes each of them be said");
});

Deno.test("what is left out of the goldens is there", () => {
  const phrases = new Map(sources().map(([file, source]) => [file, phrasesIn(source).map(shownPhrase)]));
  for (const [file, said] of Object.entries(SAID_TO_OTHERS)) {
    assertEquals(said.filter((phrase) => phrases.get(file)?.includes(phrase) !== true), [], file);
  }
});

const ROOT = new URL("../../", import.meta.url);

/** The files that say something to operators. */
function sources(): readonly (readonly [file: string, source: string])[] {
  const files = SOURCES.flatMap((folder) => textsIn(folder, ".ts"));
  const beside = BESIDE.map((file) => [file, Deno.readTextFileSync(new URL(file, ROOT))] as const);
  const speaking = [...files, ...beside].filter(([, text]) =>
    /\bsink\b|\berr\(|\bhint\b|GlobError/.test(text)
  );
  assert(speaking.length > 25, `only ${speaking.length} files`);
  // What makes the reference of fields is not said about any file.
  return speaking.filter(([file]) => file !== "lib/diagnostic/field_types.ts");
}

function textsIn(folder: string, ending: string): readonly (readonly [file: string, text: string])[] {
  const url = new URL(`${folder}/`, ROOT);
  return [...Deno.readDirSync(url)].map(({ name }) => name).filter((name) => name.endsWith(ending)).sort()
    .map((name) => [`${folder}/${name}`, Deno.readTextFileSync(new URL(name, url))] as const);
}

function shownPhrase({ pieces }: Phrase): string {
  return pieces.join("…");
}

/** Not for operators: imports, faults of our own, and what stands in the reference. */
function isForOperators(file: string, phrase: Phrase): boolean {
  const said = shownPhrase(phrase);
  if (/(?:doc:|shown:|from|import\()["+]*$/.test(phrase.before) || said.startsWith("internal error: ")) {
    return false;
  }
  if (file === "lib/policy/operators.ts" && REFERENCE.includes(said)) return false;
  return SAID_TO_OTHERS[file]?.includes(said) !== true;
}

const REFERENCE = policyReference();
