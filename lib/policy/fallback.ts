/** What holds where no layer decides. */
import type { AccessRequest, Ruling } from "../verdict/mod.ts";
import { isKnownMethod } from "./methods.ts";

export interface Defaults {
  readonly default: "allow" | "deny" | "ask";
  readonly unknownMethods: "allow" | "deny";
}

const MESSAGES: Readonly<Record<Defaults["default"], string>> = {
  allow: "no rule is about this call, and the policy allows it",
  deny: "no rule allows this call",
  ask: "no rule is about this call: a person has to approve it",
};

/** Traffic that the default does not reach passes, unless it is of a kind that nobody knows. */
export function fallbackOf(request: AccessRequest, { default: outcome, unknownMethods }: Defaults): Ruling {
  if (request.judged) return { outcome, rules: [], reason: "default", message: MESSAGES[outcome] };
  const refused = unknownMethods === "deny" && !isKnownMethod(request.action);
  return {
    outcome: refused ? "deny" : "allow",
    rules: [],
    reason: "unlisted-method",
    message: refused ? "this method is not one that the policy knows" : "this method is not judged by rules",
  };
}
