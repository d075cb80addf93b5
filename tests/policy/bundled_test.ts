import { assert, assertEquals } from "@std/assert";
import {
  BUNDLED_POLICIES,
  bundledCases,
  bundledPolicy,
  type CaseFile,
  type CaseResult,
  loadPolicy,
  type Policy,
  type PolicySource,
  readCases,
  runCases,
  uncoveredArms,
} from "../../lib/policy/mod.ts";
import { newBook } from "../../lib/cli/policy/book.ts";

const FOLDER = new URL("../../policies/", import.meta.url);

function source(name: string): PolicySource {
  const found = bundledPolicy(name);
  if (found === undefined) throw new Error(`no bundled policy has the name ${name}`);
  return found;
}

/** Without a home: what comes with the program must load anywhere. A working folder there always is. */
async function load(names: readonly string[]): Promise<Policy> {
  const policy = await loadPolicy(names.map(source), { workingFolder: "/srv/app" });
  if (!policy.ok) throw new Error(JSON.stringify(policy.error, null, 1));
  return policy.value;
}

async function caseFiles(name: string): Promise<readonly CaseFile[]> {
  const files = await bundledCases(name);
  assert(files.length > 0, `${name} has no cases`);
  return files.map(({ file, text }) => {
    const read = readCases(file, text);
    if (!read.ok) throw new Error(JSON.stringify(read.error, null, 1));
    return read.value;
  });
}

async function runFile(name: string, file: CaseFile): Promise<readonly CaseResult[]> {
  return runCases(await load([...file.above, name, ...file.below]), file, newBook());
}

Deno.test("each policy in the folder is bundled, and is the file", () => {
  const files = namesIn("").filter((name) => name.endsWith(".toml"));
  assertEquals(files.map((name) => name.replace(".toml", "")), [...BUNDLED_POLICIES].sort());
  for (const name of BUNDLED_POLICIES) {
    assertEquals(bundledPolicy(name)?.text, Deno.readTextFileSync(new URL(`${name}.toml`, FOLDER)));
  }
});

Deno.test("each file of cases in the folder is bundled, and is the file", async () => {
  for (const name of BUNDLED_POLICIES) {
    const bundled = await bundledCases(name);
    assertEquals(bundled.map(({ file }) => file.replace(/^.*\//, "")).sort(), namesIn(`${name}.cases/`));
    for (const { file, text } of bundled) {
      assertEquals(text, Deno.readTextFileSync(new URL(file.replace("bundled:", ""), FOLDER)), file);
    }
  }
});

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(new URL(folder, FOLDER))].map(({ name }) => name).sort();
}

for (const name of BUNDLED_POLICIES) {
  Deno.test(`${name} has no warnings, and the name that it is asked for by`, async () => {
    const policy = await load([name]);
    assertEquals(policy.warnings, []);
    assertEquals(policy.name, name);
  });

  Deno.test(`${name}: both arms of each rule have a case`, async () => {
    const results: CaseResult[] = [];
    for (const file of await caseFiles(name)) results.push(...await runFile(name, file));
    assertEquals(uncoveredArms(await load([name]), results), []);
  });

  for (const file of await caseFiles(name)) {
    Deno.test(`${name}: ${file.file.replace(/^.*\//, "")}`, async () => {
      const failed = (await runFile(name, file)).filter(({ passed }) => !passed);
      assertEquals(failed.map(({ name, problems }) => `${name}: ${problems.join("; ")}`), []);
    });
  }
}

Deno.test("every rule that says no has words of its own for the agent", async () => {
  for (const name of BUNDLED_POLICIES) {
    for (const { rules } of (await load([name])).layers) {
      for (const { ref, effect, message } of rules) {
        const standard = /^(?:this call is not allowed|a person has to approve this call)$/;
        if (effect === "allow" || effect === "redact" || ref === "paranoid/ask-about-everything") continue;
        assert(!standard.test(message), `${ref} says nothing on what to do instead`);
      }
    }
  }
});

Deno.test("no bundled policy has a name of the prototype", async () => {
  for (const name of ["constructor", "__proto__"]) {
    assertEquals(bundledPolicy(name), undefined);
    assertEquals(await bundledCases(name), []);
  }
});
