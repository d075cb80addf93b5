/** Paths into the arguments of a call: `payment.total`, `items.*.price`, `items.0.price`, `"a.b".c`. */
import { err, isJsonObject, type JsonValue, ok, type Result } from "../base/mod.ts";

type Step = { readonly any: true } | { readonly any: false; readonly name: string };

export interface FieldPath {
  /** As written. */
  readonly text: string;
  readonly steps: readonly Step[];
  readonly hasWildcard: boolean;
}

/** What stands at a path: every value that it leads to, and whether some way to one ended early. */
export interface Reached {
  readonly values: readonly JsonValue[];
  /** Some way ended early, for either of the two reasons below. */
  readonly absent: boolean;
  /** Some way ended at a name that is not there, or at null. */
  readonly missing?: boolean;
  /**
   * Some way ended at a value that is there and has no such parts, such as a text in the place of a list. It may hold
   * what was asked for in another dress (`"[{\"price\": 9}]"`), and whoever takes the call may look into it.
   */
  readonly hidden?: boolean;
}

/** Stands for a value that is there and cannot be looked into. */
export const HIDDEN: unique symbol = Symbol("hidden");

const STEP_REGEXP = /"((?:[^"\\]|\\.)*)"|([^."]+)/y;
const INDEX_REGEXP = /^(?:0|[1-9]\d{0,8})$/;

/** Reads a path. The error is a phrase to put behind the quoted path. */
export function parseFieldPath(text: string): Result<FieldPath, string> {
  const steps: Step[] = [];
  for (let at = 0; at <= text.length;) {
    STEP_REGEXP.lastIndex = at;
    const match = STEP_REGEXP.exec(text);
    if (match === null) return err("is not a path: a name is missing between two dots or at an end");
    const [whole, quoted, bare] = match;
    if (bare === "*") steps.push({ any: true });
    else steps.push({ any: false, name: quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "" });
    at += whole.length;
    if (at < text.length && text[at] !== ".") {
      return err('is not a path: a quoted name ends at a dot, as in "a.b".c');
    }
    at++;
  }
  return ok({ text, steps, hasWildcard: steps.some(({ any }) => any) });
}

/** The one value at a path without a wildcard; `undefined` where there is none. */
export function valueAt(path: FieldPath, args: JsonValue): JsonValue | undefined | typeof HIDDEN {
  let value: JsonValue | undefined = args;
  for (const step of path.steps) {
    if (value === undefined || step.any) return undefined;
    if (hides(value, step)) return HIDDEN;
    value = memberOf(value, step.name);
  }
  return value;
}

/** Follows `path` into `args` (ATTACKER-CONTROLLED). A wildcard goes into every element of a list or object. */
export function reach(path: FieldPath, args: JsonValue): Reached {
  let values: JsonValue[] = [args];
  let missing = false, hidden = false;
  for (const step of path.steps) {
    const next: JsonValue[] = [];
    for (const value of values) {
      const before = next.length;
      // One by one: as arguments of one call, 130,000 elements would overflow the stack.
      if (step.any) { for (const member of membersOf(value)) next.push(member); }
      else {
        const member = memberOf(value, step.name);
        if (member !== undefined) next.push(member);
      }
      if (next.length > before) continue;
      if (hides(value, step)) hidden = true;
      else missing = true;
    }
    values = next;
  }
  return { values, absent: missing || hidden, missing, hidden };
}

/** Null is how many clients leave a field out; everything else that cannot be stepped into may hide something. */
function hides(value: JsonValue, step: Step): boolean {
  if (value === null || isJsonObject(value)) return false;
  return !Array.isArray(value) || (!step.any && !INDEX_REGEXP.test(step.name));
}

function membersOf(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.keys(value).map((key) => value[key] ?? null) : [];
}

function memberOf(value: JsonValue, name: string): JsonValue | undefined {
  if (Array.isArray(value)) return INDEX_REGEXP.test(name) ? value[Number(name)] : undefined;
  // Own keys only: `constructor` and `__proto__` are names like any other.
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** In the place of what a text or a number hides: it is there, and nobody can read a number from it. */
const UNREADABLE: JsonValue = {};

/**
 * As {@link reach}, and lists on the way and at the end are looked into without being asked: for amounts, where a limit
 * must not be dodged by putting the amount into a list. A way that ends at a hidden value leads to an unreadable one.
 */
export function reachThroughLists(path: FieldPath, args: JsonValue): readonly JsonValue[] {
  let values: readonly JsonValue[] = [args];
  for (const step of path.steps) values = values.flatMap((value) => stepThroughLists(value, step));
  return values.flatMap(elementsOf);
}

function stepThroughLists(value: JsonValue, step: Step): readonly JsonValue[] {
  if (value === UNREADABLE) return [value];
  if (step.any && !hides(value, step)) return membersOf(value);
  const member = step.any ? undefined : memberOf(value, step.name);
  if (member !== undefined) return [member];
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item) => stepThroughLists(item, step));
  }
  return hides(value, step) ? [UNREADABLE] : [];
}

/** The elements of a list, of the lists in it as well; anything else as it is. Depth is capped by the parser. */
function elementsOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value.flatMap(elementsOf) : [value];
}
