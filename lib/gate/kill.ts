/** The end of a session: a planted value was about to leave it, or its shape is so far off that a policy ended it. */
import { reasonForFindings, type Report } from "../verdict/mod.ts";
import type { Judgeable } from "./judgeable.ts";

const CANARY = "canary";

/** A message that holds a planted value is refused, whatever is configured about findings. */
export function refuseCanary(item: Judgeable, report: Report): Judgeable {
  return item.invalid === undefined && holdsCanary(item, report)
    ? { ...item, invalid: reasonForFindings([CANARY]) }
    : item;
}

/** In a session that has been ended nothing is judged any more. */
export function refuseKilled(item: Judgeable, isKilled: boolean): Judgeable {
  return isKilled && item.invalid === undefined ? { ...item, invalid: "killed" } : item;
}

/** Was a planted value about to leave? */
export function holdsCanary({ direction }: Pick<Judgeable, "direction">, { findings }: Report): boolean {
  return direction === "to-upstream" &&
    findings.some(({ id, action }) => id === CANARY && action !== "allow");
}
