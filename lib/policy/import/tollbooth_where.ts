/** tollbooth's matchers, one a field: equals, regex, prefix, not_prefix, on the text that Python makes of a value. */
import type { JsonObject } from "../../base/mod.ts";
import type { DocNode } from "../../diagnostic/mod.ts";
import { jsonOf } from "./json_of.ts";
import type { Keys } from "./keys.ts";
import { pathOfName } from "./names.ts";
import { startsPath } from "./path_prefix.ts";
import { re2OfPython } from "./python_regex.ts";

const MATCHERS = ["equals", "regex", "prefix", "not_prefix"] as const;

/** The condition on one field; `restrictive`: the rule refuses or holds. */
export function readMatcher(where: Keys, field: string, restrictive: boolean): JsonObject | undefined {
  const keys = where.table(field);
  if (keys === undefined) {
    // Left empty, it would be a condition less.
    if (where.node(field) === undefined) where.missing(field, `one of ${MATCHERS.join(", ")}`);
    return undefined;
  }
  const named = MATCHERS.filter((matcher) => keys.has(matcher));
  const [matcher] = named;
  const value = matcher === undefined ? undefined : keys.node(matcher);
  const unknown = keys.end();
  if (matcher === undefined || named.length > 1 || value === undefined || unknown !== undefined) {
    const message = `"${keys.path}" has ${
      named.length === 0
        ? "no matcher"
        : unknown === undefined || named.length > 1
        ? `${named.join(" and ")} at once`
        : `the key ${JSON.stringify(unknown)}, which is no matcher`
    }`;
    keys.context.sink.error(keys.at, message, `write one of ${MATCHERS.join(", ")}`);
    return undefined;
  }
  const path = pathOfName(field);
  if (matcher === "equals") return equalsOf(path, value, keys);
  if (value.kind !== "text" || value.value === "") {
    keys.wrong(value, matcher, "a string that is not empty");
    return undefined;
  }
  if (matcher === "regex") return { [path]: { regex: re2OfPython(value.value) } };
  return matcher === "prefix"
    ? prefixOf(path, value.value, { keys, restrictive })
    : notPrefixOf(path, value.value, { keys, restrictive });
}

function equalsOf(path: string, value: DocNode, keys: Keys): JsonObject | undefined {
  // Python prints a boolean so; a rule may have it either way.
  if (value.kind === "text" && /^(?:True|False)$/.test(value.value)) {
    return { [path]: { in: [value.value === "True", value.value] } };
  }
  const operand = jsonOf(value);
  if (operand === undefined) keys.wrong(value, "equals", "a value that is not empty");
  return operand === undefined ? undefined : { [path]: { eq: operand } };
}

interface Use {
  readonly keys: Keys;
  readonly restrictive: boolean;
}

/** Begins so, in letters; and where it begins a path, leads there. */
function prefixOf(path: string, prefix: string, { keys, restrictive }: Use): JsonObject {
  if (!startsPath(prefix)) return { [path]: { startswith: prefix } };
  const inside = { path: { inside: [prefix] } };
  keys.context.notes.once("stricter", keys.spot("prefix"), PATH_WORDS);
  return restrictive
    ? { any: [{ [path]: { startswith: prefix } }, { [path]: inside }] }
    : { [path]: { startswith: prefix, ...inside } };
}

const PATH_WORDS =
  "a path is judged by where it leads: `..` leaves the folder, and a folder whose name only begins alike is another one";

/** Does not begin so; and where a path is meant, does not lead there. A field that is absent does not begin so either. */
function notPrefixOf(path: string, prefix: string, { keys, restrictive }: Use): JsonObject {
  const { notes } = keys.context;
  const spot = keys.spot("not_prefix");
  const isPath = startsPath(prefix);
  if (isPath) notes.once("stricter", spot, PATH_WORDS);
  const differs = { not: { [path]: { startswith: prefix } } };
  const outside = { path: { outside: [prefix] } };
  if (!restrictive) return { ...differs, [path]: { exists: true, ...(isPath ? outside : {}) } };
  notes.once(
    "stricter",
    spot,
    "the rule is also about calls that leave the argument out; there they passed it",
  );
  return isPath ? { any: [differs, { [path]: { ...outside, missing: "match" } }] } : differs;
}
