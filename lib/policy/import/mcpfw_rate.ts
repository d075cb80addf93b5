/** mcpfw's rates: `N/second`, `N/minute`, `N/hour`; every other unit was a minute there. */
import type { Keys } from "./keys.ts";

const UNITS = ["second", "minute", "hour"];
const RATE_REGEXP = /^\s*(\d{1,9})\s*\/\s*([A-Za-z]+)\s*$/;

/** The rate in our words; `none` for one that lets no call through; `undefined` where it is not written right. */
export function readRate(rule: Keys): string | undefined {
  const text = rule.text("rate");
  const [, count = "", written = ""] = RATE_REGEXP.exec(text ?? "") ?? [];
  if (count === "") {
    const node = rule.node("rate");
    if (node === undefined) rule.missing("rate", 'rate: "60/minute"');
    else if (text !== undefined) rule.wrong(node, "rate", 'a rate such as "60/minute"');
    return undefined;
  }
  if (Number(count) === 0) return "none";
  const unit = written.toLowerCase().replace(/s$/, "");
  if (UNITS.includes(written)) return `${Number(count)}/${written}`;
  const known = unit === "day" || UNITS.includes(unit);
  const words = known
    ? `is what it says; there every unit but second, minute and hour was a minute`
    : "is a minute, as there";
  rule.context.notes.add("changed", rule.spot("rate"), `${JSON.stringify(written)} ${words}`);
  return `${Number(count)}/${known ? unit : "minute"}`;
}
