/** What was recorded in full of an entry, for people and programs. */
import type { Entry, LedgerReader, ReadPayloads } from "../../ledger/mod.ts";
import { printable } from "../render.ts";

const NOTHING: ReadPayloads = { damaged: [], checked: false };

/** Payloads of an entry, as far as they were recorded and are still there. */
export async function payloadsOf(reader: LedgerReader, entry: Entry): Promise<ReadPayloads> {
  if (entry.kind !== "call" && entry.kind !== "outcome") return NOTHING;
  const { readPayloads } = await import("../../ledger/mod.ts");
  return await readPayloads(reader.rows, entry);
}

/** The payloads as fields of a JSON line: the texts as they crossed, `damaged` where there is something to say. */
export function payloadFields({ input, output, damaged }: ReadPayloads): Record<string, unknown> {
  return {
    ...(input === undefined ? {} : { input_text: input }),
    ...(output === undefined ? {} : { output_text: output }),
    ...(damaged.length === 0 ? {} : { damaged_payloads: damaged }),
  };
}

/** The payloads as lines of text, name and text; ATTACKER-CONTROLLED, escaped here. `most`: characters of each, then cut. */
export function payloadLines(
  payloads: ReadPayloads,
  most: number = Infinity,
): readonly (readonly [string, string])[] {
  const { input, output, damaged } = payloads;
  const lines: (readonly [string, string])[] = [];
  if (input !== undefined) lines.push(["in", shortened(input, most)]);
  if (output !== undefined) lines.push(["out", shortened(output, most)]);
  for (const field of damaged) {
    lines.push([field === "input" ? "in" : "out", "(recorded, and no longer what the entry says)"]);
  }
  return lines;
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return printable(text);
  return `${printable(text.slice(0, most).toWellFormed())}… (${text.length - most} characters more)`;
}
