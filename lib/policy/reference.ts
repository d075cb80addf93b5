/** The field reference in policies/README.md, from the tables that check policies. */
import { type Field, fieldTable } from "../diagnostic/mod.ts";
import { CASE_FIELDS, CASE_FILE_FIELDS } from "./case_schema.ts";
import { KNOWN_METHODS } from "./methods.ts";
import { OPERATORS } from "./operators.ts";
import {
  DOCUMENT_FIELDS,
  EVENT_FIELDS,
  LABEL_FIELDS,
  LIMIT_FIELDS,
  RULE_FIELDS,
  SEQUENCE_FIELDS,
  THREAT_FIELDS,
} from "./schema.ts";
import { ENVELOPE_FIELDS, FLOW_FIELDS, THRESHOLD_FIELDS, WORKFLOW_FIELDS } from "./schema_envelope.ts";
import { CUSTOM_CONDITION_FIELDS, CUSTOM_RULE_FIELDS, GUARDRAIL_FIELDS } from "./schema_guardrails.ts";

const SECTIONS: readonly (readonly [title: string, fields: readonly Field[]])[] = [
  ["A policy file", DOCUMENT_FIELDS],
  ["`[[rules]]`", RULE_FIELDS],
  ["`threat`", THREAT_FIELDS],
  ["`over` and `within`", LIMIT_FIELDS],
  ["`after` and `not_after`", EVENT_FIELDS],
  ["`sequence` as a table", SEQUENCE_FIELDS],
  ["`labels`", LABEL_FIELDS],
];
const OTHER_SECTIONS: readonly (readonly [title: string, fields: readonly Field[]])[] = [
  ["`[envelope]`", ENVELOPE_FIELDS],
  ["`[[envelope.workflows]]`", WORKFLOW_FIELDS],
  ["`[[envelope.forbidden_flows]]`", FLOW_FIELDS],
  ["`thresholds` of an envelope", THRESHOLD_FIELDS],
  ["`[guardrails]`", GUARDRAIL_FIELDS],
  ["`[[guardrails.custom_rules]]`", CUSTOM_RULE_FIELDS],
  ["`condition` of a custom rule", CUSTOM_CONDITION_FIELDS],
  ["A file of cases", CASE_FILE_FIELDS],
  ["`[[calls]]` in a file of cases", CASE_FIELDS],
];

/** Markdown: one table a part of the language. */
export function policyReference(): string {
  return [...SECTIONS.map(section), operators(), ...OTHER_SECTIONS.map(section), methods()].join("\n");
}

function section([title, fields]: readonly [string, readonly Field[]]): string {
  return `### ${title}\n\n${fieldTable(fields)}`;
}

function operators(): string {
  const rows = OPERATORS.map(({ name, operand, doc }) => `| \`${name}\` | ${operand} | ${doc} |`);
  return `### Operators of conditions

| operator | compared with | holds for |
|---|---|---|
${rows.join("\n")}
| \`exists\` | true or false | a field that is there, or is not |

Beside them on a field: \`fold = true\` ignores case; \`missing = "match"\` lets an absent field match.
`;
}

function methods(): string {
  return `### Methods\n\n${KNOWN_METHODS.map((method) => `\`${method}\``).join(", ")}.\n`;
}
