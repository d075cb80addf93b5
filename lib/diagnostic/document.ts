/** One shape for documents of every format: values with the place where they stand. */
import { exactNumber, isExactNumber, type JsonValue, numberSource } from "../base/mod.ts";

/** Offsets are in UTF-16 units of the file's text. */
interface Placed {
  readonly at: number;
}
export interface TextNode extends Placed {
  readonly kind: "text";
  readonly value: string;
}
export interface NumberNode extends Placed {
  readonly kind: "number";
  /** JSON text of the number with the digits that the file has. */
  readonly source: string;
}
export interface BooleanNode extends Placed {
  readonly kind: "boolean";
  readonly value: boolean;
}
export interface NullNode extends Placed {
  readonly kind: "null";
}
export interface ListNode extends Placed {
  readonly kind: "list";
  readonly items: readonly DocNode[];
}
/** A key with its value; `keyAt` is where the key stands. */
export interface FieldNode {
  readonly keyAt: number;
  readonly value: DocNode;
}
export interface TableNode extends Placed {
  readonly kind: "table";
  readonly fields: ReadonlyMap<string, FieldNode>;
}
/** Something that a policy has no use for, such as a date or `inf`. */
export interface OtherNode extends Placed {
  readonly kind: "other";
  readonly what: string;
}
export type DocNode =
  | TextNode
  | NumberNode
  | BooleanNode
  | NullNode
  | ListNode
  | TableNode
  | OtherNode;

/** Where the parts of a value stand. Made by a scanner that neither accepts nor refuses anything. */
export interface Place {
  at: number;
  keyAt: number;
  /** The literal as it is written, where it may be a number. */
  source?: string;
  fields?: Map<string, Place>;
  items?: Place[];
}

/** A parsed value with its places; a part whose place is not known stands where its parent does. */
export function toNode(value: unknown, place: Place | undefined, parentAt: number): DocNode {
  const at = place?.at ?? parentAt;
  if (typeof value === "string") return { kind: "text", at, value };
  if (typeof value === "boolean") return { kind: "boolean", at, value };
  if (value === null || value === undefined) return { kind: "null", at };
  if (typeof value === "bigint" || typeof value === "number" || isExactNumber(value)) {
    return numberNode(value, place?.source, at);
  }
  if (Array.isArray(value)) {
    return { kind: "list", at, items: value.map((item, i) => toNode(item, place?.items?.[i], at)) };
  }
  if (value instanceof Date) return { kind: "other", at, what: "a date" };
  const fields = new Map<string, FieldNode>();
  for (const [key, item] of Object.entries(value)) {
    const inner = place?.fields?.get(key);
    fields.set(key, { keyAt: inner?.keyAt ?? at, value: toNode(item, inner, at) });
  }
  return { kind: "table", at, fields };
}

const JSON_NUMBER_REGEXP = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function numberNode(value: bigint | number | object, source: string | undefined, at: number): DocNode {
  if (typeof value === "bigint") return { kind: "number", at, source: String(value) };
  if (typeof value === "object") {
    return { kind: "number", at, source: numberSource(value as JsonValue) ?? "0" };
  }
  if (!Number.isFinite(value)) return { kind: "other", at, what: "inf or nan" };
  const written = jsonNumber(source ?? "");
  // The parser's double says what was accepted; the text only adds the digits that a double has no room for.
  const exact = written !== undefined && Number(written) === value ? written : String(value);
  return { kind: "number", at, source: exact };
}

/** `+5`, `1_000.5`, `.5` and `5.` as JSON writes them. */
function jsonNumber(literal: string): string | undefined {
  const text = literal.replaceAll("_", "").replace(/^\+/, "")
    .replace(/^(-?)\./, "$10.").replace(/\.(?=$|[eE])/, "");
  return JSON_NUMBER_REGEXP.test(text) ? text : undefined;
}

/** The document as JSON, for digests and operands. */
export function nodeToJson(node: DocNode): JsonValue {
  switch (node.kind) {
    case "text":
    case "boolean":
      return node.value;
    case "number":
      return exactNumber(node.source);
    case "list":
      return node.items.map(nodeToJson);
    case "table":
      return Object.fromEntries([...node.fields].map(([key, { value }]) => [key, nodeToJson(value)]));
    case "null":
    case "other":
      return null;
  }
}

const TYPE_NAMES: Readonly<Record<DocNode["kind"], string>> = {
  text: "a string",
  number: "a number",
  boolean: "a boolean",
  null: "null",
  list: "a list",
  table: "a table",
  other: "a value of another kind",
};

/** What a value is, in words: `a string`. */
export function typeName(node: DocNode): string {
  return node.kind === "other" ? node.what : TYPE_NAMES[node.kind];
}
