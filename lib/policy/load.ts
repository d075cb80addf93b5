/** From the texts of policy files to a policy, or to everything that is wrong with them. */
import type { ReadContext } from "./read_context.ts";
import { canonicalPayload, err, type JsonValue, ok, type Result, toHex, utf8 } from "../base/mod.ts";
import {
  type Diagnostic,
  DiagnosticSink,
  type DocNode,
  nodeToJson,
  readDocument,
  readFields,
  sortDiagnostics,
  type TableNode,
} from "../diagnostic/mod.ts";
import { loadCelEngine } from "./cel/cel_engine.ts";
import { checkAcross } from "./check_across.ts";
import type { PathSettings } from "./file_path.ts";
import type { Layer } from "./layer.ts";
import { Policy } from "./policy.ts";
import { readEnvelope } from "./read_envelope.ts";
import { readGuardrails } from "./read_guardrails.ts";
import { readRules } from "./read_rules.ts";
import { loadRegexEngine } from "./regex_engine.ts";
import { DOCUMENT_FIELDS, ELSEWHERE } from "./schema.ts";
import type { PolicySource } from "./source.ts";
import { warnAbout } from "./warnings.ts";

export interface LoadOptions {
  /** The upstream's working folder, absolute: relative paths in calls and rules are taken from it. */
  readonly workingFolder?: string;
  /** What `~` stands for, absolute. */
  readonly home?: string;
}

/**
 * Compiles layers, the first the highest. Accepted whole or not at all: the error holds the diagnostics of all files.
 * Warnings do not stand in the way; they are in `policy.warnings`.
 */
export async function loadPolicy(
  sources: readonly PolicySource[],
  options: LoadOptions = {},
): Promise<Result<Policy, readonly Diagnostic[]>> {
  const documents: ReadSource[] = [];
  for (const source of sources) documents.push(await readSource(source));
  const shared: Shared = { ...await enginesFor(documents), paths: pathSettings(options) };
  const read = documents.map((document): ReadDocument => ({
    ...document,
    layers: readLayers(document, shared),
  }));
  refuseTwinLayers(documents);
  checkAcross(read);
  const found = sortDiagnostics(documents.flatMap(({ sink }) => sink.found));
  if (documents.some(({ sink }) => sink.hasErrors)) return err(found);
  const layers = read.flatMap((document) => document.layers);
  return ok(new Policy(layers, { digest: await digestOf(documents), warnings: found }));
}

type Engines = Pick<ReadContext, "regex" | "cel">;
type Shared = Omit<ReadContext, "sink">;

interface ReadSource {
  readonly source: PolicySource;
  readonly sink: DiagnosticSink;
  /** Absent where the text could not be read. */
  readonly table: TableNode | undefined;
  readonly layer: string;
}

interface ReadDocument extends ReadSource {
  readonly layers: readonly Layer[];
}

/** Each engine costs some milliseconds: only what a document asks for is loaded. */
async function enginesFor(documents: readonly ReadSource[]): Promise<Engines> {
  const tables = documents.flatMap(({ table }) => table ?? []);
  const usesRegex = tables.some((table) => namesKey(table, "regex") || saysRegex(table));
  return {
    regex: usesRegex ? await loadRegexEngine() : undefined,
    cel: tables.some(saysCel) ? await loadCelEngine() : undefined,
  };
}

async function readSource(source: PolicySource): Promise<ReadSource> {
  const sink = new DiagnosticSink(source.file, source.text);
  const document = await readDocument(source.text, source.format, sink);
  if (source.section === undefined) {
    const name = document?.fields.get("name")?.value;
    return { source, sink, table: document, layer: name?.kind === "text" ? name.value : source.name };
  }
  const section = document?.fields.get(source.section)?.value;
  // Whoever reads the rest of the configuration says when the section is no table.
  return { source, sink, table: section?.kind === "table" ? section : undefined, layer: source.name };
}

function readLayers({ source, sink, table, layer }: ReadSource, shared: Shared): readonly Layer[] {
  if (table === undefined) return [];
  const context: ReadContext = { sink, ...shared };
  const layers = source.section === "guardrails"
    ? [readGuardrails(table, { name: layer, file: source.file }, context)]
    : readFileLayers(table, { name: layer, file: source.file }, context);
  warnAbout(layers, sink);
  return layers;
}

