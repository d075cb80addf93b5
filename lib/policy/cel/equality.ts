/** When two values of CEL are the same, and when that cannot be said. */
import { compareDecimals, decimalFromText } from "../../base/mod.ts";
import type { Meter } from "./meter.ts";
import {
  decimalOf,
  isList,
  isNumber,
  isTable,
  kindOf,
  type List,
  memberOf,
  order,
  type Raw,
  read,
  type Table,
  type Value,
  WRONG_KIND,
} from "./value.ts";

/**
 * `==`. Stricter than CEL, where values of two kinds are simply not equal: `args.action == "delete"` must not become
 * false by writing `["delete"]`. Null is equal to null alone and may be asked of everything.
 */
export function equals(a: Value, b: Value, meter: Meter): boolean {
  const answer = same(a, b, meter);
  if (answer === undefined) throw WRONG_KIND;
  return answer;
}

/** `in` for lists. A value that some element can be compared with and none equals is not in the list. */
export function isIn(value: Value, list: List, meter: Meter): boolean {
  let comparable = list.length === 0;
  for (const raw of list) {
    meter.spend(1);
    const element = readIn(raw, meter);
    if (!areComparable(value, element)) {
      // `["delete"]`, as the value or as an element, could be the word in another dress, and "5" the number.
      if (isContainer(value) || isContainer(element) || readsAs(value, element, meter)) throw WRONG_KIND;
      continue;
    }
    const answer = same(value, element, meter);
    if (answer === undefined) throw WRONG_KIND;
    if (answer) return true;
    comparable = true;
  }
  if (!comparable) throw WRONG_KIND;
  return false;
}

function readIn(raw: Raw, meter: Meter): Value {
  return typeof raw === "string" ? meter.composed(raw) : read(raw);
}

/** Is one a number, and the other a text that reads as that number? */
function readsAs(a: Value, b: Value, meter: Meter): boolean {
  const [text, number] = typeof a === "string" ? [a, b] : [b, a];
  if (typeof text !== "string" || !isNumber(number)) return false;
  meter.spend(text.length);
  const decimal = decimalFromText(text);
  return decimal !== undefined && compareDecimals(decimal, decimalOf(number)) === 0;
}

function isContainer(value: Value): boolean {
  return isList(value) || isTable(value);
}

function areComparable(a: Value, b: Value): boolean {
  return a === null || b === null || kindOf(a) === kindOf(b) || (isNumber(a) && isNumber(b));
}

/** `undefined` where it cannot be told: parts of lists and tables are held to what `==` is held to. */
function same(a: Value, b: Value, meter: Meter): boolean | undefined {
  meter.spend(3);
  if (!areComparable(a, b)) return undefined;
  if (a === null || b === null) return a === b;
  if (typeof a === "string" && typeof b === "string") {
    meter.spendText(Math.min(a.length, b.length));
    return a === b;
  }
  if (isNumber(a) && isNumber(b)) {
    if (typeof a !== typeof b || typeof a !== "bigint") meter.spendDecimal();
    return order(a, b) === 0;
  }
  if (isList(a) && isList(b)) return sameLists(a, b, meter);
  if (isTable(a) && isTable(b)) return sameTables(a, b, meter);
  return kindOf(a) === "type" ? sameTypes(a, b) : order(a, b) === 0;
}

function sameTypes(a: Value, b: Value): boolean {
  return (a as { name?: unknown }).name === (b as { name?: unknown }).name;
}

function sameLists(a: List, b: List, meter: Meter): boolean | undefined {
  if (a.length !== b.length) return false;
  return allSame(a, (part, i) => same(readIn(part, meter), readIn(b[i] as Raw, meter), meter));
}

function sameTables(a: Table, b: Table, meter: Meter): boolean | undefined {
  const keys = Object.keys(a);
  meter.spend(10 * keys.length);
  if (keys.length !== Object.keys(b).length) return false;
  return allSame(keys, (key) => {
    const other = memberOf(b, key);
    return other !== undefined && same(readIn(a[key] as Raw, meter), readIn(other, meter), meter);
  });
}

/** One part that differs settles it; else one that cannot be compared leaves it open. */
function allSame<T>(
  parts: readonly T[],
  isSame: (part: T, i: number) => boolean | undefined,
): boolean | undefined {
  let answer: boolean | undefined = true;
  for (const [i, part] of parts.entries()) {
    const one = isSame(part, i);
    if (one === false) return one;
    if (one === undefined) answer = one;
  }
  return answer;
}
