/** Reads the tables of a foreign file: wrong types are errors, and a key that nobody asked for becomes a note. */
import {
  type DiagnosticSink,
  type DocNode,
  type NumberNode,
  suggestion,
  type TableNode,
  type TextNode,
  typeName,
} from "../../diagnostic/mod.ts";
import type { Notes, Spot } from "./notes.ts";

export interface KeysContext {
  readonly sink: DiagnosticSink;
  readonly notes: Notes;
}

/** One table of the file. Whoever has read all that it knows calls {@link Keys.end}. */
export class Keys {
  readonly at: number;
  readonly path: string;
  readonly context: KeysContext;
  readonly #table: TableNode;
  readonly #asked = new Set<string>();

  constructor(table: TableNode, path: string, context: KeysContext) {
    this.at = table.at;
    this.path = path;
    this.context = context;
    this.#table = table;
  }

  has(key: string): boolean {
    return this.#table.fields.has(key);
  }

  /** Where a key stands; the table where it is absent. */
  spot(key: string): Spot {
    const at = this.#table.fields.get(key)?.keyAt ?? this.at;
    return { at, path: this.path === "" ? key : `${this.path}.${key}` };
  }

  /** The value; a `null` is as good as an absent key. */
  node(key: string): DocNode | undefined {
    this.#asked.add(key);
    const value = this.#table.fields.get(key)?.value;
    return value?.kind === "null" ? undefined : value;
  }

  text(key: string): string | undefined {
    const node = this.#ofKind(key, "text", "a string");
    return node?.value;
  }

  boolean(key: string): boolean | undefined {
    return this.#ofKind(key, "boolean", "true or false")?.value;
  }

  number(key: string): NumberNode | undefined {
    return this.#ofKind(key, "number", "a number");
  }

  /** A whole number, zero or more. */
  count(key: string): number | undefined {
    const node = this.number(key);
    if (node === undefined) return undefined;
    const value = Number(node.source);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    this.wrong(node, key, "a whole number, zero or more");
    return undefined;
  }

  table(key: string): Keys | undefined {
    const node = this.#ofKind(key, "table", "a table");
    return node === undefined ? undefined : new Keys(node, this.spot(key).path, this.context);
  }

  tables(key: string): readonly Keys[] {
    const items = this.list(key) ?? [];
    return items.flatMap((item, i) => {
      if (item.kind === "table") return [new Keys(item, `${this.spot(key).path}[${i}]`, this.context)];
      this.wrong(item, `${key}[${i}]`, "a table");
      return [];
    });
  }

  list(key: string, wanted = "a list"): readonly DocNode[] | undefined {
    return this.#ofKind(key, "list", wanted)?.items;
  }

  /** A list of strings, none of them empty. */
  texts(key: string): readonly TextNode[] | undefined {
    return this.list(key, "a list of strings")?.flatMap((item, i) => {
      if (item.kind === "text" && item.value !== "") return [item];
      this.wrong(item, `${key}[${i}]`, "a string that is not empty");
      return [];
    });
  }

  /** The keys and values of a table that may have any keys. */
  entries(): readonly (readonly [key: string, value: DocNode, spot: Spot])[] {
    return [...this.#table.fields].map(([key, { value }]) => {
      this.#asked.add(key);
      return [key, value, this.spot(key)];
    });
  }

  /** Says that a value is not of the kind that it must be. */
  wrong(node: DocNode, key: string, wanted: string): void {
    const where = this.path === "" ? key : `${this.path}.${key}`;
    const what = node.kind === "text" && node.value === "" ? "an empty string" : typeName(node);
    this.context.sink.error(node.at, `"${where}" is ${what}, and must be ${wanted}`, `write ${wanted}`);
  }

  /** Says that a word is none of those that may stand there. */
  wrongWord(key: string, words: readonly string[]): void {
    const node = this.node(key);
    if (node === undefined) this.missing(key, words.join(", "));
    else if (node.kind === "text") {
      const where = this.spot(key).path;
      const message = `"${where}" is ${JSON.stringify(node.value)}, and must be one of: ${words.join(", ")}`;
      this.context.sink.error(node.at, message, suggestion(node.value, words));
    } else this.wrong(node, key, `one of: ${words.join(", ")}`);
  }

  /** Says that a key is not there. */
  missing(key: string, wanted: string): void {
    this.context.sink.error(this.at, `"${this.spot(key).path}" is missing`, `write ${wanted}`);
  }

  /** Every key that nobody asked for is told: nothing in a file is dropped in silence. Answers with the first of them. */
  end(): string | undefined {
    const unknown = [...this.#table.fields.keys()].filter((key) => !this.#asked.has(key));
    for (const key of unknown) {
      this.context.notes.add(
        "not-carried",
        this.spot(key),
        "no key that this import knows: nothing stands for it",
      );
    }
    return unknown[0];
  }

  #ofKind<Kind extends DocNode["kind"]>(
    key: string,
    kind: Kind,
    wanted: string,
  ): Extract<DocNode, { kind: Kind }> | undefined {
    const node = this.node(key);
    if (node === undefined) return undefined;
    if (node.kind === kind) return node as Extract<DocNode, { kind: Kind }>;
    this.wrong(node, key, wanted);
    return undefined;
  }
}
