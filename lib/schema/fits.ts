/** One value held against schemas that a server wrote, with a bound on everything that they could make us do. */
import type { Schema, SchemaDraft } from "@cfworker/json-schema";

/** A value, and all the schemas that it has to fit. JSON texts. */
export interface SchemaQuestion {
  readonly schemas: readonly string[];
  readonly value: string;
}

/** `unknown`: it could not be told, or not within bounds. */
export type SchemaAnswer = "fits" | "misfits" | "unknown";

/** UTF-16 units of a schema; a longer one is not looked at. */
export const MAX_SCHEMA_UNITS = 65_536;
const MAX_VALUE_UNITS = 1_048_576;
// A schema whose parts refer to each other twice each doubles the work with every part. A step costs about 1 µs.
const MAX_STEPS = 100_000;
/** Each item is compared with each other one. */
const MAX_UNIQUE_UNITS = 16_384;
const MAX_PATTERN = 256;
// A quantified group that holds a quantifier, a look-around, a back reference: with any of these a pattern of ten letters
// can take longer than the universe has. What is left is polynomial, and the deadline of the worker ends it.
const WILD_PATTERN_REGEXP = /\)[*+{]|\(\?[=!<]|\\[1-9k]/;

/** Does the value fit every one of the schemas? Total: there is an answer for whatever they are. ATTACKER-CONTROLLED. */
export async function fitsSchemas({ schemas, value }: SchemaQuestion): Promise<SchemaAnswer> {
  if (value.length > MAX_VALUE_UNITS) return "unknown";
  const { validate } = await import("@cfworker/json-schema");
  for (const text of schemas) {
    const answer = answerOf(text, value, validate);
    if (answer !== "fits") return answer;
  }
  return "fits";
}

type Validate = typeof import("@cfworker/json-schema").validate;

function answerOf(text: string, value: string, validate: Validate): SchemaAnswer {
  if (text.length > MAX_SCHEMA_UNITS) return "unknown";
  try {
    const schema: unknown = JSON.parse(text);
    if (!isSchema(schema)) return "unknown";
    const draft = draftOf(schema);
    if (draft === undefined || !isTame(schema, value)) return "unknown";
    return validate(JSON.parse(value), schema, draft).valid ? "fits" : "misfits";
  } catch {
    // Out of steps, a reference to nothing or to itself for ever, a pattern that is none: no answer, and that is one.
    return "unknown";
  }
}

function isSchema(value: unknown): value is Schema | boolean {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}

/** As MCP has it, 2020-12 where none is named. `undefined`: one that the package does not know. */
function draftOf(schema: Schema | boolean): SchemaDraft | undefined {
  const named = typeof schema === "boolean" ? undefined : schema["$schema"];
  if (named === undefined) return "2020-12";
  if (typeof named !== "string") return undefined;
  const [, draft] =
    /^https?:\/\/json-schema\.org\/(?:draft\/(2020-12|2019-09)|draft-0([467]))\/schema#?$/.exec(named)
      ?.filter((part) => part !== undefined) ?? [];
  switch (draft) {
    case "2020-12":
    case "2019-09":
    case "4":
    case "7":
      return draft;
    case "6":
      return "7";
    default:
      return undefined;
  }
}

/** Puts a counter into every part of the schema; false where a part could cost more than steps can say. */
function isTame(schema: unknown, value: string): boolean {
  const counter = { left: MAX_STEPS };
  const parts: unknown[] = [schema];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (typeof part !== "object" || part === null) continue;
    const inner = Object.values(part);
    if (!Array.isArray(part)) {
      if (!isTamePart(part as Record<string, unknown>, value)) return false;
      countSteps(part as Record<string, unknown>, counter);
    }
    for (const one of inner) if (one !== null) parts.push(one);
  }
  return true;
}

function isTamePart(part: Record<string, unknown>, value: string): boolean {
  // What the package does not know it passes over, as if it were fulfilled.
  if (Object.hasOwn(part, "$dynamicRef")) return false;
  if (part["uniqueItems"] === true && value.length > MAX_UNIQUE_UNITS) return false;
  const { pattern, patternProperties } = part;
  const patterns = typeof patternProperties === "object" ? Object.keys(patternProperties ?? {}) : [];
  if (typeof pattern === "string") patterns.push(pattern);
  return patterns.every((one) => one.length <= MAX_PATTERN && !WILD_PATTERN_REGEXP.test(one));
}

/** The package reads `type` of a part once for each time that it holds something against it. */
function countSteps(part: Record<string, unknown>, counter: { left: number }): void {
  const type = part["type"];
  Object.defineProperty(part, "type", {
    enumerable: Object.hasOwn(part, "type"),
    get() {
      if (--counter.left < 0) throw new Error("out of steps");
      return type;
    },
  });
}
