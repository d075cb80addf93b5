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

const QUOTE = 0x22, COMMA = 0x2c, MINUS = 0x2d, POINT = 0x2e, ZERO = 0x30, NINE = 0x39, COLON = 0x3a;
const UPPER_E = 0x45, LOWER_E = 0x65;
const OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d;
const NUMBER_REGEXP = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL_REGEXP = /[\x00-\x1f]/g;
// JavaScript puts keys that read as array indices first: an object that has one needs its order remembered.
const INDEX_KEY_REGEXP = /^(?:0|[1-9]\d{0,9})$/;
/** A double holds every integer of so many digits, and writes it the same. */
const PLAIN_DIGITS = 15;
const WORDS = [["true", true], ["false", false], ["null", null]] as const;

class Parser {
  /** The first reading that is JSON but not strict; parsing goes on, so that an `id` can be salvaged. */
  doubt: JsonProblem | undefined;
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;
  #depth = 0;
  // The next such character at or behind the last place that was asked about. It is searched for again once it lies
  // behind, and not before: a search from every string to a far quote would make time grow with the square.
  #quote = -1;
  #backslash = -1;
  #control = -1;

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
    if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      if (this.#depth === this.#maxDepth) return this.#skim();
      this.#depth++;
      this.#at++;
      const value = unit === OPEN_OBJECT ? this.#object() : this.#array();
      this.#depth--;
      return value;
    }
    if (unit === MINUS || isDigit(unit)) return this.#number();
    return this.#word();
  }

  #object(): JsonValue {
    const object: Record<string, JsonValue> = {};
    let keys: string[] | undefined; // in their order, from the first key on that JavaScript would put elsewhere
    let doubtful: string[] | undefined;
    this.#space();
    if (this.#take(CLOSE_OBJECT)) return object;
    do {
      const at = this.#space();
      const key = this.#key();
      const value = this.#value();
      this.#space();
      if (Object.hasOwn(object, key)) {
        this.#doubt("duplicate-key", "a key that stands twice in one object", at);
        (doubtful ??= []).push(key);
        continue;
      }
      if (isDigit(key.charCodeAt(0)) && INDEX_KEY_REGEXP.test(key)) keys ??= Object.keys(object);
      keys?.push(key);
      setOwn(object, key, value);
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE_OBJECT)) this.#stop("syntax", "expected a comma or a closing brace");
    for (const key of doubtful ?? []) delete object[key];
    if (keys !== undefined) keepKeyOrder(object, keys);
    return object;
  }

  #key(): string {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#stop("syntax", "expected a key in double quotes");
    const key = this.#string();
    this.#space();
    if (!this.#take(COLON)) this.#stop("syntax", "expected a colon");
    this.#space();
    return key;
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

  /**
   * Passes over an array or object that lies too deep, without looking into it: many clients write `id` last, and the
   * error reply should find it.
   */
  #skim(): JsonValue {
    const start = this.#at;
    const message = `more than ${this.#maxDepth} levels of nesting`;
    this.#doubt("depth", message);
    let open = 0;
    do {
      const unit = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(unit)) this.#stop("depth", message, start);
      if (unit === QUOTE) {
        this.#string();
        continue;
      }
      if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) open++;
      if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) open--;
      this.#at++;
    } while (open > 0);
    return null;
  }

  #string(): string {
    const start = this.#at + 1;
    const end = this.#nextQuote(start);
    if (this.#nextBackslash(start) < end) return this.#escapedString(start);
    this.#endString(start, end);
    return this.#text.slice(start, end);
  }

  #escapedString(start: number): string {
    let end = this.#nextQuote(start);
    for (let escape = this.#nextBackslash(start); escape < end; escape = this.#nextBackslash(escape + 2)) {
      end = this.#nextQuote(escape + 2);
    }
    this.#endString(start, end);
    const value = unescaped(this.#text.slice(start - 1, end + 1));
    if (value === undefined) return this.#stop("syntax", "an escape that JSON does not have", start - 1);
    if (!value.isWellFormed()) this.#doubt("lone-surrogate", "a lone surrogate", start);
    if (value.includes("\0")) this.#doubt("nul", "a NUL character", start);
    return value;
  }

  /** Steps behind the closing quote at `end`. */
  #endString(start: number, end: number): void {
    if (end >= this.#text.length) this.#stop("syntax", "a string that does not end", start - 1);
    const control = this.#nextControl(start);
    if (control < end) this.#stop("syntax", "a control character in a string", control);
    this.#at = end + 1;
  }

  #nextQuote(from: number): number {
    if (this.#quote < from) this.#quote = indexOrEnd(this.#text, '"', from);
    return this.#quote;
  }

  #nextBackslash(from: number): number {
    if (this.#backslash < from) this.#backslash = indexOrEnd(this.#text, "\\", from);
    return this.#backslash;
  }

  #nextControl(from: number): number {
    if (this.#control >= from) return this.#control;
    CONTROL_REGEXP.lastIndex = from;
    this.#control = CONTROL_REGEXP.test(this.#text) ? CONTROL_REGEXP.lastIndex - 1 : Infinity;
    return this.#control;
  }

  #number(): JsonValue {
    const start = this.#at, text = this.#text;
    let at = start, value = 0, unit = text.charCodeAt(at);
    for (; isDigit(unit) && at - start < PLAIN_DIGITS; unit = text.charCodeAt(++at)) {
      value = value * 10 + unit - ZERO;
    }
    const plain = at > start && (at === start + 1 || text.charCodeAt(start) !== ZERO);
    if (!plain || isDigit(unit) || unit === POINT || unit === LOWER_E || unit === UPPER_E) {
      return this.#anyNumber();
    }
    this.#at = at;
    return value;
  }

  #anyNumber(): JsonValue {
    NUMBER_REGEXP.lastIndex = this.#at;
    const match = NUMBER_REGEXP.exec(this.#text);
    if (match === null) return this.#stop("syntax", "a number that JSON does not have");
    this.#at += match[0].length;
    return exactNumber(match[0]);
  }

  #word(): JsonValue {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#stop("syntax", "expected a value");
  }

  /** Passes over white space; where the next character stands. */
  #space(): number {
    for (;; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return this.#at;
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

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

function indexOrEnd(text: string, char: string, from: number): number {
  const index = text.indexOf(char, from);
  return index === -1 ? Infinity : index;
}

/** The string that `literal`, quotes included, stands for; the platform's parser is strict about escapes. */
function unescaped(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined; // the only error it raises is "not JSON"
  }
}

/** Sets an own property whatever its name: `object["__proto__"] = value` would change the prototype instead. */
function setOwn(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
