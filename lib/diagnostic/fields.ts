/** Checks a table against its field table: unknown keys, missing keys, wrong types; all of them at once. */
import { type Decimal, decimalFromText, type Duration, parseDuration } from "../base/mod.ts";
import type { DiagnosticSink } from "./diagnostic.ts";
import { type DocNode, type FieldNode, type TableNode, type TextNode, typeName } from "./document.ts";
import type { Field, FieldType } from "./field_types.ts";
import { nearName, suggestion } from "./near_name.ts";

/** The fields of one table that passed the check: what is here has the type that its row in the field table says. */
export class Fields {
  readonly at: number;
  readonly #good: ReadonlyMap<string, FieldNode>;

  constructor(at: number, good: ReadonlyMap<string, FieldNode>) {
    this.at = at;
    this.#good = good;
  }

  has(key: string): boolean {
    return this.#good.has(key);
  }

  /** Where the key stands, or the table where it is absent. */
  keyAt(key: string): number {
    return this.#good.get(key)?.keyAt ?? this.at;
  }

  node(key: string): DocNode | undefined {
    return this.#good.get(key)?.value;
  }

  text(key: string): string | undefined {
    const node = this.node(key);
    return node?.kind === "text" ? node.value : undefined;
  }

  boolean(key: string): boolean | undefined {
    const node = this.node(key);
    return node?.kind === "boolean" ? node.value : undefined;
  }

  integer(key: string): number | undefined {
    const node = this.node(key);
    return node?.kind === "number" ? Number(node.source) : undefined;
  }

  decimal(key: string): Decimal | undefined {
    const node = this.node(key);
    return node?.kind === "number" ? decimalFromText(node.source) : undefined;
  }

  durationMs(key: string): Duration | undefined {
    const text = this.text(key);
    const duration = text === undefined ? undefined : parseDuration(text);
    return duration?.ok ? duration.value : undefined;
  }

  texts(key: string): readonly TextNode[] | undefined {
    const node = this.node(key);
    return node?.kind === "list" ? node.items.filter((item) => item.kind === "text") : undefined;
  }

  table(key: string): TableNode | undefined {
    const node = this.node(key);
    return node?.kind === "table" ? node : undefined;
  }

  tables(key: string): readonly TableNode[] {
    const node = this.node(key);
    return node?.kind === "list" ? node.items.filter((item) => item.kind === "table") : [];
  }
}

export interface ReadOptions {
  readonly sink: DiagnosticSink;
  /** Names the table in messages, such as `a rule`. */
  readonly where: string;
  /** Keys that people write here and that belong elsewhere. */
  readonly elsewhere?: { readonly keys: readonly string[]; readonly hint: string };
}

/** Reads `table` by the rows of `fields`. */
export function readFields(table: TableNode, fields: readonly Field[], options: ReadOptions): Fields {
  const { sink, where } = options;
  const good = new Map<string, FieldNode>();
  for (const [key, node] of table.fields) {
    const field = fields.find((one) => one.key === key);
    if (field === undefined) unknownKey(key, node.keyAt, { fields, ...options });
    else if (checkField(field, node, sink)) good.set(key, node);
  }
  for (const field of fields) {
    if (field.required !== true || table.fields.has(field.key)) continue;
    sink.error(table.at, `"${field.key}" is missing in ${where}`, `add ${exampleOf(field)}`);
  }
  return new Fields(table.at, good);
}

function exampleOf({ key, type, example }: Field): string {
  if (example !== undefined) return example;
  if (type.kind === "version") return `${key} = ${type.now}`;
  if (type.kind === "integer") return `${key} = ${type.min}`;
  if (type.kind === "word") return `${key} = "${type.words[0]}"`;
  if (type.kind === "tables" || type.kind === "table") return `a [${key}] table`;
  if (type.kind === "texts") return `${key} = ["…"]`;
  return `${key} = "…"`;
}

function unknownKey(
  key: string,
  at: number,
  { sink, where, fields, elsewhere }: ReadOptions & { readonly fields: readonly Field[] },
): void {
  const known = fields.filter(({ type }) => type.kind !== "unsupported").map((field) => field.key);
  const near = fields.find(({ others }) => others?.includes(key))?.key ??
    nearName(key, fields.map((field) => field.key));
  const hint = elsewhere?.keys.includes(key) === true
    ? elsewhere.hint
    : near === undefined
    ? `the keys of ${where} are: ${known.join(", ")}`
    : `did you mean "${near}"?`;
  sink.error(at, `unknown key ${JSON.stringify(key)} in ${where}`, hint);
}

function checkField(field: Field, { keyAt, value }: FieldNode, sink: DiagnosticSink): boolean {
  if (field.type.kind === "unsupported") {
    sink.error(keyAt, `"${field.key}" is not supported by this version`, field.type.instead);
    return false;
  }
  const problems = [problemOf(field, value) ?? []].flat();
  for (const { at, message, hint } of problems) sink.error(at ?? value.at, message, hint);
  // The tables of a list are read on where something else stands among them: all that is wrong is said in one run.
  return problems.length === 0 || (field.type.kind === "tables" && value.kind === "list");
}

