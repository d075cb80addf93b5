/** What is refused or held before any layer is asked: names that cannot be trusted, and secrets in the arguments. */
import {
  type AccessRequest,
  type Finding,
  reasonForFindings,
  type Report,
  type Ruling,
} from "../verdict/mod.ts";

const TOOL_NAME_REGEXP = /^[A-Za-z0-9_.-]{1,128}$/;

/** The built-in answer, or `undefined` where there is none. The name is ATTACKER-CONTROLLED. */
export function builtIn(request: AccessRequest, report: Report): Ruling | undefined {
  if (hasInvalidName(request)) {
    return answer("deny", {
      reason: "invalid-name",
      message: "the tool has no name that can be told from others",
    });
  }
  const blocked = idsOf(report, (action) => action === "block" || action === "withhold");
  if (blocked.length > 0) return answer("deny", dlp(blocked));
  const asked = idsOf(report, (action) => action === "ask");
  return asked.length > 0 ? answer("ask", dlp(asked)) : undefined;
}

/** A name that upstreams may not have, or that a person takes for another one; unless the upstream really listed it. */
function hasInvalidName({ action, resource, context }: AccessRequest): boolean {
  if (context.listing === "lookalike") return true;
  return action === "tools/call" && context.listing !== "listed" && !TOOL_NAME_REGEXP.test(resource.name);
}

function idsOf({ findings }: Report, acts: (action: Finding["action"]) => boolean): readonly string[] {
  return findings.length === 0 ? [] : findings.filter(({ action }) => acts(action)).map(({ id }) => id);
}

/** The detector is named, the value never is. */
function dlp(ids: readonly string[]): Pick<Ruling, "reason" | "message"> {
  const names = [...new Set(ids)].sort().join(", ");
  return { reason: reasonForFindings(ids), message: `the arguments hold a secret (${names})` };
}

function answer(outcome: "deny" | "ask", why: Pick<Ruling, "reason" | "message">): Ruling {
  return { outcome, rules: [], ...why };
}
