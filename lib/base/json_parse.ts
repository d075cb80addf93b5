/**
 * A strict JSON parser (RFC 8259, and stricter): a text that two parsers could read differently has no value here.
 * Refused on top of the grammar: duplicate keys, lone surrogates, NUL characters, a depth over the cap. The input is
 * ATTACKER-CONTROLLED; time is linear in its length, the stack is bounded by the depth cap.
 */
import { exactNumber, type JsonProblem, type JsonValue } from "./json.ts";
import { keepKeyOrder } from "./json_encode.ts";
import { err, ok, type Result } from "./result.ts";

export const DEFAULT_MAX_DEPTH = 256;

/** Parses the whole of `text` as one JSON value. `maxDepth`: how many arrays and objects may be open at once. */
export function parseJson(
  text: string,
  maxDepth: number = DEFAULT_MAX_DEPTH,
): Result<JsonValue, JsonProblem> {
  const parser = new Parser(text, maxDepth);
  try {
    const value = parser.document();
    return parser.doubt === undefined ? ok(value) : err({ ...parser.doubt, salvage: value });
  } catch (thrown) {
    if (thrown instanceof Stop) return err(thrown.problem);
    throw thrown;
  }
}

/** Leaves the recursion at the first syntax error; never crosses {@link parseJson}. */
class Stop {
  constructor(readonly problem: JsonProblem) {}
}

const QUOTE = 0x22, COMMA = 0x2c, MINUS = 0x2d, COLON = 0x3a, BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d;
const NUMBER_REGEXP = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX4_REGEXP = /[0-9a-fA-F]{4}/y;
// JavaScript puts keys that read as array indices first: an object that has one needs its order remembered.
const INDEX_KEY_REGEXP = /^(?:0|[1-9]\d{0,9})$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Parser {
  /** The first reading that is JSON but not strict; parsing goes on, so that an `id` can be salvaged. */
  doubt: JsonProblem | undefined;
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;
  #depth = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): JsonValue {
    this.#space();
    if (this.#at === this.#text.length) this.#stop("empty", "no value");
    if (!this.#text.isWellFormed()) this.#doubt("lone-surrogate", "a lone surrogate");
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#stop("trailing", "something behind the value");
    return value;
  }

  #value(): JsonValue {
    const unit = this.#text.charCodeAt(this.#at);
    if (unit === QUOTE) return this.#string();
    if (unit === OPEN_OBJECT) return this.#nested(() => this.#object());
    if (unit === OPEN_ARRAY) return this.#nested(() => this.#array());
    if (unit === MINUS || (unit >= 0x30 && unit <= 0x39)) return this.#number();
    return this.#word();
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > this.#maxDepth) this.#stop("depth", `more than ${this.#maxDepth} levels of nesting`);
    this.#at++;
    const value = parse();
    this.#depth--;
    return value;
  }

  #object(): JsonValue {
    const object: Record<string, JsonValue> = {};
    const keys: string[] = [];
    let doubtful: Set<string> | undefined;
    let reordered = false;
    this.#space();
    if (this.#take(CLOSE_OBJECT)) return object;
    do {
      this.#space();
      const at = this.#at;
      if (this.#text.charCodeAt(at) !== QUOTE) this.#stop("syntax", "expected a key in double quotes");
      const key = this.#string();
      this.#space();
      if (!this.#take(COLON)) this.#stop("syntax", "expected a colon");
      this.#space();
      const value = this.#value();
      this.#space();
      if (Object.hasOwn(object, key)) {
        this.#doubt("duplicate-key", "a key that stands twice in one object", at);
        (doubtful ??= new Set()).add(key);
        continue;
      }
      reordered ||= INDEX_KEY_REGEXP.test(key);
      keys.push(key);
      setOwn(object, key, value);
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE_OBJECT)) this.#stop("syntax", "expected a comma or a closing brace");
    for (const key of doubtful ?? []) delete object[key];
    if (reordered) keepKeyOrder(object, keys);
    return object;
  }

  #array(): JsonValue {
    const array: JsonValue[] = [];
    this.#space();
    if (this.#take(CLOSE_ARRAY)) return array;
    do {
      this.#space();
      array.push(this.#value());
      this.#space();
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE_ARRAY)) this.#stop("syntax", "expected a comma or a closing bracket");
    return array;
  }

  #string(): string {
    const start = ++this.#at;
    for (let i = start; i < this.#text.length; i++) {
      const unit = this.#text.charCodeAt(i);
      if (unit === QUOTE) {
        this.#at = i + 1;
        return this.#text.slice(start, i);
      }
      if (unit === BACKSLASH) return this.#escapedString(start, i);
      if (unit < 0x20) this.#stop("syntax", "a control character in a string", i);
    }
    return this.#stop("syntax", "a string that does not end", start - 1);
  }

  #escapedString(start: number, firstEscape: number): string {
    const parts: string[] = [this.#text.slice(start, firstEscape)];
    let run = firstEscape;
    for (let i = firstEscape; i < this.#text.length;) {
      const unit = this.#text.charCodeAt(i);
      if (unit === QUOTE) {
        parts.push(this.#text.slice(run, i));
        this.#at = i + 1;
        const value = parts.join("");
        if (!value.isWellFormed()) this.#doubt("lone-surrogate", "a lone surrogate", start);
        if (value.includes("\0")) this.#doubt("nul", "a NUL character", start);
        return value;
      }
      if (unit < 0x20) this.#stop("syntax", "a control character in a string", i);
      if (unit !== BACKSLASH) {
        i++;
        continue;
      }
      parts.push(this.#text.slice(run, i), this.#escape(i));
      i += this.#text[i + 1] === "u" ? 6 : 2;
      run = i;
    }
    return this.#stop("syntax", "a string that does not end", start - 1);
  }

  #escape(at: number): string {
    const letter = this.#text[at + 1] ?? "";
    const simple = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (simple !== undefined) return simple;
    HEX4_REGEXP.lastIndex = at + 2;
    const hex = letter === "u" ? HEX4_REGEXP.exec(this.#text) : null;
    if (hex === null) return this.#stop("syntax", "an escape that JSON does not have", at);
    return String.fromCharCode(parseInt(hex[0], 16));
  }

  #number(): JsonValue {
    NUMBER_REGEXP.lastIndex = this.#at;
    const match = NUMBER_REGEXP.exec(this.#text);
    if (match === null) return this.#stop("syntax", "a number that JSON does not have");
    this.#at += match[0].length;
    return exactNumber(match[0]);
  }

  #word(): JsonValue {
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#stop("syntax", "expected a value");
  }

  #space(): void {
    for (;; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
    }
  }

  #take(unit: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== unit) return false;
    this.#at++;
    return true;
  }

  #doubt(code: JsonProblem["code"], message: string, at: number = this.#at): void {
    this.doubt ??= { code, message, at };
  }

  #stop(code: JsonProblem["code"], message: string, at: number = this.#at): never {
    throw new Stop({ code, message, at });
  }
}

/** Sets an own property whatever its name: `object["__proto__"] = value` would change the prototype instead. */
function setOwn(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
