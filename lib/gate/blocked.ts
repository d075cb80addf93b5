import {
  type Finding,
  type ReasonCode,
  reasonForFault,
  reasonForFindings,
  type WorkerName,
} from "../verdict/mod.ts";
import type { Call } from "./call.ts";
import type { Inspected } from "./ports.ts";

/** The findings that keep a reply from being handed over. */
export function blockersIn({ report }: Inspected): readonly Finding[] {
  return report.findings.filter(({ action }) =>
    action === "withhold" || action === "block" || action === "ask"
  );
}

/** Why this reply cannot be handed over at all. */
export function blockedBy(
  inspected: Inspected,
  faults: readonly WorkerName[],
  call: Call,
): ReasonCode | undefined {
  const [fault] = faults;
  if (fault !== undefined) return reasonForFault(fault);
  const { report, withhold } = inspected;
  if (!report.complete && call.failureMode === "closed") return "scan-incomplete";
  const blocking = blockersIn(inspected);
  if (withhold !== true && blocking.length === 0) return undefined;
  // Where nothing in particular blocks, no mask would stay: then it is all that was found.
  const why = blocking.length > 0 ? blocking : report.findings;
  return reasonForFindings(why.map(({ id }) => id));
}
