import { Fault } from "../../base/mod.ts";
import { UNKNOWN_ARGUMENTS } from "../../policy/mod.ts";
import { createScanner } from "../../scan/mod.ts";
import { type AccessRequest, EMPTY_REPORT, type Report } from "../../verdict/mod.ts";

type Scanner = Extract<ReturnType<typeof createScanner>, { readonly ok: true }>["value"];

let known: Scanner | undefined;

/** What the scanner would report on the arguments of a call, with nothing excepted. */
export function scanCall({ args, resource: { server, name }, action }: AccessRequest): Report {
  if (args === UNKNOWN_ARGUMENTS) return EMPTY_REPORT;
  known ??= newScanner();
  return known.inspect({ text: args, direction: "to-upstream", server, tool: name, method: action }).report;
}

function newScanner(): Scanner {
  const scanner = createScanner({ overrides: [] });
  if (scanner.ok) return scanner.value;
  throw new Fault("internal", `Cannot scan a call: ${scanner.error}`);
}
