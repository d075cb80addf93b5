/** `[guardrails.agents.<id>]`: what holds for one agent in the place of the general keys. */
import type { ReadContext } from "./read_context.ts";
import { type Fields, nearName, readFields, type TableNode } from "../diagnostic/mod.ts";
import { AGENT_GUARDRAIL_FIELDS, OF_RULES } from "./schema_guardrails.ts";
import { isLiteral } from "./selectors.ts";

/** The keys of the short form that somebody states: for all, or for one agent. */
export interface GuardrailSet {
  readonly layer: string;
  /** Before the ids of its rules: empty, or `agents.<id>.`. */
  readonly prefix: string;
  /** Whose it is, on NFC; absent: everybody's. */
  readonly agent?: string;
  /** What is stated here. */
  readonly fields: Fields;
  /** What holds for everybody. */
  readonly general: Fields;
}

/** The fields that hold in `set` for `key`: its own where it states the key, else the general ones. */
export function fieldsFor({ fields, general }: GuardrailSet, key: string): Fields {
  return fields.has(key) ? fields : general;
}

/** One set for each agent that has a table; one that cannot be read is said to the sink and left out. */
export function readAgentSets(general: GuardrailSet, context: ReadContext): readonly GuardrailSet[] {
  const agents = general.fields.table("agents");
  if (agents === undefined) return [];
  const sets = new Map<string, GuardrailSet>();
  for (const [id, { keyAt, value }] of agents.fields) {
    const agent = id.normalize("NFC");
    const problem = problemOf(id) ??
      (sets.has(agent)
        ? ["a second table for the agent", "write all of its keys into one table"]
        : undefined);
    if (problem !== undefined) {
      const [message, hint] = problem;
      context.sink.error(keyAt, `${message} ${JSON.stringify(id)}`, hint);
    } else if (value.kind !== "table") {
      const near = nearName(id, KEYS);
      const hint = near === undefined
        ? `write [guardrails.agents.${quoted(id)}] with the keys of that agent below it`
        : `the keys stand below the agent: [guardrails.agents.<id>]`;
      context.sink.error(keyAt, `${JSON.stringify(id)} is no table of an agent's guardrails`, hint);
    } else {
      const fields = readAgentTable(value, id, context);
      sets.set(agent, { ...general, prefix: `agents.${id}.`, agent, fields });
    }
  }
  return [...sets.values()];
}

const KEYS = AGENT_GUARDRAIL_FIELDS.map(({ key }) => key);

function problemOf(id: string): readonly [message: string, hint: string] | undefined {
  if (id === "") return ["no agent has the id", "write the agent's id: [guardrails.agents.analytics-bot]"];
  if (isLiteral(id)) return undefined;
  return [
    "a glob cannot stand for an agent here:",
    'write the agent\'s whole id, or rules with agents = ["…"], which takes globs',
  ];
}

/** As TOML writes a key. */
function quoted(id: string): string {
  return /^[A-Za-z0-9_-]+$/.test(id) ? id : JSON.stringify(id);
}

function readAgentTable(table: TableNode, id: string, { sink }: ReadContext): Fields {
  const where = `[guardrails.agents.${quoted(id)}]`;
  const rest = new Map(table.fields);
  for (const [key, { keyAt, value }] of table.fields) {
    if (key === "agents") {
      const hint = `an agent has no agents of its own: write [guardrails.agents.<id>] beside ${where}`;
      sink.error(keyAt, `"agents" has no meaning in ${where}`, hint);
    } else if (value.kind === "table" && !KEYS.includes(key)) {
      // `[guardrails.agents.team.bot]` is a table "bot" within "team" to TOML.
      const hint = `the id of an agent with a dot stands in quotes: [guardrails.agents."${id}.${key}"]`;
      sink.error(keyAt, `unknown table ${JSON.stringify(key)} in ${where}`, hint);
    } else continue;
    rest.delete(key);
  }
  if (table.fields.size === 0) {
    sink.warning(table.at, `${where} changes nothing`, "state a key of the guardrails in it, or take it out");
  }
  return readFields({ ...table, fields: rest }, AGENT_GUARDRAIL_FIELDS, { sink, where, elsewhere: OF_RULES });
}
