import { Fault } from "../../base/mod.ts";
import { type Diagnostic, diagnosticsJson, renderDiagnostics } from "../../diagnostic/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { describePolicy } from "./describe.ts";
import { loadAsRunDoes } from "./load.ts";
import { type Sources, sourcesOf } from "./sources.ts";

/** `policy check FILE…`: everything that is wrong, what looks wrong, and in which order the rest is asked. */
export async function checkPolicy(args: Args, io: Io): Promise<number> {
  const files = args.words.slice(1);
  if (files.length === 0) {
    throw new Fault("usage", "Cannot check a policy: none is named", {
      hint: "countersign policy check policy.toml",
    });
  }
  const sources = sourcesOf(files, io);
  const policy = await loadAsRunDoes(sources, io);
  const found = policy.ok ? [...sources.diagnostics, ...policy.value.warnings] : policy.error;
  if (args.has("json")) io.out(`${diagnosticsJson(found)}\n`);
  else {
    tellDiagnostics(found, sources, io);
    if (policy.ok) io.out(describePolicy(policy.value));
    io.err(`${count(found, "error")}, ${count(found, "warning")}\n`);
  }
  return policy.ok ? EXIT.done : EXIT.usage;
}

/** The diagnostics, with the lines that they are about, to stderr. */
export function tellDiagnostics(found: readonly Diagnostic[], { texts }: Sources, io: Io): void {
  // A configuration may hold a secret: of its lines, strings are not shown.
  const isConfig = (file: string) => /countersign\.toml$/.test(file);
  for (const one of found) {
    const options = { sources: texts, maskStrings: isConfig(one.file), colour: io.terminal.err };
    io.err(renderDiagnostics([one], options));
  }
}

function count(found: readonly Diagnostic[], severity: Diagnostic["severity"]): string {
  const number = found.filter((one) => one.severity === severity).length;
  return `${number} ${severity}${number === 1 ? "" : "s"}`;
}
