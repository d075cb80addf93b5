/** The corpora of `tests/corpora`: one JSON object a line, checked when read. What the fields mean: its README. */

/** A secret in a text. `text` has the secret where `{S}` stood. */
export interface SecretSample {
  readonly id: string;
  readonly shape: string;
  /** The text in front of the secret, and the text behind it. */
  readonly before: string;
  readonly after: string;
  readonly secret: string;
  /** A key that such a secret stands under. */
  readonly key?: string;
  /** Is the secret known by its own form, without the text around it? */
  readonly bare: boolean;
}

/** A call that means harm, or an ordinary one. */
export interface CallSample {
  readonly category?: string;
  readonly shape: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A result that gives orders to the agent. */
export interface InjectionSample {
  readonly family: string;
  readonly shape: string;
  readonly text: string;
}

/** What a tool returns on an ordinary day. */
export interface OutputSample {
  readonly shape: string;
  readonly text: string;
}

/** A way past the scanner that is known; the table in SECURITY.md tells of it. */
export interface GapSample {
  readonly group: string;
  readonly what: string;
  readonly kind: string;
  /** One after the other, each in a message of its own. */
  readonly texts: readonly string[];
}

export interface Corpora {
  readonly secrets: readonly SecretSample[];
  readonly threats: readonly CallSample[];
  readonly injections: readonly InjectionSample[];
  readonly outputs: readonly OutputSample[];
  readonly calls: readonly CallSample[];
  readonly gaps: readonly GapSample[];
}

/** Stands inside of each secret, so that no hosting service takes the corpus for a leak. */
const SPLIT = "¦";
const PLACE = "{S}";

/** Reads all corpora below `folder`. Throws where one cannot be read, is empty or has a line that is off. */
export function readCorpora(folder = new URL("../../tests/corpora/", import.meta.url)): Corpora {
  const read = <Sample>(path: string, of: (line: Line, where: string) => Sample) =>
    readLines(new URL(path, folder), of);
  return {
    secrets: read("positive/secrets.jsonl", secretOf),
    threats: read("positive/threats.jsonl", callOf),
    injections: read("positive/injections.jsonl", injectionOf),
    outputs: [...read("benign/written.jsonl", outputOf), ...read("benign/captured.jsonl", outputOf)],
    calls: read("benign/calls.jsonl", callOf),
    gaps: read("positive/not_caught.jsonl", gapOf),
  };
}

type Line = Readonly<Record<string, unknown>>;

function readLines<Sample>(url: URL, of: (line: Line, where: string) => Sample): readonly Sample[] {
  const lines = Deno.readTextFileSync(url).split("\n").filter((line) => line !== "");
  if (lines.length === 0) throw new Error(`Cannot use ${url.pathname}: it has no lines`);
  return lines.map((line, index) => of(JSON.parse(line), `${url.pathname}:${index + 1}`));
}

function secretOf(line: Line, where: string): SecretSample {
  const text = stringOf(line, "text", where);
  const at = text.indexOf(PLACE);
  if (at < 0) throw new Error(`Cannot use ${where}: its text has no ${PLACE}`);
  const key = line.key === undefined ? {} : { key: stringOf(line, "key", where) };
  return {
    id: stringOf(line, "id", where),
    shape: stringOf(line, "shape", where),
    before: text.slice(0, at),
    after: text.slice(at + PLACE.length),
    secret: stringOf(line, "secret", where).replaceAll(SPLIT, ""),
    bare: line.bare === true,
    ...key,
  };
}

function callOf(line: Line, where: string): CallSample {
  const category = line.category === undefined ? {} : { category: stringOf(line, "category", where) };
  if (typeof line.arguments !== "object" || line.arguments === null) {
    throw new Error(`Cannot use ${where}: it has no arguments`);
  }
  return {
    ...category,
    shape: stringOf(line, "shape", where),
    tool: stringOf(line, "tool", where),
    arguments: line.arguments as Line,
  };
}

function injectionOf(line: Line, where: string): InjectionSample {
  return { family: stringOf(line, "family", where), ...outputOf(line, where) };
}

function outputOf(line: Line, where: string): OutputSample {
  return { shape: stringOf(line, "shape", where), text: stringOf(line, "text", where) };
}

function gapOf(line: Line, where: string): GapSample {
  const { texts } = line;
  if (!Array.isArray(texts) || texts.length === 0) throw new Error(`Cannot use ${where}: it has no texts`);
  return {
    group: stringOf(line, "group", where),
    what: stringOf(line, "what", where),
    kind: stringOf(line, "kind", where),
    texts: texts.map((text) => String(text).replaceAll(SPLIT, "")),
  };
}

function stringOf(line: Line, field: string, where: string): string {
  const value = line[field];
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`Cannot use ${where}: it has no ${field}`);
}
