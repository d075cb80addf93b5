/**
 * diagnostic: files that an operator wrote, read with the place of everything in them; what is wrong, where, and how to
 * put it right. Reads TOML, YAML, JSON and JSONC into one shape, and checks tables against field tables.
 * Input: trusted as to its intent, not as to its form; everything here is strict. Thread: all of them.
 * Imports: base; `smol-toml`, and `yaml` only once a YAML file is read.
 */
export { type Diagnostic, DiagnosticSink, type Severity, sortDiagnostics } from "./diagnostic.ts";
export {
  type DocNode,
  type FieldNode,
  type ListNode,
  nodeToJson,
  type NumberNode,
  type TableNode,
  type TextNode,
  typeName,
} from "./document.ts";
export { Fields, readFields } from "./fields.ts";
export { type Field, fieldTable, type FieldType } from "./field_types.ts";
export { nearName, suggestion } from "./near_name.ts";
export { type DocumentFormat, formatOfFile, readDocument } from "./read_document.ts";
export { readToml } from "./read_toml.ts";
export { diagnosticsJson, renderDiagnostics, type RenderOptions } from "./render.ts";
