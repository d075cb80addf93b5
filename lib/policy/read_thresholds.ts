import type { DiagnosticSink, Fields } from "../diagnostic/mod.ts";
import { type DocNode, readFields, typeName } from "../diagnostic/mod.ts";
import type { Envelope } from "../verdict/mod.ts";
import { THRESHOLD_FIELDS } from "./schema_envelope.ts";

type Thresholds = Envelope["thresholds"];

const STANDARD: Thresholds = { warn: 0.3, ask: 0.6, kill: 0.8 };
const HINT = "write a number above 0 and at most 1, such as 0.6";

/** The `thresholds` of an envelope; `undefined` where they cannot be read, which the sink then says. */
export function readThresholds(fields: Fields, sink: DiagnosticSink): Thresholds | undefined {
  if (!fields.has("thresholds")) return STANDARD;
  const table = fields.table("thresholds");
  if (table === undefined) return undefined;
  const stated = readFields(table, THRESHOLD_FIELDS, { sink, where: "thresholds" });
  const score = (key: keyof Thresholds) => readScore(key, stated.node(key), sink);
  const warn = score("warn"), ask = score("ask"), kill = score("kill");
  if (warn === undefined || ask === undefined || kill === undefined) return undefined;
  if (warn < ask && ask < kill) return { warn, ask, kill };
  const shown = Object.entries({ warn, ask, kill }).map(([key, value]) =>
    `${key} = ${value}${stated.has(key) ? "" : " (the default)"}`
  );
  sink.error(
    table.at,
    `thresholds that do not rise: ${shown.join(", ")}`,
    "warn is the least, kill the most",
  );
  return undefined;
}

/** A score from 0 to 1, without 0: from there on everything would be held. */
function readScore(
  key: keyof Thresholds,
  node: DocNode | undefined,
  sink: DiagnosticSink,
): number | undefined {
  if (node === undefined) return STANDARD[key];
  if (node.kind !== "number") {
    sink.error(node.at, `"${key}" is ${typeName(node)}, and must be a number`, HINT);
    return undefined;
  }
  const score = Number(node.source);
  if (score > 0 && score <= 1) return score;
  sink.error(node.at, `"${key}" is ${node.source}, and must be above 0 and at most 1`, HINT);
  return undefined;
}
