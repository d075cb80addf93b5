/** Reads `[envelope]`, the expected shape of a session. */
import { readFields, type TableNode } from "../diagnostic/mod.ts";
import type { EnvelopeMaker } from "./layer.ts";
import type { ReadContext } from "./read_when.ts";
import { ENVELOPE_FIELDS } from "./schema_envelope.ts";
import type { Watch } from "./watch.ts";

/** What `[envelope]` makes of a layer. */
export interface ReadEnvelope {
  readonly envelope: EnvelopeMaker;
  readonly watches: readonly Watch[];
}

/** `undefined` where the table cannot be read, which the sink then says. */
export function readEnvelope(
  table: TableNode,
  _layer: string,
  { sink }: ReadContext,
): ReadEnvelope | undefined {
  readFields(table, ENVELOPE_FIELDS, { sink, where: "[envelope]" });
  return undefined;
}
