import { assert } from "@std/assert";
import { type Diagnostic, formatOfFile, renderDiagnostics } from "../../lib/diagnostic/mod.ts";
import { loadPolicy } from "../../lib/policy/mod.ts";
import { testGoldens } from "../diagnostic/_goldens.ts";

testGoldens("policy", async (file, text) => {
  const found = await diagnosticsOf(file, text);
  // A fixture is there for what it complains about: one that says nothing has lost its point.
  assert(found.length > 0, `${file} has no diagnostic`);
  assert(found.every(({ hint }) => hint !== ""), "each diagnostic has a hint");
  assert(file.startsWith("warning_") === found.every(({ severity }) => severity === "warning"));
  return renderDiagnostics(found, { sources: new Map([[file, text]]) });
});

async function diagnosticsOf(file: string, text: string): Promise<readonly Diagnostic[]> {
  const format = formatOfFile(file);
  if (format === undefined) throw new Error(`${file}: its ending names no format`);
  const options = { workingFolder: "/srv/work", home: "/home/u" };
  const policy = await loadPolicy([{ name: "p", file, format, text }], options);
  return policy.ok ? policy.value.warnings : policy.error;
}
