/** The pieces that expressions are compiled into: functions from a call's facts to a value, or to none. */
import { type ArithmeticOperator, calculate } from "./arithmetic.ts";
import { equals, isIn } from "./equality.ts";
import type { Facts } from "./facts.ts";
import type { Meter } from "./meter.ts";
import {
  Double,
  isList,
  isTable,
  memberOf,
  NO_FIELD,
  order,
  OUT_OF_RANGE,
  type Raw,
  read,
  Unevaluable,
  type Value,
  WRONG_KIND,
} from "./value.ts";

export interface Frame {
  readonly facts: Facts;
  readonly meter: Meter;
  /** The variables of the loops around, from the outermost on. */
  readonly locals: Value[];
}
/** Throws {@link Unevaluable} where there is no value. */
export type Step = (frame: Frame) => Value;

/** A value that is looked at: texts pay for being brought to NFC. */
export function touch(raw: Raw, meter: Meter): Value {
  meter.spend(1);
  return typeof raw === "string" ? meter.composed(raw) : read(raw);
}

export function select(from: Step, name: string): Step {
  return (frame) => {
    const table = from(frame);
    if (table === null) throw NO_FIELD;
    if (!isTable(table)) throw WRONG_KIND;
    const member = memberOf(table, name);
    if (member === undefined) throw NO_FIELD;
    return touch(member, frame.meter);
  };
}

/** `has(x.name)`. Through null there is nothing; through a text or a list nobody can say. */
export function has(from: Step, name: string): Step {
  return (frame) => {
    const table = from(frame);
    frame.meter.spend(1);
    if (table === null) return false;
    if (!isTable(table)) throw WRONG_KIND;
    return Object.hasOwn(table, name);
  };
}

export function index(from: Step, by: Step): Step {
  return (frame) => {
    const whole = from(frame), at = by(frame);
    const part = isList(whole) && typeof at === "bigint"
      ? whole[Number(at)]
      : isTable(whole) && typeof at === "string"
      ? memberOf(whole, at)
      : WRONG_KIND;
    if (part === WRONG_KIND) throw WRONG_KIND;
    if (part === undefined) throw isList(whole) ? OUT_OF_RANGE : NO_FIELD;
    return touch(part as Raw, frame.meter);
  };
}

/** `&&` and `||` take their sides in either order: where one side decides, the other may be unevaluable. */
export function logical(left: Step, right: Step, ends: boolean): Step {
  return (frame) => {
    const first = attempt(left, frame);
    if (first === ends) return ends;
    const second = attempt(right, frame);
    if (second === ends) return ends;
    if (first instanceof Unevaluable) throw first;
    if (second instanceof Unevaluable) throw second;
    return !ends;
  };
}

/** The answer of a step that is asked for yes or no; what it threw where it has none. */
export function attempt(step: Step, frame: Frame): boolean | Unevaluable {
  try {
    const value = step(frame);
    return typeof value === "boolean" ? value : WRONG_KIND;
  } catch (thrown) {
    if (!(thrown instanceof Unevaluable)) throw thrown;
    frame.meter.spendFailure();
    return thrown;
  }
}

export function choice(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const answer = condition(frame);
    if (typeof answer !== "boolean") throw WRONG_KIND;
    return answer ? yes(frame) : no(frame);
  };
}

export function not(step: Step): Step {
  return (frame) => {
    const value = step(frame);
    if (typeof value !== "boolean") throw WRONG_KIND;
    return !value;
  };
}

const ORDERS: Readonly<Record<string, (sign: number) => boolean>> = {
  "<": (sign) => sign < 0,
  "<=": (sign) => sign <= 0,
  ">": (sign) => sign > 0,
  ">=": (sign) => sign >= 0,
};

export function binary(operator: string, left: Step, right: Step): Step {
  const accepts = ORDERS[operator];
  if (accepts !== undefined) {
    return (frame) => {
      const a = left(frame), b = right(frame);
      if (typeof a === "string") frame.meter.spendText(a.length);
      else frame.meter.spend(1);
      if (a instanceof Double || b instanceof Double) frame.meter.spendDecimal();
      return accepts(order(a, b));
    };
  }
  if (operator === "==") return (frame) => equals(left(frame), right(frame), frame.meter);
  if (operator === "!=") return (frame) => !equals(left(frame), right(frame), frame.meter);
  if (operator === "in") return membership(left, right);
  return (frame) => {
    const a = left(frame), b = right(frame);
    frame.meter.spend(1);
    return calculate(operator as ArithmeticOperator, a, b, frame.meter);
  };
}

function membership(left: Step, right: Step): Step {
  return (frame) => {
    const value = left(frame), whole = right(frame);
    frame.meter.spend(1);
    if (isList(whole)) return isIn(value, whole, frame.meter);
    if (!isTable(whole) || typeof value !== "string") throw WRONG_KIND;
    return Object.hasOwn(whole, value);
  };
}