function readFileLayers(
  table: TableNode,
  { name, file }: { readonly name: string; readonly file: string },
  context: ReadContext,
): readonly Layer[] {
  const fields = readFields(table, DOCUMENT_FIELDS, {
    sink: context.sink,
    where: "a policy",
    elsewhere: ELSEWHERE,
  });
  const guardrails = fields.table("guardrails");
  const above = guardrails === undefined
    ? []
    : [readGuardrails(guardrails, { name: guardrailsOf(name), file }, context)];
  const stated = {
    default: fields.text("default") as Layer["default"],
    failureMode: fields.text("failure_mode") as Layer["failureMode"],
    unknownMethods: fields.text("unknown_methods") as Layer["unknownMethods"],
  };
  const envelope = fields.table("envelope");
  const shape = envelope === undefined ? undefined : readEnvelope(envelope, name, context);
  return [...above, {
    name,
    file,
    ...readRules(fields.tables("rules"), name, context),
    watches: shape?.watches ?? [],
    ...(shape === undefined ? {} : { envelope: shape.envelope }),
    redactFields: [],
    hideDeniedTools: fields.boolean("hide_denied_tools") === true,
    isGuardrails: false,
    ...(stated.default === undefined ? {} : { default: stated.default }),
    ...(stated.failureMode === undefined ? {} : { failureMode: stated.failureMode }),
    ...(stated.unknownMethods === undefined ? {} : { unknownMethods: stated.unknownMethods }),
  }];
}

/** Two layers of one name would share their rules' names in entries, and their meters. */
function refuseTwinLayers(documents: readonly ReadSource[]): void {
  const seen = new Map<string, string>();
  for (const { layer, sink, source, table } of documents) {
    const hasGuardrails = source.section === undefined && table?.fields.has("guardrails") === true;
    const names = hasGuardrails ? [guardrailsOf(layer), layer] : [layer];
    const twin = names.find((name) => seen.has(name));
    if (twin !== undefined) {
      const at = source.section === undefined ? table?.fields.get("name")?.value.at ?? 0 : 0;
      const message = `a second layer with the name ${JSON.stringify(twin)}; the first is ${seen.get(twin)}`;
      sink.error(at, message, 'give each file a name of its own: name = "…"');
    }
    for (const name of names) seen.set(name, source.file);
  }
}

/** The name of the layer that the `[guardrails]` of a policy file make. */
function guardrailsOf(layer: string): string {
  return `${layer}.guardrails`;
}

/** Over the documents' meaning: comments, order of keys and the format of the file do not change it. */
async function digestOf(documents: readonly ReadSource[]): Promise<string> {
  const layers = documents.map(({ layer, source, table }): JsonValue => ({
    layer,
    section: source.section ?? null,
    document: table === undefined ? null : nodeToJson(table),
  }));
  // WebCrypto, as this is the only digest of the policy worker: node:crypto would bring 15 ms of start-up with it.
  const digest = await crypto.subtle.digest("SHA-256", utf8(canonicalPayload(layers)));
  return `sha256:${toHex(new Uint8Array(digest))}`;
}

function pathSettings({ workingFolder, home }: LoadOptions): PathSettings {
  return {
    ...(workingFolder === undefined ? {} : { workingFolder }),
    ...(home === undefined ? {} : { home }),
  };
}

/** Is there a `regex` anywhere? A needless load costs a little, a missing engine would be a fault. */
function namesKey(node: DocNode, key: string): boolean {
  if (node.kind === "list") return node.items.some((item) => namesKey(item, key));
  if (node.kind !== "table") return false;
  return [...node.fields].some(([name, { value }]) => name === key || namesKey(value, key));
}

/** A `when` that is text is an expression. */
function saysCel({ fields }: TableNode): boolean {
  const rules = fields.get("rules")?.value;
  return rules?.kind === "list" &&
    rules.items.some((rule) => rule.kind === "table" && rule.fields.get("when")?.value.kind === "text");
}

/** The custom rules of guardrails name their operator in a string. */
function saysRegex(node: DocNode): boolean {
  if (node.kind === "text") return node.value === "regex";
  if (node.kind === "list") return node.items.some(saysRegex);
  return node.kind === "table" && [...node.fields.values()].some(({ value }) => saysRegex(value));
}
