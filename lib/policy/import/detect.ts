/** Whose file is it? By the keys that only one system has. */
import type { DiagnosticSink, DocNode, TableNode } from "../../diagnostic/mod.ts";
import { IMPORT_KINDS, type ImportKind } from "./types.ts";

const CHOICES = IMPORT_KINDS.join("|");

/** The system whose file this is; `undefined` where it cannot be told, which the sink then says. */
export function detectKind(document: TableNode, sink: DiagnosticSink): ImportKind | undefined {
  if (isNative(document)) {
    sink.error(0, "this is a policy in the native form already", "countersign policy check FILE");
    return undefined;
  }
  const kinds = IMPORT_KINDS.filter((kind) => SIGNS[kind](document));
  const [kind] = kinds;
  if (kind !== undefined && kinds.length === 1) return kind;
  const message = kind === undefined
    ? "this file has the keys of none of the systems that can be imported: estoppl, mcp-gate, mcpfw, tollbooth"
    : `this file has keys of ${
      kinds.join(" and of ")
    }, and can be imported as one of estoppl, mcp-gate, mcpfw, tollbooth`;
  sink.error(0, message, `say whose it is: --from ${CHOICES}`);
  return undefined;
}

const SIGNS: Readonly<Record<ImportKind, (document: TableNode) => boolean>> = {
  estoppl: (document) => kindOf(document, "rules") === "table",
  "mcp-gate": (document) => document.fields.has("default_effect") || someRuleHas(document, "effect"),
  mcpfw: (document) =>
    document.fields.has("default_action") || document.fields.has("scan_responses") ||
    someRuleHas(document, "action"),
  "mcpfw-envelope": (document) =>
    !document.fields.has("rules") &&
    (kindOf(document, "bounds") === "table" || kindOf(document, "workflows") === "list"),
  tollbooth: (document) =>
    kindOf(document, "policy") === "table" || kindOf(document, "servers") === "table" ||
    kindOf(document, "dlp") === "table",
};

const NATIVE_KEYS = [
  "default",
  "failure_mode",
  "guardrails",
  "hide_denied_tools",
  "unknown_methods",
  "envelope",
];

function isNative({ fields }: TableNode): boolean {
  return fields.get("version")?.value.kind === "number" && !fields.has("default_effect") &&
    NATIVE_KEYS.some((key) => fields.has(key));
}

function kindOf({ fields }: TableNode, key: string): DocNode["kind"] | undefined {
  return fields.get(key)?.value.kind;
}

function someRuleHas({ fields }: TableNode, key: string): boolean {
  const rules = fields.get("rules")?.value;
  return rules?.kind === "list" && rules.items.some((rule) => rule.kind === "table" && rule.fields.has(key));
}
