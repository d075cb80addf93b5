/**
 * Reads the part of YAML 1.2 that means one thing: maps with plain keys, lists, scalars. Anchors, aliases, tags, merge
 * keys and directives are refused, and so are duplicate keys: each has made two readers see two policies.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { DiagnosticSink } from "./diagnostic.ts";
import { type DocNode, type FieldNode, type TableNode, toNode, typeName } from "./document.ts";

/** Reads a YAML document; `undefined` where it cannot be taken whole, which the sink then says. */
export function readYaml(text: string, sink: DiagnosticSink): TableNode | undefined {
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    strict: true,
    uniqueKeys: false, // looked for below: the parser compares each key with each other one
    merge: false,
    intAsBigInt: true,
    prettyErrors: false,
    // Not "silent": that would take the second document of a file for nothing.
    logLevel: "error",
  });
  const reader = new Reader(text, sink);
  reader.syntax(document);
  const node = reader.node(document.contents, 0);
  if (reader.refused) return undefined;
  if (node.kind === "table") return node;
  sink.error(node.at, `the document is ${typeName(node)}, and must be a map`, "write version: 1 first");
  return undefined;
}

const MESSAGES: Readonly<Record<string, string>> = { MULTIPLE_DOCS: "a second document in one file" };
const HINTS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "one file holds one policy: take out the line ---",
  TAB_AS_INDENT: "indent with spaces",
  MISSING_CHAR: "close what was opened further up: a quote, a [ or a {",
};

class Reader {
  refused = false;
  readonly #text: string;
  readonly #sink: DiagnosticSink;

  constructor(text: string, sink: DiagnosticSink) {
    this.#text = text;
    this.#sink = sink;
  }

  syntax(document: Document.Parsed): void {
    for (const { code, pos, message } of document.errors) {
      this.#refuse(
        pos[0],
        MESSAGES[code] ?? `not valid YAML: ${phrase(message)}`,
        HINTS[code] ?? "see https://yaml.org for how YAML is written",
      );
    }
    if (document.directives.yaml.explicit === true) {
      this.#refuse(
        0,
        "a YAML directive changes how the rest is read",
        "take out the line that begins with %",
      );
    }
  }

  node(node: unknown, parentAt: number): DocNode {
    const at = (node as { range?: readonly number[] } | null)?.range?.[0] ?? parentAt;
    if (isAlias(node)) {
      const hint = "write the value out; a glob that begins with * stands in quotes";
      this.#refuse(at, "an alias, which is not read", hint);
    }
    const { anchor, tag } = (node ?? {}) as { anchor?: string; tag?: string };
    if (anchor !== undefined) {
      const hint = "take out the &name and write each value out; a text that begins with & stands in quotes";
      this.#refuse(this.#before("&", at), "an anchor, which is not read", hint);
    }
    if (tag !== undefined) {
      const hint = "take out the !tag; a text that begins with ! stands in quotes";
      this.#refuse(this.#before("!", at), "a tag, which is not read", hint);
    }
    if (isMap(node)) return this.#map(node, at);
    if (isSeq(node)) return { kind: "list", at, items: node.items.map((item) => this.node(item, at)) };
    if (isScalar(node)) return scalarNode(node, at);
    return { kind: "null", at };
  }

  /** Where a property of the value at `at` begins: the value is behind it. */
  #before(sign: string, at: number): number {
    let start = this.#text.lastIndexOf(sign, at - 1);
    while (start > 0 && this.#text[start - 1] === sign) start--;
    return start < 0 ? at : start;
  }

  #map(map: YAMLMap, at: number): DocNode {
    const fields = new Map<string, FieldNode>();
    for (const { key, value } of map.items) {
      const keyAt = (key as { range?: readonly number[] } | null)?.range?.[0] ?? at;
      if (!isScalar(key) || typeof key.value !== "string") {
        this.#refuse(keyAt, "a key that is not a string", "put the key in quotes");
      } else if (key.value === "<<") {
        this.#refuse(keyAt, "a merge key, which is not read", "write the keys out");
      } else if (key.anchor !== undefined || key.tag !== undefined) {
        this.#refuse(keyAt, "a key with an anchor or a tag", "write the key alone");
      } else if (fields.has(key.value)) {
        const hint = "a key may stand only once in a map: put the two together";
        this.#refuse(keyAt, "not valid YAML: a key that stands twice in one map", hint);
      } else fields.set(key.value, { keyAt, value: this.node(value, keyAt) });
    }
    return { kind: "table", at, fields };
  }

  #refuse(at: number, message: string, hint: string): void {
    this.refused = true;
    this.#sink.error(at, message, hint);
  }
}

function scalarNode(scalar: Scalar, at: number): DocNode {
  return toNode(
    scalar.value,
    scalar.source === undefined ? { at, keyAt: at } : { at, keyAt: at, source: scalar.source },
    at,
  );
}

/** The parser's message, in our form: it may quote a name of the file, on one line, without a period. */
function phrase(message: string): string {
  const line = (message.split("\n")[0] ?? "").replace(/[.:]+$/, "");
  return line.charAt(0).toLowerCase() + line.slice(1);
}
