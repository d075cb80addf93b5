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
  #errors = 0;
  /** Where each line begins; made with the first diagnostic, as most files have none. */
  #lineStarts: readonly number[] | undefined;

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
    if (severity === "error") this.#errors++;
    this.#found.push({
      file: this.file,
      ...this.#spotOf(at),
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
    return this.#errors;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** Line and column of an offset. A file may have a mistake in each of its lines: none is counted from the top again. */
  #spotOf(offset: number): { readonly line: number; readonly column: number } {
    const at = Math.max(0, offset);
    const starts = this.#lineStarts ??= lineStartsOf(this.#text);
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Array.from(this.#text.slice(starts[low], at)).length + 1 };
  }
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
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
