import type { PolicySource } from "../../policy/mod.ts";
import type { PolicyText } from "../../verdict/mod.ts";

/**
 * What the ledger keeps of the policy in force. Of a configuration whose `[guardrails]` are a layer it gets these tables
 * alone: what else stands there is nobody's business who is handed a pack. Paths say whose machine it is: names will do.
 */
export function policyTexts(sources: readonly PolicySource[]): readonly PolicyText[] {
  return sources.map(({ file, text, section }) => ({
    name: file.replace(/^.*[/\\]/, ""),
    text: section === undefined ? text : tablesOf(section, text),
  }));
}

const HEADER_REGEXP = /^\s*\[\[?\s*([\w-]+)/;

/** The lines of the tables whose name begins with `section`. */
function tablesOf(section: string, text: string): string {
  let inside = false;
  const lines = text.split("\n").filter((line) => {
    const header = HEADER_REGEXP.exec(line);
    if (header !== null) inside = header[1] === section;
    return inside;
  });
  return `${lines.join("\n").trimEnd()}\n`;
}
