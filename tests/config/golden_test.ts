import { assert } from "@std/assert";
import { loadConfig } from "../../lib/config/mod.ts";
import { renderDiagnostics } from "../../lib/diagnostic/mod.ts";
import { testGoldens } from "../diagnostic/_goldens.ts";

const KNOWN = {
  policies: ["standard", "permissive"],
  detectors: ["pan", "ssn", "us-phone", "private-key-pem"],
  floor: ["private-key-pem"],
};

testGoldens("config", (file, text) => {
  const env = (name: string) => name === "SET" ? "a value that is shown nowhere" : undefined;
  const config = loadConfig({ file, text, env, known: KNOWN });
  const found = config.ok ? config.value.warnings : config.error;
  assert(found.length > 0, `${file} has no diagnostic`);
  assert(found.every(({ hint }) => hint !== ""), "each diagnostic has a hint");
  const shown = renderDiagnostics(found, { sources: new Map([[file, text]]), maskStrings: true });
  assert(!/hunter2|shown nowhere/.test(shown), "a value of the file was shown");
  return shown;
});
