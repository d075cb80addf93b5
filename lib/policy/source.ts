import type { DocumentFormat } from "../diagnostic/mod.ts";

/** The text of one layer. */
export interface PolicySource {
  /** The layer's name, where the document has none of its own. */
  readonly name: string;
  /** As diagnostics show it. */
  readonly file: string;
  readonly format: DocumentFormat;
  readonly text: string;
  /** The text is a configuration whose `[guardrails]` table is the layer; everything else in it is left alone. */
  readonly section?: "guardrails";
}
