import { type Result } from "../../base/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import { loadPolicy, type Policy } from "../../policy/mod.ts";
import type { Io } from "../command.ts";
import type { Sources } from "./sources.ts";

/** The policy of the sources, as `run` would load it here: the same folder, the same home. */
export async function loadAsRunDoes(
  { sources, diagnostics }: Sources,
  io: Io,
): Promise<Result<Policy, readonly Diagnostic[]>> {
  const home = io.env("HOME") ?? io.env("USERPROFILE");
  const policy = await loadPolicy(sources, {
    workingFolder: io.cwd(),
    ...(home === undefined ? {} : { home }),
  });
  if (policy.ok && diagnostics.every(({ severity }) => severity === "warning")) return policy;
  return { ok: false, error: [...diagnostics, ...policy.ok ? policy.value.warnings : policy.error] };
}
