/** An observation of many tools, in parts that fit a commit each. */
import type { PinAnswer, PinObservation, RefusedPin, SeenDefinition } from "../verdict/mod.ts";

// As many rows, and as many characters of them, as fit one commit beside its entries.
const MAX_TOOLS = 200;
const MAX_CHARS = 100_000;
/** What a field adds beside its text. */
const FIELD_CHARS = 150;
const MAX_COUNTED_TEXT = 6_000;

/** Parts of at most so many tools. At least one. */
export function inParts(seen: PinObservation): readonly PinObservation[] {
  const parts: SeenDefinition[][] = [[]];
  let chars = 0;
  for (const tool of seen.tools) {
    const size = sizeOf(tool), last = parts.at(-1) ?? [];
    if (last.length > 0 && (last.length >= MAX_TOOLS || chars + size > MAX_CHARS)) {
      parts.push([tool]);
      chars = size;
    } else {
      last.push(tool);
      chars += size;
    }
  }
  const { tools: _, instructions, ...common } = seen;
  return parts.map((tools, at) => ({
    ...common,
    tools,
    ...at === 0 && instructions !== undefined && { instructions },
  }));
}

function sizeOf({ shown, fields }: SeenDefinition): number {
  return shown.length +
    fields.reduce((sum, { text = "" }) => sum + FIELD_CHARS + Math.min(text.length, MAX_COUNTED_TEXT), 0);
}

/** The answers to the parts of one observation. */
export function together(answers: readonly PinAnswer[]): PinAnswer {
  const refused: readonly RefusedPin[] = answers.flatMap(({ refused }) => refused);
  const instructions = answers[0]?.instructions;
  return { first: answers[0]?.first ?? false, refused, ...instructions && { instructions } };
}
