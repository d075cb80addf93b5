/** The guide, policies/README.md: everything in it that a reader may copy does what it says. */
import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/mod.ts";
import { newBook } from "../../lib/cli/policy/book.ts";
import { main } from "../../lib/cli/mod.ts";
import {
  BUNDLED_POLICIES,
  bundledPolicy,
  loadPolicy,
  type Policy,
  policyReference,
  readCases,
  runCases,
  uncoveredArms,
} from "../../lib/policy/mod.ts";
import { readMarkdown } from "../../scripts/docs/markdown.ts";
import { PLACES } from "./_policy.ts";

const FILE = new URL("../../policies/README.md", import.meta.url);
const TEXT = Deno.readTextFileSync(FILE);
const FENCES = readMarkdown(TEXT).fences;

const REFERENCE_REGEXP = /(<!-- deno-fmt-ignore-start -->\n)[\s\S]*(<!-- deno-fmt-ignore-end -->)/;

Deno.test("the reference is what the tables say", () => {
  assert(REFERENCE_REGEXP.test(TEXT), "the marks are gone");
  const current = TEXT.replace(
    REFERENCE_REGEXP,
    (_, open, close) => `${open}\n${policyReference()}\n${close}`,
  );
  if (Deno.env.get("GOLDEN") === "update") Deno.writeTextFileSync(FILE, current);
  assertEquals(TEXT, current);
});

const TOML = FENCES.filter(({ info }) => info === "toml");

Deno.test("there are examples, of a kind that is looked at", () => {
  assert(TOML.length >= 12, `${TOML.length} TOML blocks`);
  assertEquals([...new Set(FENCES.map(({ info }) => info))].sort(), ["", "jsonl", "sh", "toml"]);
});

/** A block as a file: what it leaves out to be short is put around it. */
function asFile(text: string): string {
  const rule = /^\[rules\.when\]/m.test(text) && !text.includes("[[rules]]")
    ? '[[rules]]\nid = "example"\neffect = "deny"\n'
    : "";
  return /^version/m.test(text) ? text : `version = 1\n${rule}${text}`;
}

/** The name that the block's first line gives it, such as `refunds.toml`. */
function nameOf(text: string): string | undefined {
  return /^# (\S+\.toml)\n/.exec(text)?.[1];
}

async function load(text: string, name = "example"): Promise<Policy> {
  const source = { name, file: "README.md", format: "toml", text: asFile(text) } as const;
  const policy = await loadPolicy([source], PLACES);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error, null, 1));
  return policy.value;
}

for (const { line, text } of TOML) {
  const name = nameOf(text);
  if (name?.includes(".cases/")) continue; // run below
  Deno.test(`README.md:${line}: ${name ?? "the policy"} loads without a warning`, async () => {
    if (name !== "countersign.toml") return assertEquals((await load(text)).warnings, []);
    const config = loadConfig({ text, known: { policies: BUNDLED_POLICIES } });
    assertEquals(config.ok ? config.value.warnings : config.error, []);
  });
}

Deno.test("the example of a tested policy passes its cases, and they reach both arms of its rules", async () => {
  const named = new Map(TOML.map(({ text }) => [nameOf(text), text]));
  const policy = await load(named.get("refunds.toml") ?? "", "refunds");
  const cases = readCases("budget.toml", named.get("refunds.cases/budget.toml") ?? "");
  if (!cases.ok) throw new Error(JSON.stringify(cases.error));
  const results = runCases(policy, cases.value, newBook());
  assertEquals(results.flatMap(({ problems }) => problems), []);
  assertEquals(uncoveredArms(policy, results), []);
});

Deno.test("the lines of recorded traffic are lines that simulate reads", async () => {
  const [fence, ...more] = FENCES.filter(({ info }) => info === "jsonl");
  assertEquals(more, []);
  const folder = await Deno.makeTempDir({ prefix: "countersign-guide-" });
  try {
    await Deno.writeTextFile(`${folder}/traffic.jsonl`, fence?.text ?? "");
    let out = "", err = "";
    const io = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      terminal: { out: false, err: false },
      env: () => undefined,
      cwd: () => folder,
    };
    const argv = ["policy", "simulate", "permissive", "--from", "traffic.jsonl", "--json"];
    assertEquals([await main(argv, io), err], [0, ""]);
    assertEquals(JSON.parse(out).calls, fence?.text.trim().split("\n").length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("each command in the guide is one with flags that it has", async () => {
  const lines = FENCES.filter(({ info }) => info !== "toml").flatMap(({ text }) => text.split("\n"));
  const commands = lines.filter((line) => line.startsWith("countersign "));
  assert(commands.length >= 5);
  for (const command of commands) {
    const { parseArgs } = await import("../../lib/cli/args.ts");
    const { findEntry } = await import("../../lib/cli/table.ts");
    const [, name = "", ...argv] = command.split(/\s+(?=(?:[^']*'[^']*')*[^']*$)/);
    const entry = findEntry(name);
    if (entry === undefined) throw new Error(`no command ${name}`);
    await parseArgs(argv, (await entry.load()).command);
  }
});

Deno.test("the guide names every bundled policy, and no other", () => {
  const table = /^## What comes with the program\n([\s\S]*?)^## /m.exec(TEXT)?.[1] ?? "";
  const named = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name = ""]) => name);
  assertEquals(named.sort(), [...BUNDLED_POLICIES].sort());
  for (const name of named) assert(bundledPolicy(name) !== undefined);
});