interface Problem {
  readonly at?: number;
  readonly message: string;
  readonly hint: string;
}

// one piece because: one arm a type, each of a line or two
function problemOf({ key, type, example }: Field, value: DocNode): Problem | readonly Problem[] | undefined {
  const wrong = (wanted: string, hint: string): Problem => ({
    message: `"${key}" is ${typeName(value)}, and must be ${wanted}`,
    hint: example === undefined ? hint : `write ${example}`,
  });
  switch (type.kind) {
    case "text":
      return value.kind !== "text" ? wrong("a string", `write ${key} = "…"`) : badText(key, type, value);
    case "boolean":
      return value.kind === "boolean"
        ? undefined
        : wrong("true or false", `write ${key} = true, without quotes`);
    case "integer":
      return value.kind === "number" ? badInteger(key, type, value.source) : wrong(
        "a whole number",
        `write ${key} = ${type.min}, without quotes`,
      );
    case "amount":
      if (value.kind !== "number") return wrong("a number", `write ${key} = 50000.0, without quotes`);
      return value.source.startsWith("-")
        ? { message: `"${key}" is negative`, hint: "write a number that is zero or more" }
        : undefined;
    case "word":
      return value.kind === "text"
        ? badWord(type, value.value)
        : wrong(`one of ${type.words.join(", ")}`, `write ${key} = "${type.words[0]}"`);
    case "texts":
      return value.kind === "list"
        ? badTexts(key, value.items, type.empty === "allowed")
        : wrong("a list of strings", `write ${key} = ["…"]`);
    case "duration":
      return value.kind === "text" ? badDuration(value.value) : wrong("a duration", `write ${key} = "30s"`);
    case "table":
      return value.kind === "table"
        ? undefined
        : wrong("a table", `write ${key} = { … } or a [${key}] table`);
    case "tables":
      return value.kind === "list"
        ? badTables(key, value.items)
        : wrong("a list of tables", `write [[${key}]] in TOML, with two brackets`);
    case "version":
      return badVersion(type.now, value);
    case "any":
    case "unsupported":
      return undefined;
  }
}

function badVersion(now: number, value: DocNode): Problem | undefined {
  if (value.kind === "number" && Number(value.source) === now) return undefined;
  const message = value.kind === "number"
    ? `version ${value.source} is not one that this program reads`
    : `"version" is ${typeName(value)}, and must be ${now}`;
  return { message, hint: `write version = ${now}, without quotes; a later one needs a later countersign` };
}

function badText(key: string, type: FieldType & { kind: "text" }, { value }: TextNode): Problem | undefined {
  if (value === "") return { message: `"${key}" is empty`, hint: `write ${type.wanted ?? "some text"}` };
  if (type.pattern === undefined || type.pattern.test(value)) return undefined;
  return {
    message: `"${key}" is ${JSON.stringify(value)}, which it cannot be`,
    hint: `write ${type.wanted}`,
  };
}

function badInteger(
  key: string,
  { min, max }: { min: number; max: number },
  source: string,
): Problem | undefined {
  const value = Number(source);
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  return {
    message: `"${key}" is ${source}, and must be a whole number from ${min} to ${max}`,
    hint: `write ${key} = ${Math.min(Math.max(min, 1), max)}, for instance`,
  };
}

function badWord(
  { what, words, synonyms }: FieldType & { kind: "word" },
  value: string,
): Problem | undefined {
  if (words.includes(value)) return undefined;
  return { message: `unknown ${what} ${JSON.stringify(value)}`, hint: suggestion(value, words, synonyms) };
}

function badTexts(key: string, items: readonly DocNode[], mayBeEmpty: boolean): readonly Problem[] {
  if (items.length === 0 && !mayBeEmpty) {
    const hint = `name something, or leave "${key}" out`;
    return [{ message: `"${key}" is an empty list, which nothing can match`, hint }];
  }
  return items.flatMap((item) => {
    if (item.kind !== "text") {
      const message = `"${key}" holds ${typeName(item)}, and takes strings only`;
      return [{ at: item.at, message, hint: `write ${key} = ["…"]` }];
    }
    if (item.value !== "") return [];
    const hint = "take it out, or write the name that is meant";
    return [{ at: item.at, message: `"${key}" holds an empty string`, hint }];
  });
}

function badDuration(text: string): Problem | undefined {
  const duration = parseDuration(text);
  if (duration.ok) return undefined;
  return {
    message: `${JSON.stringify(text)} ${duration.error}`,
    hint: "write a duration such as 90s, 30m, 2h, 1h30m, 1d or 500ms",
  };
}

function badTables(key: string, items: readonly DocNode[]): readonly Problem[] {
  return items.filter((item) => item.kind !== "table").map((odd) => ({
    at: odd.at,
    message: `"${key}" holds ${typeName(odd)}, and takes tables only`,
    hint: `each item is a table of its own: [[${key}]] in TOML`,
  }));
}
