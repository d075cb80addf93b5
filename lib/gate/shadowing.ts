/** Shadowing: a tool whose description tells the reader what to do with another tool. ATTACKER-CONTROLLED. */
import { isJsonObject, type JsonValue } from "../base/mod.ts";
import type { Finding, Report } from "../verdict/mod.ts";

const SHADOWING_ID = "tool-shadowing";
const MIN_NAME = 4;
const MAX_FINDINGS = 20;
const MAX_TEXT = 20_000;
/** How far from the name the order may stand, in characters. */
const REACH = 120;
const ORDER_REGEXP =
  /\b(?:instead of|rather than|in place of|do not (?:use|call)|don['’]t (?:use|call)|never (?:use|call)|always (?:use|call)|must (?:be called|call|use|first)|(?:before|after|when(?:ever)?|while|prior to) (?:using|calling|you (?:use|call)|invoking)|(?:overrides?|replaces?|supersedes?)|ignore)\b/gi;
// A name that is also a word says nothing: one with a mark of programs in it, or a hump, is a name.
const NAME_REGEXP = /^(?=[\s\S]*(?:[_.:/-]|[a-z][A-Z]|\d))[\w.:/-]+$/;
const WORD_REGEXP = /[\w.:/-]+/g;

/** `report`, with a finding for each description of the list that gives orders about another of its tools. */
export function withShadowing(report: Report, result: JsonValue | undefined): Report {
  const tools = isJsonObject(result) && Array.isArray(result.tools) ? result.tools : [];
  const names = new Set(tools.flatMap((tool) => isJsonObject(tool) && isName(tool.name) ? [tool.name] : []));
  if (names.size === 0) return report;
  const found: Finding[] = [];
  tools.forEach((tool, at) => {
    if (found.length >= MAX_FINDINGS || !isJsonObject(tool) || typeof tool.description !== "string") return;
    if (!shadows(tool.description.slice(0, MAX_TEXT), tool.name, names)) return;
    found.push({ id: SHADOWING_ID, at: `/tools/${at}/description`, count: 1, action: "annotate" });
  });
  return found.length === 0 ? report : { ...report, findings: [...report.findings, ...found] };
}

function isName(name: JsonValue | undefined): name is string {
  return typeof name === "string" && name.length >= MIN_NAME && NAME_REGEXP.test(name);
}

/** Both lists are walked once, side by side: the work grows with the text alone. */
function shadows(text: string, own: JsonValue | undefined, names: ReadonlySet<string>): boolean {
  const orders = [...text.matchAll(ORDER_REGEXP)].map(({ index }) => index);
  if (orders.length === 0) return false;
  let next = 0;
  for (const { 0: word, index } of text.matchAll(WORD_REGEXP)) {
    while ((orders[next] ?? Infinity) < index - REACH) next++;
    const name = word.replace(/[.:/-]+$/, "");
    if (name === own || !names.has(name)) continue;
    if ((orders[next] ?? Infinity) <= index + REACH) return true;
  }
  return false;
}
