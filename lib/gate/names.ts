/** Names of methods and resources, as entries and the log may show them. */
import type { Listing, Report } from "../verdict/mod.ts";
import type { Subject } from "../wire/mod.ts";

/** Method and resource as entries and the log may show them. */
export interface Names {
  readonly method: string;
  readonly tool: string;
}

export const METHOD_POINTER = "/method";
// Where params keep what they are about. A finding elsewhere leaves the name as it is.
const NAME_POINTERS: ReadonlySet<string> = new Set([
  "/name",
  "/uri",
  "/ref/name",
  "/ref/uri",
  "/params/name",
  "/params/uri",
]);

/**
 * A URI or a name can be the secret itself. The policy is shown it, for a rule may match it; entries, log and replies are
 * not. A scanner that gave no full answer has not said that a name is harmless, unless it is one that we know.
 */
export function namesOf(
  { method, subject }: { readonly method: string; readonly subject: Subject },
  report: Report,
  listing: Listing,
): Names {
  const found = (holds: (at: string) => boolean) => report.findings.find(({ at }) => holds(at))?.id;
  const inName = found((at) => NAME_POINTERS.has(at)), inMethod = found((at) => at === METHOD_POINTER);
  return {
    method: maskedName(method, inMethod, report.complete || subject.known),
    tool: maskedName(subject.name, inName, report.complete || listing === "listed"),
  };
}

function maskedName(name: string, finding: string | undefined, harmless: boolean): string {
  if (finding !== undefined) return `[REDACTED:${finding}]`;
  return harmless || name === "" ? name : "[NOT SCANNED]";
}
