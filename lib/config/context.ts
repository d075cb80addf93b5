/** What reading a configuration needs beside its text. */
import type { DiagnosticSink } from "../diagnostic/mod.ts";

/** Names that other rooms give meaning to. */
export interface Known {
  /** The bundled policies. */
  readonly policies?: readonly string[];
  readonly detectors?: readonly string[];
  /** Those detectors that only an exception for one server and tool may open. */
  readonly floor?: readonly string[];
}

/** What the reading of a part needs beside its table. */
export interface ConfigContext {
  readonly sink: DiagnosticSink;
  readonly folder: string | undefined;
  readonly env: ((name: string) => string | undefined) | undefined;
  readonly known: Known;
}
