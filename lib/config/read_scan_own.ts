/** What the operator adds to the scanner: detectors, canaries, patterns of injections. */
import { type Fields, readFields, type TableNode, type TextNode } from "../diagnostic/mod.ts";
import type { DetectorConfig, InjectionConfig } from "./config.ts";
import type { ConfigContext } from "./context.ts";
import { DETECTOR_FIELDS, INJECTION_FIELDS } from "./schema.ts";

/** A pattern that is longer than this is refused where it is compiled. */
const MAX_PATTERN = 4_096;
/** What is shorter stands in texts by accident. */
const MIN_KEYWORD = 3, MIN_CANARY = 8, MAX_CANARY = 200;
const MIN_DIFFERENT = 4;

/** `[[scan.detectors]]`; those with a mistake are left out, and the mistake is told. */
export function readDetectors(
  tables: readonly TableNode[],
  context: ConfigContext,
): readonly DetectorConfig[] {
  const found = tables.map((table) => readDetector(table, context)).filter((one) => one !== undefined);
  for (const [i, { config: { id }, at }] of found.entries()) {
    if (!found.slice(0, i).some(({ config }) => config.id === id)) continue;
    context.sink.error(at, `a second detector with the id "${id}"`, "give each detector an id of its own");
  }
  return found.map(({ config }) => config);
}

function readDetector(
  table: TableNode,
  context: ConfigContext,
): { readonly config: DetectorConfig; readonly at: number } | undefined {
  const fields = readFields(table, DETECTOR_FIELDS, { sink: context.sink, where: "a detector" });
  const id = fields.text("id"), pattern = fields.text("pattern");
  const description = fields.text("description"), specificity = fields.integer("specificity");
  const keywords = fields.texts("keywords") ?? [];
  if (id === undefined || pattern === undefined) return undefined;
  const at = fields.node("id")?.at ?? fields.at;
  checkId(id, at, context);
  checkKeywords(keywords, context);
  checkPattern({ value: pattern, at: fields.node("pattern")?.at ?? fields.at }, context);
  const config = {
    id,
    pattern,
    keywords: valuesOf(keywords),
    examples: { hits: valuesOf(fields.texts("hits")), misses: valuesOf(fields.texts("misses")) },
    ...(description === undefined ? {} : { description }),
    // INVARIANT: the field table lets nothing but 1, 2 and 3 through.
    ...(specificity === undefined ? {} : { specificity: specificity as 1 | 2 | 3 }),
  };
  return { config, at };
}

function valuesOf(nodes: readonly TextNode[] | undefined): readonly string[] {
  return (nodes ?? []).map(({ value }) => value);
}

function checkId(id: string, at: number, { sink, known: { detectors } }: ConfigContext): void {
  if (id === "canary" || detectors?.includes(id) === true) {
    sink.error(at, `"${id}" is the id of a built-in detector`, `choose another, such as "my-${id}"`);
  }
}

function checkKeywords(keywords: readonly TextNode[], { sink }: ConfigContext): void {
  for (const { value, at } of keywords) {
    if (value.length >= MIN_KEYWORD) continue;
    const message = `a keyword of ${value.length} characters, which stands nearly everywhere`;
    sink.error(at, message, `write one of at least ${MIN_KEYWORD} characters that is in every match`);
  }
}

function checkPattern({ value, at }: Pick<TextNode, "value" | "at">, { sink }: ConfigContext): void {
  if (value.length <= MAX_PATTERN) return;
  const message = `a pattern of ${value.length} characters, and ${MAX_PATTERN} are the most`;
  sink.error(at, message, "split it into several");
}

/** `canaries = [...]`. */
export function readCanaries(fields: Fields, { sink }: ConfigContext): readonly string[] {
  const nodes = fields.texts("canaries") ?? [];
  for (const [i, { value, at }] of nodes.entries()) {
    const problem = canaryProblem(value) ??
      (nodes.slice(0, i).some((other) => other.value === value) ? "stands here twice" : undefined);
    if (problem !== undefined) sink.error(at, `a canary that ${problem}`, "countersign canary new");
  }
  return valuesOf(nodes);
}

/** A canary that stands in a text by accident would refuse calls that are none of its business. */
function canaryProblem(value: string): string | undefined {
  if (value.length < MIN_CANARY) {
    return `has ${value.length} characters, and at least ${MIN_CANARY} are needed`;
  }
  if (value.length > MAX_CANARY) return `has ${value.length} characters, and ${MAX_CANARY} are the most`;
  if (/\s/.test(value)) return "holds white space, which a text may break otherwise";
  return new Set(value).size < MIN_DIFFERENT ? "is made of too few different characters" : undefined;
}

/** `[scan.injection]`. */
export function readInjection(table: TableNode | undefined, context: ConfigContext): InjectionConfig {
  if (table === undefined) return {};
  const fields = readFields(table, INJECTION_FIELDS, { sink: context.sink, where: "[scan.injection]" });
  const action = fields.text("action") as InjectionConfig["action"];
  const threshold = fields.integer("threshold"), patterns = fields.texts("extra_patterns");
  for (const pattern of patterns ?? []) checkPattern(pattern, context);
  if (action !== undefined && threshold !== undefined) {
    const message = `"threshold" changes nothing: action = "${action}" holds for every sign`;
    context.sink.error(fields.keyAt("threshold"), message, 'take out "threshold", or "action"');
  }
  return {
    ...(action === undefined ? {} : { action }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(patterns === undefined ? {} : { extraPatterns: valuesOf(patterns) }),
  };
}
