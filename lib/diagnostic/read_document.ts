import type { DiagnosticSink } from "./diagnostic.ts";
import type { TableNode } from "./document.ts";
import { readToml } from "./read_toml.ts";

export type DocumentFormat = "toml" | "yaml" | "json" | "jsonc";

const FORMATS: Readonly<Record<string, DocumentFormat>> = {
  toml: "toml",
  yaml: "yaml",
  yml: "yaml",
  json: "json",
  jsonc: "jsonc",
};

/** The format that a file's ending names; `undefined` for any other ending. */
export function formatOfFile(file: string): DocumentFormat | undefined {
  const ending = /\.([A-Za-z]+)$/.exec(file)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
}

/** Reads a document of any format; the parsers that few need are loaded when one is. */
export async function readDocument(
  text: string,
  format: DocumentFormat,
  sink: DiagnosticSink,
): Promise<TableNode | undefined> {
  switch (format) {
    case "toml":
      return readToml(text, sink);
    case "yaml":
      return (await import("./read_yaml.ts")).readYaml(text, sink);
    case "json":
      return (await import("./read_json.ts")).readJson(text, sink);
    case "jsonc":
      return (await import("./read_json.ts")).readJson(text, sink, { comments: true });
  }
}
