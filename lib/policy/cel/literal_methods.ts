/** Methods whose argument must stand in the expression: a pattern, a time zone. */
import { err, ok, type Result } from "../../base/mod.ts";
import type { RegexEngine } from "../regex_engine.ts";
import type { CelNode } from "./cel_engine.ts";
import type { CelProblem } from "./problems.ts";
import type { Step } from "./step.ts";
import { SPAN_PARTS, TIME_PARTS, timePart } from "./time.ts";
import { OUT_OF_RANGE, Span, Timestamp, WRONG_KIND } from "./value.ts";

const PATTERN_HINT = 'write it out: x.matches("^a+$"); a pattern from a call would be the attacker\'s own';
const RE2_HINT = "patterns are RE2: no back-references, no look-around; (?i) ignores case";
const ZONE_HINT = 'write now.getHours("Europe/Berlin") or now.getHours("+02:00")';

/** `text.matches(pattern)`: searches, in linear time, compiled once. */
export function matches(
  text: Step,
  pattern: CelNode | undefined,
  regex: RegexEngine,
): Result<Step, CelProblem> {
  if (pattern?.op !== "value" || typeof pattern.args !== "string") {
    const message = "a pattern that is not a text as it stands";
    return err({ at: pattern?.pos ?? 0, message, hint: PATTERN_HINT });
  }
  const search = regex.compile(pattern.args, { fold: false });
  if (!search.ok) return err({ at: pattern.pos, message: `not a pattern: ${search.error}`, hint: RE2_HINT });
  return ok((frame) => {
    const value = text(frame);
    if (typeof value !== "string") throw WRONG_KIND;
    frame.meter.spendText(8 * value.length);
    const found = search.value(value);
    if (found === undefined) throw OUT_OF_RANGE;
    return found;
  });
}

export function isTimePart(name: string): boolean {
  return Object.hasOwn(TIME_PARTS, name) || Object.hasOwn(SPAN_PARTS, name);
}

/** `now.getHours()`, `now.getHours("Europe/Berlin")`, `duration("90m").getHours()`. */
export function partOfTime(of: Step, name: string, zone: CelNode | undefined): Result<Step, CelProblem> {
  if (zone !== undefined && (zone.op !== "value" || typeof zone.args !== "string")) {
    return err({ at: zone.pos, message: "a time zone that is not a text as it stands", hint: ZONE_HINT });
  }
  const ofTime = partIn(name, zone === undefined ? undefined : String(zone.args));
  if (!ofTime.ok) return err({ at: zone?.pos ?? 0, message: ofTime.error, hint: ZONE_HINT });
  const ofSpan = zone === undefined && Object.hasOwn(SPAN_PARTS, name) ? SPAN_PARTS[name] : undefined;
  return ok((frame) => {
    const value = of(frame);
    frame.meter.spend(zone === undefined ? 5 : 100);
    if (value instanceof Timestamp && ofTime.value !== undefined) return ofTime.value(value);
    if (value instanceof Span && ofSpan !== undefined) return ofSpan(value);
    throw WRONG_KIND;
  });
}

function partIn(
  name: string,
  zone: string | undefined,
): Result<((timestamp: Timestamp) => bigint) | undefined, string> {
  if (!Object.hasOwn(TIME_PARTS, name)) return ok(undefined);
  try {
    return ok(timePart(name, zone));
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return err("a time zone that there is not");
  }
}
