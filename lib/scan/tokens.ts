/**
 * Walks the tokens of a JSON text without building its value. A scanner only wants to know where strings, keys and
 * numbers lie; for a mebibyte of small numbers building them costs more than all the rest. The text was parsed strictly
 * before it came here, so this is no second opinion on it: whatever does not fit stops the walk, and the report says
 * that it is not complete.
 */
import { DEFAULT_MAX_DEPTH } from "../base/mod.ts";

const QUOTE = 0x22, COMMA = 0x2c, COLON = 0x3a, BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d;

/** A string or number in the text, without its quotes. `escaped`: it has a backslash, so the value must be decoded. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly escaped: boolean;
}

/** One open array or object, and where in it the walk stands. `Note`: what the visitor remembers about a key. */
export interface Place<Note> {
  readonly array: boolean;
  readonly index: number;
  readonly key: Token | undefined;
  readonly note: Note | undefined;
}
type OpenPlace<Note> = { -readonly [Field in keyof Place<Note>]: Place<Note>[Field] };

/** Sees the tokens in order; ends the walk by returning false. */
export interface TokenVisitor<Note> {
  /** The note stays at the place until the next key. */
  key(token: Token): Note | undefined;
  value(token: Token, kind: "string" | "number"): boolean;
}

export class TokenWalk<Note> {
  readonly #places: OpenPlace<Note>[] = [];
  readonly #text: string;
  readonly #visitor: TokenVisitor<Note>;
  #at = 0;
  #expectsKey = false;

  constructor(text: string, visitor: TokenVisitor<Note>) {
    this.#text = text;
    this.#visitor = visitor;
  }

  /** The open arrays and objects, outermost first. */
  get places(): readonly Place<Note>[] {
    return this.#places;
  }

  /** Why the walk could not go on; `undefined` where it came to the end of the text or the visitor ended it. */
  run(): "malformed" | "too-deep" | undefined {
    const text = this.#text;
    while (this.#at < text.length) {
      const unit = text.charCodeAt(this.#at);
      if (unit === QUOTE) {
        const token = this.#string();
        if (token === undefined) return "malformed";
        if (!this.#visitString(token)) return undefined;
      } else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
        if (!this.#visitor.value(this.#number(), "number")) return undefined;
      } else if (!this.#structure(unit)) {
        return "malformed";
      } else if (this.#places.length > DEFAULT_MAX_DEPTH) {
        return "too-deep";
      }
    }
    return this.#places.length === 0 ? undefined : "malformed";
  }

  #visitString(token: Token): boolean {
    const place = this.#places.at(-1);
    if (!this.#expectsKey || place === undefined) return this.#visitor.value(token, "string");
    this.#expectsKey = false;
    place.key = token;
    place.note = undefined;
    place.note = this.#visitor.key(token);
    return true;
  }

  /** Punctuation, white space and the three words; false for anything else. */
  #structure(unit: number): boolean {
    this.#at++;
    if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) {
      this.#places.push({ array: unit === OPEN_ARRAY, index: 0, key: undefined, note: undefined });
      this.#expectsKey = unit === OPEN_OBJECT;
      return true;
    }
    const place = this.#places.at(-1);
    if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) {
      this.#places.pop();
      this.#expectsKey = false;
      return place?.array === (unit === CLOSE_ARRAY);
    }
    if (unit === COMMA && place !== undefined) {
      place.index++;
      this.#expectsKey = !place.array;
      return true;
    }
    // `true`, `false`, `null`: their letters carry nothing.
    return unit === COLON || (unit >= 0x61 && unit <= 0x7a) || unit === 0x20 ||
      (unit >= 0x09 && unit <= 0x0d);
  }

  #string(): Token | undefined {
    const text = this.#text, start = this.#at + 1;
    let escaped = false;
    for (let i = start; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === BACKSLASH) {
        escaped = true;
        i++;
      } else if (unit === QUOTE) {
        this.#at = i + 1;
        return { start, end: i, escaped };
      }
    }
    return undefined;
  }

  #number(): Token {
    const text = this.#text, start = this.#at;
    let end = start + 1;
    while (isNumberUnit(text.charCodeAt(end))) end++;
    this.#at = end;
    return { start, end, escaped: false };
  }
}

/** Digits, `+`, `-`, `.`, `e` and `E`. */
function isNumberUnit(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || unit === 0x2e || unit === 0x65 || unit === 0x45 || unit === 0x2b ||
    unit === 0x2d;
}
