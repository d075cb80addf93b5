import { Fault } from "../../base/mod.ts";
import { UNKNOWN_ARGUMENTS } from "../../policy/mod.ts";
import { loadScanner, type ScanOptions } from "../../scan/mod.ts";
import { type AccessRequest, EMPTY_REPORT, type Report } from "../../verdict/mod.ts";

/** What a scanner would report on the arguments of a call. */
export type ScanCall = (request: AccessRequest) => Report;

/**
 * A scanner as `run` would have it under the configuration that says `options`; where none is named, one with nothing
 * excepted and nothing added. Throws Fault `config` for a detector of the operator's that does not load.
 */
export async function callScanner(options: ScanOptions = { overrides: [] }): Promise<ScanCall> {
  const scanner = await loadScanner(options);
  if (!scanner.ok) throw new Fault("config", `Cannot set up the scanner: ${scanner.error}`);
  const { inspect } = scanner.value;
  return ({ args, resource: { server, name }, action }) =>
    args === UNKNOWN_ARGUMENTS
      ? EMPTY_REPORT
      : inspect({ text: args, direction: "to-upstream", server, tool: name, method: action }).report;
}
