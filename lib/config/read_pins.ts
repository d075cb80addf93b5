import type { Field, Fields } from "../diagnostic/mod.ts";
import type { Config } from "./config.ts";

export const PINS_FIELDS: readonly Field[] = [
  {
    key: "enabled",
    type: { kind: "boolean" },
    standard: "true",
    doc: "Are tools whose definition changes hidden and refused until a person accepts it?",
  },
  {
    key: "new_tools",
    type: {
      kind: "word",
      what: "answer",
      words: ["accept", "ask"],
      synonyms: { allow: "accept", hold: "ask" },
    },
    standard: '"accept"',
    doc: "What becomes of a tool that was not there when the server was first seen.",
  },
];

/** The `[pins]` table: on, and open for new tools, where nothing else is said. */
export function readPins(fields: Fields | undefined): Config["pins"] {
  return {
    enabled: fields?.boolean("enabled") ?? true,
    newTools: fields?.text("new_tools") === "ask" ? "ask" : "accept",
  };
}
