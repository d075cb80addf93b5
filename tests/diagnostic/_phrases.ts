/**
 * The phrases in a source file: string and template literals of two words or more. A check that every message has a golden
 * needs to know which messages there are, and the sources are the only place that cannot be forgotten.
 */

/** A literal, cut at its `${…}`; what stands before it on its line or lines, without white space. */
export interface Phrase {
  readonly pieces: readonly string[];
  readonly before: string;
}

/** All phrases of a TypeScript text. Comments, imports and regular expressions hold none. */
export function phrasesIn(source: string): readonly Phrase[] {
  const reader = new Reader(source);
  reader.code("end");
  return reader.found.filter(({ pieces }) => / \S*\p{L}|\p{L}\S* /u.test(pieces.join("\0")));
}

/** May a line be the phrase with something put in for each `${…}`? */
export function saysPhrase(line: string, { pieces }: Phrase): boolean {
  let at = 0;
  for (const piece of pieces) {
    const found = line.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

/** What a `/` begins a regular expression behind; behind anything else it divides. */
const REGEXP_BEHIND = /(?:^|[(,=:[!&|?{};>]|return)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

class Reader {
  readonly found: Phrase[] = [];
  readonly #text: string;
  #at = 0;
  /** The code so far, without white space and literals. */
  #code = "";

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to the end of the text, or to the `}` that closes a template's `${`. */
  code(until: "end" | "brace"): void {
    for (let depth = 0; this.#at < this.#text.length;) {
      const char = this.#text.charAt(this.#at);
      if (this.#skips() || this.#literal(char)) continue;
      if (char === "}" && depth-- === 0 && until === "brace") return;
      if (char === "{") depth++;
      if (char.trim() !== "") this.#code += char;
      this.#at++;
    }
  }

  /** Comments and regular expressions. */
  #skips(): boolean {
    for (
      const regexp of [/\/\/.*/y, /\/\*[^]*?\*\//y, /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y]
    ) {
      if (regexp.source.startsWith("\\/(?:") && !REGEXP_BEHIND.test(this.#code)) continue;
      regexp.lastIndex = this.#at;
      const match = regexp.exec(this.#text);
      if (match === null) continue;
      this.#at += match[0].length;
      return true;
    }
    return false;
  }

  #literal(quote: string): boolean {
    if (quote !== '"' && quote !== "'" && quote !== "`") return false;
    const before = this.#code.slice(-40);
    const pieces = [""];
    this.#at++;
    for (let char = this.#next(); char !== quote; char = this.#next()) {
      if (char === "") throw new Error("a literal that does not end");
      if (char === "\\") pieces.push(`${pieces.pop()}${this.#escaped()}`);
      else if (quote === "`" && char === "$" && this.#text[this.#at] === "{") {
        this.#at++;
        this.code("brace");
        this.#at++;
        pieces.push("");
      } else pieces.push(`${pieces.pop()}${char}`);
    }
    this.#code += '"';
    this.found.push({ pieces, before });
    return true;
  }

  #next(): string {
    return this.#text.charAt(this.#at++);
  }

  #escaped(): string {
    const char = this.#next();
    if (char !== "u") return ESCAPES[char] ?? char;
    const hex = /\{([0-9a-f]+)\}|([0-9a-f]{4})/iy;
    hex.lastIndex = this.#at;
    const [whole = "", braced, plain] = hex.exec(this.#text) ?? [];
    this.#at += whole.length;
    return String.fromCodePoint(parseInt(braced ?? plain ?? "0", 16));
  }
}
