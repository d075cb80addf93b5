/** What may stand in a table, as data: the same rows check a file and make the reference for people. */

export type FieldType =
  /** A string; `pattern` with what it asks for in words. */
  | { readonly kind: "text"; readonly pattern?: RegExp; readonly wanted?: string }
  | { readonly kind: "boolean" }
  /** A whole number within bounds. */
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  /** An exact decimal, zero or more. */
  | { readonly kind: "amount" }
  /** One of a few words; `what` names the kind of word in messages, `synonyms` what others call them. */
  | {
    readonly kind: "word";
    readonly what: string;
    readonly words: readonly string[];
    readonly synonyms?: Readonly<Record<string, string>>;
  }
  /** A list of strings, neither the list nor a string in it empty; `empty: "allowed"` lets the list be empty. */
  | { readonly kind: "texts"; readonly empty?: "allowed" }
  | { readonly kind: "duration" }
  | { readonly kind: "table" }
  /** A list of tables: `[[rules]]`. */
  | { readonly kind: "tables" }
  /** The version of the language that the file is written in. */
  | { readonly kind: "version"; readonly now: number }
  /** Anything: the reader that asks for it checks it. */
  | { readonly kind: "any"; readonly shown: string }
  /** A part of the language that this version does not have: an error that says so, whatever its value. */
  | { readonly kind: "unsupported"; readonly instead: string };

export interface Field {
  readonly key: string;
  readonly type: FieldType;
  /** One sentence for the reference. */
  readonly doc: string;
  readonly required?: true;
  /** The value that holds where the key is absent, as written in a file. */
  readonly standard?: string;
  /** How the key is written, for hints; absent: as its type has it. */
  readonly example?: string;
  /** What other systems call it. */
  readonly others?: readonly string[];
}

/** The type of a field as the reference shows it. */
export function typeInWords(type: FieldType): string {
  switch (type.kind) {
    case "text":
      return type.wanted ?? "string";
    case "integer":
      return `whole number, ${type.min} to ${type.max}`;
    case "amount":
      return "number";
    case "word":
      return type.words.map((word) => `"${word}"`).join(" or ");
    case "texts":
      return "list of strings";
    case "duration":
      return 'duration, such as "90s"';
    case "tables":
      return "list of tables";
    case "version":
      return String(type.now);
    case "any":
      return type.shown;
    case "unsupported":
      return "not supported by this version";
    case "boolean":
    case "table":
      return type.kind;
  }
}

/** Markdown for people: one row a field. Those that this version does not have are named below the table. */
export function fieldTable(fields: readonly Field[]): string {
  const rows = fields.filter(({ type }) => type.kind !== "unsupported").map((field) => {
    const standard = field.required === true
      ? "required"
      : field.standard === undefined
      ? ""
      : code(field.standard);
    return `| ${code(field.key)} | ${cell(typeInWords(field.type))} | ${standard} | ${cell(field.doc)} |`;
  });
  const later = fields.filter(({ type }) => type.kind === "unsupported").map(({ key }) => code(key));
  const table = ["| key | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
  return `${table}\n${
    later.length === 0 ? "" : `\nNot in this version, and an error: ${later.join(", ")}.\n`
  }`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
