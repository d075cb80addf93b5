/** What reading a condition needs beside its text. */
import type { DiagnosticSink } from "../diagnostic/mod.ts";
import type { CelEngine } from "./cel/cel_engine.ts";
import type { PathSettings } from "./file_path.ts";
import type { RegexEngine } from "./regex_engine.ts";

export interface ReadContext {
  readonly sink: DiagnosticSink;
  readonly regex: RegexEngine | undefined;
  readonly cel: CelEngine | undefined;
  readonly paths: PathSettings;
}
