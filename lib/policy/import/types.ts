/** What an import takes and gives. */
import type { DocumentFormat } from "../../diagnostic/mod.ts";

/** The systems whose files are read. */
export const IMPORT_KINDS = ["estoppl", "mcp-gate", "mcpfw", "mcpfw-envelope", "tollbooth"] as const;

export type ImportKind = typeof IMPORT_KINDS[number];

export interface ImportSource {
  /** As diagnostics show it; its ending says the format where `format` does not. */
  readonly file: string;
  readonly text: string;
  readonly format?: DocumentFormat;
  /** Whose file it is; without it, its keys say. */
  readonly from?: ImportKind;
  /** Ids of the detectors that there are, and of those that cannot be let through everywhere. */
  readonly detectors?: readonly string[];
  readonly floor?: readonly string[];
}

/**
 * `stricter`: refused or held here, and let through there. `changed`: carried over, and works in another way.
 * `not-carried`: has nothing to stand for it here; what a rule lost by it never makes the rule permit more.
 */
export type ImportNoteKind = "stricter" | "changed" | "not-carried";

/** One thing that a person has to know about an import. Names keys and rules, never a value that may be a secret. */
export interface ImportNote {
  /** In the file that was imported, from 1. */
  readonly line: number;
  /** Where in the document, such as `rules[3].when`. */
  readonly path: string;
  readonly kind: ImportNoteKind;
  readonly message: string;
}

export interface Imported {
  readonly kind: ImportKind;
  /** A policy file in the native form, which `policy check` takes. */
  readonly toml: string;
  /** What belongs into `countersign.toml`, where there is something. */
  readonly config?: string;
  /** In the order of the file. */
  readonly notes: readonly ImportNote[];
}
