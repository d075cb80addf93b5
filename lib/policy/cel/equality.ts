/** When two values of CEL are the same, and when that cannot be said. */
import type { Meter } from "./meter.ts";
import {
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
  if (!areComparable(a, b)) throw WRONG_KIND;
  return same(a, b, meter);
}

/** `in` for lists. A value that some element can be compared with and none equals is not in the list. */
export function isIn(value: Value, list: List, meter: Meter): boolean {
  let comparable = list.length === 0;
  for (const raw of list) {
    meter.spend(1);
    const element = readIn(raw, meter);
    if (!areComparable(value, element)) {
      // `["delete"]`, as the value or as an element, could be the word in another dress.
      if (isContainer(value) || isContainer(element)) throw WRONG_KIND;
    } else if (same(value, element, meter)) return true;
    else comparable = true;
  }
  if (!comparable) throw WRONG_KIND;
  return false;
}

function readIn(raw: Raw, meter: Meter): Value {
  return typeof raw === "string" ? meter.composed(raw) : read(raw);
}

function isContainer(value: Value): boolean {
  return isList(value) || isTable(value);
}

function areComparable(a: Value, b: Value): boolean {
  return a === null || b === null || kindOf(a) === kindOf(b) || (isNumber(a) && isNumber(b));
}

function same(a: Value, b: Value, meter: Meter): boolean {
  meter.spend(3);
  if (a === null || b === null) return a === b;
  if (typeof a === "string" && typeof b === "string") {
    meter.spendText(Math.min(a.length, b.length));
    return a === b;
  }
  if (isNumber(a) && isNumber(b)) {
    if (typeof a !== typeof b || typeof a !== "bigint") meter.spendDecimal();
    return order(a, b) === 0;
  }
  if (kindOf(a) !== kindOf(b)) return false;
  if (isList(a) && isList(b)) return sameLists(a, b, meter);
  if (isTable(a) && isTable(b)) return sameTables(a, b, meter);
  return kindOf(a) === "type" ? sameTypes(a, b) : order(a, b) === 0;
}

function sameTypes(a: Value, b: Value): boolean {
  return (a as { name?: unknown }).name === (b as { name?: unknown }).name;
}

function sameLists(a: List, b: List, meter: Meter): boolean {
  return a.length === b.length &&
    a.every((part, i) => same(readIn(part, meter), readIn(b[i] as Raw, meter), meter));
}

function sameTables(a: Table, b: Table, meter: Meter): boolean {
  const keys = Object.keys(a);
  meter.spend(10 * keys.length);
  return keys.length === Object.keys(b).length && keys.every((key) => {
    const other = memberOf(b, key);
    return other !== undefined && same(readIn(a[key] as Raw, meter), readIn(other, meter), meter);
  });
}
