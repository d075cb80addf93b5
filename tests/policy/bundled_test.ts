import { assert, assertEquals } from "@std/assert";
import {
  BUNDLED_POLICIES,
  bundledPolicy,
  loadPolicy,
  type Policy,
  type PolicyCase,
  policyReference,
  readCases,
  runCases,
  uncoveredArms,
} from "../../lib/policy/mod.ts";

const FOLDER = new URL("../../policies/", import.meta.url);

async function bundled(name: string): Promise<Policy> {
  const source = bundledPolicy(name);
  if (source === undefined) throw new Error(`no bundled policy has the name ${name}`);
  // Without a home and a working folder: what comes with the program must load anywhere.
  const policy = await loadPolicy([source]);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

function casesOf(name: string): readonly PolicyCase[] {
  const folder = new URL(`${name}.cases/`, FOLDER);
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  assert(files.length > 0, `${name} has no cases`);
  return files.flatMap((file) => {
    const cases = readCases(file, Deno.readTextFileSync(new URL(file, folder)));
    if (!cases.ok) throw new Error(JSON.stringify(cases.error));
    assert(cases.value.length > 0, `${file} has no calls`);
    return cases.value;
  });
}

Deno.test("each policy in the folder is bundled, and is the file", () => {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
    name.endsWith(".toml")
  );
  assertEquals(files.map((name) => name.replace(".toml", "")).sort(), [...BUNDLED_POLICIES].sort());
  for (const name of BUNDLED_POLICIES) {
    assertEquals(bundledPolicy(name)?.text, Deno.readTextFileSync(new URL(`${name}.toml`, FOLDER)));
  }
});

for (const name of BUNDLED_POLICIES) {
  Deno.test(`${name} has no warnings, and the name that it is asked for by`, async () => {
    const policy = await bundled(name);
    assertEquals(policy.warnings, []);
    assertEquals(policy.name, name);
  });

  Deno.test(`${name}: both arms of each rule have a case`, async () => {
    assertEquals(uncoveredArms(await bundled(name), casesOf(name)), []);
  });

  for (const one of casesOf(name)) {
    Deno.test(`${name}: ${one.name}`, async () => {
      const [result] = runCases(await bundled(name), [one]);
      assertEquals([result?.passed, result?.got], [true, result?.got]);
    });
  }
}

Deno.test("no bundled policy has a name of the prototype", () => {
  assertEquals(bundledPolicy("constructor"), undefined);
  assertEquals(bundledPolicy("__proto__"), undefined);
});

Deno.test("runCases() notices a wrong outcome and a wrong rule", async () => {
  const policy = await bundled("standard");
  const right = casesOf("standard").find(({ name }) => name === "a table is dropped");
  if (right === undefined) throw new Error("the case is gone");
  const cases = [right, { ...right, expect: "deny" as const }, { ...right, rule: "standard/moves-money" }];
  assertEquals(runCases(policy, cases).map(({ passed }) => passed), [true, false, false]);
});

Deno.test("uncoveredArms() notices a rule without a case", async () => {
  assertEquals(uncoveredArms(await bundled("standard"), []).length, 6);
});

Deno.test("readCases() refuses a misspelt key and arguments that are no JSON", () => {
  const text = 'version = 1\n[[calls]]\nname = "x"\nexpct = "deny"\nargs = "{"\n';
  const cases = readCases("x.toml", text);
  assertEquals(cases.ok ? [] : cases.error.map(({ line, message }) => `${line} ${message}`), [
    '2 "expect" is missing in a case',
    '4 unknown key "expct" in a case',
    '5 "args" must be a table or JSON text',
  ]);
});

const REFERENCE_REGEXP = /(<!-- deno-fmt-ignore-start -->\n)[\s\S]*(<!-- deno-fmt-ignore-end -->)/;

Deno.test("the reference in policies/README.md is what the tables say", () => {
  const file = new URL("README.md", FOLDER);
  const text = Deno.readTextFileSync(file);
  assert(REFERENCE_REGEXP.test(text), "the marks are gone");
  const current = text.replace(
    REFERENCE_REGEXP,
    (_, open, close) => `${open}\n${policyReference()}\n${close}`,
  );
  if (Deno.env.get("GOLDEN") === "update") Deno.writeTextFileSync(file, current);
  assertEquals(text, current);
});
