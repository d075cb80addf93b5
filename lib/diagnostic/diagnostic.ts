export type Severity = "error" | "warning";

/** A message about a file that an operator wrote. `line` and `column` count from 1, columns in characters. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: Severity;
  /** What is wrong: a phrase, no period. */
  readonly message: string;
  /** What to write instead, or the command that helps. */
  readonly hint: string;
}

/** Collects the diagnostics of one file: all of them in one run, never only the first. */
export class DiagnosticSink {
  readonly file: string;
  readonly #text: string;
  readonly #found: Diagnostic[] = [];

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
  }

  /** The file's text from an offset on, for whoever wants to say what is wrong inside of a string. */
  textAt(at: number, length: number): string {
    return this.#text.slice(at, at + length);
  }

  /** `at`: offset into the text in UTF-16 units. */
  error(at: number, message: string, hint: string): void {
    this.#add(at, "error", { message, hint });
  }

  warning(at: number, message: string, hint: string): void {
    this.#add(at, "warning", { message, hint });
  }

  #add(at: number, severity: Severity, { message, hint }: { message: string; hint: string }): void {
    this.#found.push({
      file: this.file,
      ...spotOf(this.#text, at),
      severity,
      message: shortened(message),
      hint,
    });
  }

  /** In the order of the file. */
  get found(): readonly Diagnostic[] {
    return sortDiagnostics(this.#found);
  }

  /** How many errors there are by now. */
  get errors(): number {
    return this.#found.filter(({ severity }) => severity === "error").length;
  }

  get hasErrors(): boolean {
    return this.errors > 0;
  }
}

const MAX_CHARS = 400;

/** A message may quote the file: of a very long word, what it begins and what the sentence ends with is enough. */
function shortened(message: string): string {
  const chars = Array.from(message);
  if (chars.length <= MAX_CHARS) return message;
  return `${chars.slice(0, MAX_CHARS / 4).join("")}…${chars.slice(-MAX_CHARS / 2).join("")}`;
}

/** By place; those of different files keep the order in which the files came. */
export function sortDiagnostics(list: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(list.map(({ file }) => file))];
  return [...list].sort((a, b) =>
    files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column
  );
}

/** Line and column of an offset. */
function spotOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.max(0, at));
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let i = before.indexOf("\n"); i >= 0; i = before.indexOf("\n", i + 1)) line++;
  return { line, column: Array.from(before.slice(lineStart)).length + 1 };
}
