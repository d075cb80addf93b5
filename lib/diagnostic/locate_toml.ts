/**
 * Where everything stands in a TOML text. The parser has accepted the text already and gives no positions for what it
 * accepts; this scan only finds them. Nothing is accepted or refused by it: where it loses its way it stops, and what it
 * has not found stands where its parent does.
 */
import type { Place } from "./document.ts";

/** The places of all tables, keys and values of a valid TOML document. */
export function locateToml(text: string): Place {
  return new Locator(text).document();
}

const BARE_KEY_REGEXP = /[^\s.=[\]{}#,"']+/y;
const LITERAL_REGEXP = /[^,\]}#\r\n]*/y;
const SPACE_REGEXP = /[ \t]*/y;
const GAP_REGEXP = /(?:[ \t\r\n\uFEFF]|#[^\n]*)*/y;
const ESCAPE_REGEXP = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([btnfre"\\]))/g;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
  '"': '"',
  "\\": "\\",
};

interface Key {
  readonly name: string;
  readonly at: number;
}

class Locator {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Place {
    const root = newPlace(0, 0);
    let table = root;
    for (;;) {
      this.#skip(GAP_REGEXP);
      const start = this.#at;
      if (start >= this.#text.length) return root;
      if (this.#text[start] === "[") table = this.#header(root);
      else this.#pair(table);
      if (this.#at === start) return root; // lost: better no places than wrong ones, or no end
    }
  }

  #header(root: Place): Place {
    const at = this.#at;
    const isList = this.#text.startsWith("[[", at);
    this.#at += isList ? 2 : 1;
    const keys = this.#keys();
    this.#at = lineEnd(this.#text, this.#at);
    const last = keys.pop();
    if (last === undefined) return root;
    const parent = keys.reduce((place, key) => child(place, key), root);
    return isList ? newItem(parent, last, at) : openTable(parent, last, at);
  }

  /** `key = value`, from a line or from an inline table. */
  #pair(table: Place): void {
    const keys = this.#keys();
    const last = keys.pop();
    if (last === undefined || this.#text[this.#at] !== "=") return;
    this.#at++;
    this.#skip(GAP_REGEXP);
    const parent = keys.reduce((place, key) => child(place, key), table);
    const value = this.#value();
    value.keyAt = last.at;
    (parent.fields ??= new Map()).set(last.name, value);
  }

  #keys(): Key[] {
    const keys: Key[] = [];
    for (;;) {
      this.#skip(SPACE_REGEXP);
      const at = this.#at;
      const quote = this.#text[at];
      if (quote === '"' || quote === "'") keys.push({ name: this.#quoted(quote), at });
      else {
        BARE_KEY_REGEXP.lastIndex = at;
        const name = BARE_KEY_REGEXP.exec(this.#text)?.[0];
        if (name === undefined) return keys;
        keys.push({ name, at });
        this.#at += name.length;
      }
      this.#skip(SPACE_REGEXP);
      if (this.#text[this.#at] !== ".") return keys;
      this.#at++;
    }
  }

  #value(): Place {
    const place = newPlace(this.#at, this.#at);
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string(first);
    else if (first === "[") this.#list(place);
    else if (first === "{") this.#inlineTable(place);
    else {
      LITERAL_REGEXP.lastIndex = this.#at;
      const literal = LITERAL_REGEXP.exec(this.#text)?.[0] ?? "";
      this.#at += literal.length;
      place.source = literal.trimEnd();
    }
    return place;
  }

  #string(quote: string): void {
    const triple = quote.repeat(3);
    if (!this.#text.startsWith(triple, this.#at)) {
      this.#quoted(quote);
      return;
    }
    let at = this.#at + 3;
    while (at < this.#text.length && !this.#text.startsWith(triple, at)) {
      at += quote === '"' && this.#text[at] === "\\" ? 2 : 1;
    }
    at += 3;
    // One or two quotes may stand right before the closing three.
    while (this.#text[at] === quote) at++;
    this.#at = at;
  }

  /** A string on one line; leaves the scan behind it. */
  #quoted(quote: string): string {
    const start = this.#at + 1;
    let at = start;
    while (at < this.#text.length && this.#text[at] !== quote) {
      at += quote === '"' && this.#text[at] === "\\" ? 2 : 1;
    }
    this.#at = at + 1;
    const raw = this.#text.slice(start, at);
    return quote === '"' ? unescapeToml(raw) : raw;
  }

  #list(place: Place): void {
    const items: Place[] = place.items = [];
    this.#inside("]", () => items.push(this.#value()));
  }

  #inlineTable(place: Place): void {
    place.fields = new Map();
    this.#inside("}", () => this.#pair(place));
  }

  /** The members up to `close`, whatever stands between them. */
  #inside(close: string, member: () => void): void {
    this.#at++;
    for (;;) {
      this.#skip(GAP_REGEXP);
      const start = this.#at;
      const next = this.#text[start];
      if (next === undefined) return;
      if (next === close || next === ",") this.#at++;
      else member();
      if (next === close || this.#at === start) return;
    }
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (pattern.test(this.#text)) this.#at = pattern.lastIndex;
  }
}

function newPlace(at: number, keyAt: number): Place {
  return { at, keyAt };
}

/** The table behind a key, the newest one where the key is a list of tables. */
function child(parent: Place, { name, at }: Key): Place {
  const fields = parent.fields ??= new Map();
  const known = fields.get(name);
  if (known === undefined) {
    const made = newPlace(at, at);
    fields.set(name, made);
    return made;
  }
  return known.items?.at(-1) ?? known;
}

function openTable(parent: Place, key: Key, at: number): Place {
  const fresh = parent.fields?.has(key.name) !== true;
  const table = child(parent, key);
  // A table that `[a.b]` made in passing stands where its own `[a]` is, once there is one.
  if (fresh || table.at === table.keyAt) [table.at, table.keyAt] = [at, key.at];
  table.fields ??= new Map();
  return table;
}

function newItem(parent: Place, { name, at: keyAt }: Key, at: number): Place {
  const fields = parent.fields ??= new Map();
  let list = fields.get(name);
  if (list === undefined) fields.set(name, list = newPlace(at, keyAt));
  const item = newPlace(at, keyAt);
  item.fields = new Map();
  (list.items ??= []).push(item);
  return item;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function unescapeToml(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replace(ESCAPE_REGEXP, (whole, u?: string, long?: string, x?: string, short?: string) => {
    const hex = u ?? long ?? x;
    if (hex === undefined) return SHORT_ESCAPES[short ?? ""] ?? whole;
    const code = parseInt(hex, 16);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
