/** The macros that walk a list, or the keys of a table: `all`, `exists`, `exists_one`, `filter`, `map`. */
import type { Meter } from "./meter.ts";
import { attempt, type Frame, type Step, touch } from "./step.ts";
import { isList, isTable, type Raw, Unevaluable, type Value, WRONG_KIND } from "./value.ts";

export interface LoopParts {
  readonly over: Step;
  /** Where the loop's variable stands in the frame. */
  readonly slot: number;
  readonly body: Step;
  /** Of `map` with three arguments: what is made of the elements that `body` accepts. */
  readonly transform?: Step;
}

export type Loop = (parts: LoopParts) => Step;

export const LOOPS: Readonly<Record<string, Loop>> = {
  "all/2": (parts) => quantifier(parts, false),
  "exists/2": (parts) => quantifier(parts, true),
  "exists_one/2": (parts) => (frame) => {
    let found = 0;
    for (const _ of accepted(parts, frame)) found++;
    return found === 1;
  },
  "filter/2": (parts) => (frame) => [...accepted(parts, frame)],
  "map/2": ({ body, ...parts }) => (frame) => {
    const made: Value[] = [];
    for (const _ of elements(parts, frame)) made.push(body(frame));
    return made;
  },
  "map/3": ({ transform, ...parts }) => (frame) => {
    const made: Value[] = [];
    for (const value of accepted(parts, frame)) made.push(transform === undefined ? value : transform(frame));
    return made;
  },
};

/** One element that ends it decides, whatever the others are; else one that is unevaluable leaves it open. */
function quantifier(parts: LoopParts, ends: boolean): Step {
  return (frame) => {
    let open: Unevaluable | undefined;
    for (const _ of elements(parts, frame)) {
      const answer = attempt(parts.body, frame);
      if (answer === ends) return ends;
      if (answer instanceof Unevaluable) open ??= answer;
    }
    if (open !== undefined) throw open;
    return !ends;
  };
}

function* accepted(parts: LoopParts, frame: Frame): Generator<Value> {
  for (const value of elements(parts, frame)) {
    const answer = parts.body(frame);
    if (typeof answer !== "boolean") throw WRONG_KIND;
    if (answer) yield value;
  }
}

/** Puts one element after the other into the frame. */
function* elements(
  { over, slot }: Pick<LoopParts, "over" | "slot">,
  frame: Frame,
): Generator<Value> {
  const whole = over(frame);
  for (const raw of rangeOf(whole, frame.meter)) {
    frame.meter.spend(2);
    const value = touch(raw, frame.meter);
    frame.locals[slot] = value;
    yield value;
  }
}

function rangeOf(whole: Value, meter: Meter): readonly Raw[] {
  if (isList(whole)) return whole;
  if (!isTable(whole)) throw WRONG_KIND;
  const keys = Object.keys(whole);
  // Listing the keys of a large object costs as much as several steps for each.
  meter.spend(10 * keys.length);
  return keys;
}
