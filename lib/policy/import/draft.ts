/** The native file while it is put together: rules with their places in the file that they come from. */
import type { JsonValue } from "../../base/mod.ts";
import type { Effect } from "../../verdict/mod.ts";
import type { Spot } from "./notes.ts";
import { commentLines, fieldLines, tableLines, type TomlFields, tomlKey } from "./toml.ts";

export interface RuleDraft {
  readonly spot: Spot;
  readonly id: string;
  readonly effect: Effect;
  /** Selectors, conditions, message; in the order in which they are written. */
  readonly fields: TomlFields;
  readonly comments?: readonly string[];
  /** Why a part of its condition has nothing to stand for it: then the weaker form is written. */
  readonly lost?: string;
}

export interface CustomRuleDraft {
  readonly spot: Spot;
  readonly name: string;
  readonly fields: TomlFields;
}

export interface GuardrailsDraft {
  readonly fields: TomlFields;
  readonly customRules: readonly CustomRuleDraft[];
  readonly agents: readonly {
    readonly spot: Spot;
    readonly name: string;
    readonly fields: TomlFields;
    readonly customRules: readonly CustomRuleDraft[];
  }[];
}

export interface PolicyDraft {
  readonly name: string;
  readonly fields: TomlFields;
  readonly comments?: readonly string[];
  readonly guardrails?: GuardrailsDraft;
  readonly envelope?: { readonly spot: Spot; readonly value: { readonly [key: string]: JsonValue } };
  readonly rules?: readonly RuleDraft[];
  readonly config?: readonly ConfigTable[];
}

/** A table of `countersign.toml`. */
export type ConfigTable = readonly [header: string, fields: TomlFields];

/** Lines that belong together. Where they would not load, `weaker` stands in for them, or they are left out. */
export interface Block {
  readonly lines: readonly string[];
  readonly spot?: Spot;
  readonly lost?: string;
  readonly weaker?: { readonly block: Block; readonly words: string };
}

/** The blocks of a file, in order. */
export function blocksOf(draft: PolicyDraft, head: string): readonly Block[] {
  const { guardrails, envelope } = draft;
  return [
    {
      lines: [
        ...commentLines(head),
        ...(draft.comments ?? []).flatMap(commentLines),
        ...fieldLines("", [["version", 1], ["name", draft.name], ...draft.fields]),
      ],
    },
    ...(guardrails === undefined ? [] : guardrailBlocks(guardrails)),
    ...(envelope === undefined
      ? []
      : [{ lines: tableLines("envelope", envelope.value), spot: envelope.spot }]),
    ...(draft.rules ?? []).map(ruleBlock),
  ];
}

export function configText({ config = [] }: PolicyDraft): string | undefined {
  const tables = config.filter(([, fields]) => fields.some(([, value]) => value !== undefined));
  if (tables.length === 0) return undefined;
  return tables.map(([header, fields]) => `[${header}]\n${fieldLines(header, fields).join("\n")}\n`).join(
    "\n",
  );
}

function ruleBlock(rule: RuleDraft): Block {
  const weaker = weakerRule(rule);
  const lines = [
    ...(rule.comments ?? []).flatMap(commentLines),
    "[[rules]]",
    ...fieldLines("rules", [["id", rule.id], ["effect", rule.effect], ...rule.fields]),
  ];
  return {
    lines,
    spot: rule.spot,
    ...(rule.lost === undefined ? {} : { lost: rule.lost }),
    ...(weaker === undefined ? {} : { weaker }),
  };
}

/** Without these a rule that refuses or holds does so more often. Without a limit or a cooldown it would never. */
const CONDITIONS = ["when", "within", "not_after"];

/** What a rule becomes when a part of it cannot be carried over: never one that permits more. */
function weakerRule({ effect, fields, lost, ...rule }: RuleDraft): Block["weaker"] {
  if (effect === "allow") return undefined;
  if (effect === "redact") {
    const kept = fields.filter(([key]) => key !== "when" && key !== "redact_fields");
    return { block: ruleBlock({ ...rule, effect: "ask", fields: kept }), words: "a person is asked instead" };
  }
  const kept = fields.filter(([key, value]) => value === undefined || !CONDITIONS.includes(key));
  if (lost === undefined && kept.length === fields.length) return undefined;
  const words = `the rule is written without its condition and ${
    effect === "deny" ? "refuses" : "holds"
  } more`;
  return { block: ruleBlock({ ...rule, effect, fields: kept }), words };
}

function guardrailBlocks({ fields, customRules, agents }: GuardrailsDraft): readonly Block[] {
  return [
    { lines: ["[guardrails]", ...fieldLines("guardrails", fields)] },
    ...customRules.map((rule) => customBlock("guardrails.custom_rules", rule)),
    ...agents.flatMap((agent) => {
      const header = `guardrails.agents.${tomlKey(agent.name)}`;
      return [
        { lines: [`[${header}]`, ...fieldLines(header, agent.fields)], spot: agent.spot },
        ...agent.customRules.map((rule) => customBlock(`${header}.custom_rules`, rule)),
      ];
    }),
  ];
}

function customBlock(header: string, { spot, name, fields }: CustomRuleDraft): Block {
  return { lines: [`[[${header}]]`, ...fieldLines(header, [["name", name], ...fields])], spot };
}
