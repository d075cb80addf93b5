import type { CallVerdict } from "../verdict/mod.ts";
import type { Judged } from "./judge.ts";
import { shown } from "./log.ts";
import type { Desk } from "./way.ts";

const WOULD: Readonly<Record<Exclude<CallVerdict, "forward">, string>> = {
  redact: "would mask fields of",
  hold: "would hold",
  refuse: "would refuse",
};

/**
 * Is this a dry run? Then the message goes on as it came, and the operator reads what would have become of it. Only what
 * could not be written down is stopped all the same: nothing leaves without a record.
 */
export function rehearses(
  desk: Desk,
  { settled, seq, names }: Pick<Judged, "settled" | "seq" | "names">,
): boolean {
  if (desk.settings.enforced || seq === undefined) return false;
  const { verdict, reason } = settled;
  if (verdict !== "forward") {
    desk.ports.log(
      `${WOULD[verdict]}: ${shown(names.method)} ${shown(names.tool)}: ${reason} (entry ${seq})`,
    );
  }
  return true;
}
