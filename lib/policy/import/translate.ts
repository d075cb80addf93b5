/** Reads a policy file of another system into the native form (spec: policy, `policy import`). */
import type { ImportContext } from "./context.ts";
import { err, ok, type Result } from "../../base/mod.ts";
import {
  type Diagnostic,
  DiagnosticSink,
  type DocNode,
  formatOfFile,
  readDocument,
  type TableNode,
} from "../../diagnostic/mod.ts";
import { detectKind } from "./detect.ts";
import { blocksOf, configText, type PolicyDraft } from "./draft.ts";
import { importEstoppl } from "./estoppl.ts";
import { Keys } from "./keys.ts";
import { importMcpGate } from "./mcp_gate.ts";
import { importMcpfw } from "./mcpfw.ts";
import { importEnvelope } from "./mcpfw_envelope.ts";
import { layerName } from "./names.ts";
import { Notes } from "./notes.ts";
import { settleBlocks } from "./settle_blocks.ts";
import { importTollbooth } from "./tollbooth.ts";
import type { Imported, ImportKind, ImportSource } from "./types.ts";

/** Far more than anybody writes; a YAML map of a megabyte would take its reader 20 seconds. */
const MAX_CHARS = 256 * 1024;
const MAX_TABLES = 5000;
const MAX_DEPTH = 32;
const MAX_DIAGNOSTICS = 100;

const IMPORTERS: Readonly<Record<ImportKind, (keys: Keys, context: ImportContext) => PolicyDraft>> = {
  estoppl: importEstoppl,
  "mcp-gate": importMcpGate,
  mcpfw: importMcpfw,
  "mcpfw-envelope": importEnvelope,
  tollbooth: importTollbooth,
};

/**
 * The file in the native form, with notes on what is stricter, what works in another way and what could not be carried
 * over. Files come from other people's repositories and are ATTACKER-CONTROLLED as far as size and shape go. The error
 * holds the diagnostics of a file that cannot be read, or that is none of these systems'.
 */
export async function translate(source: ImportSource): Promise<Result<Imported, readonly Diagnostic[]>> {
  const sink = new CappedSink(source.file, source.text);
  const document = await readSource(source, sink);
  const kind = document === undefined ? undefined : source.from ?? detectKind(document, sink);
  if (document === undefined || kind === undefined) return err(sink.found);
  const notes = new Notes(source.text);
  const draft = IMPORTERS[kind](new Keys(document, "", { sink, notes }), {
    name: (own) => layerName(own, source.file),
    detectors: source.detectors,
    floor: source.floor ?? [],
  });
  if (sink.hasErrors) return err(sink.found);
  noteHeld(draft, notes);
  const blocks = blocksOf(draft, `Imported by countersign policy import; the file was one of ${kind}.`);
  const toml = await settleBlocks(blocks, notes);
  if (!toml.ok) {
    sink.error(0, `no policy can be made of this file: ${toml.error.message}`, toml.error.hint);
    return err(sink.found);
  }
  const config = configText(draft);
  const { found } = notes;
  return ok({ kind, toml: toml.value, notes: found, ...(config === undefined ? {} : { config }) });
}

/**
 * A rule that holds is read so that it holds no less than there; where something behind it refuses, what it holds beyond
 * that was refused there, and a person may now let it pass.
 */
function noteHeld({ rules = [], fields }: PolicyDraft, notes: Notes): void {
  const refusesRest = fields.some(([key, value]) => key === "default" && value === "deny");
  for (const [i, { effect, fields, lost, spot }] of rules.entries()) {
    const conditional = lost !== undefined ||
      fields.some(([key, value]) => key === "when" && value !== undefined);
    const holds = effect === "ask" ? conditional : effect === "redact" && lost !== undefined;
    if (!holds || !(refusesRest || rules.slice(i + 1).some((later) => later.effect === "deny"))) continue;
    const message = "it may hold more than there, where a rule behind it or the default refused at once";
    return notes.add("changed", spot, message);
  }
}

/** Says the first hundred problems: each costs a walk through the text, and nobody reads more. */
class CappedSink extends DiagnosticSink {
  #left = MAX_DIAGNOSTICS;

  override error(at: number, message: string, hint: string): void {
    if (this.#left-- > 0) super.error(at, message, hint);
  }
}

async function readSource(source: ImportSource, sink: DiagnosticSink): Promise<TableNode | undefined> {
  const { text, file } = source;
  const format = source.format ?? formatOfFile(file);
  if (format === undefined) {
    sink.error(0, "the file's ending names no format", "name it .toml, .yaml, .yml, .json or .jsonc");
    return undefined;
  }
  if (text.length > MAX_CHARS) {
    sink.error(
      0,
      `the file has more than ${MAX_CHARS} characters`,
      "a policy of that size is no policy: split it",
    );
    return undefined;
  }
  try {
    const document = await readDocument(text, format, sink);
    return document !== undefined && isSound(document, sink) ? document : undefined;
  } catch (thrown) {
    // A parser that recurses ends here on a text that nests too deeply; anything else is a mistake of ours.
    if (!(thrown instanceof RangeError)) throw thrown;
    sink.error(0, "the file nests too deeply to be read", "write it flatter");
    return undefined;
  }
}

/** Is all text well-formed, so that it can be written again, and is there no more of it than a person could write? */
function isSound(document: TableNode, sink: DiagnosticSink): boolean {
  let tables = 0;
  const stack: { readonly node: DocNode; readonly depth: number }[] = [{ node: document, depth: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH) sink.error(node.at, `more than ${MAX_DEPTH} levels`, "write it flatter");
    else if (node.kind === "text" && !node.value.isWellFormed()) {
      sink.error(node.at, "half a surrogate pair, which is no character", "write the character itself");
    } else if (node.kind === "list") {
      for (const item of node.items) stack.push({ node: item, depth: depth + 1 });
    } else if (node.kind === "table") {
      tables++;
      for (const [key, { keyAt, value }] of node.fields) {
        if (!key.isWellFormed()) sink.error(keyAt, "a key with half a surrogate pair", "write the key anew");
        stack.push({ node: value, depth: depth + 1 });
      }
    }
  }
  if (tables > MAX_TABLES) sink.error(0, `more than ${MAX_TABLES} tables`, "split the file");
  return !sink.hasErrors;
}
