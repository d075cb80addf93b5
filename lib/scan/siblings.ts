/** Members whose name stands beside them: `{"name": "password", "value": "…"}`, as in lists of headers and variables. */
import type { KeyedReader } from "./detect.ts";
import { readersForName } from "./key_names.ts";
import { type Place, type Token, type TokenVisitor, TokenWalk } from "./tokens.ts";

// deno-fmt-ignore
const NAME_KEYS: ReadonlySet<string> = new Set([
  "name", "Name", "key", "Key", "k", "header", "field", "variable", "var", "param", "parameter", "property", "id", "label",
  "title",
]);
// deno-fmt-ignore
const VALUE_KEYS: ReadonlySet<string> = new Set([
  "value", "Value", "val", "v", "secret", "content", "stringValue", "string_value", "plaintext",
]);
/** Without one of them there is nothing to pair, and most messages have none. */
const QUOTED_VALUE_REGEXP = new RegExp(`"(?:${[...VALUE_KEYS].join("|")})"`);
const MAX_NAME = 64;
const NONE: ReadonlyMap<number, readonly KeyedReader[]> = new Map();

/** One object, as far as it was walked. */
interface Members {
  readonly object: Place<string>;
  readers?: readonly KeyedReader[];
  readonly values: number[];
}

/** What siblings say about the values of `text` (JSON), by where the value begins. */
export function siblingReaders(text: string): ReadonlyMap<number, readonly KeyedReader[]> {
  if (!QUOTED_VALUE_REGEXP.test(text)) return NONE;
  const walk = new SiblingWalk(text);
  walk.run();
  return walk.found;
}

class SiblingWalk implements TokenVisitor<string> {
  readonly found = new Map<number, readonly KeyedReader[]>();
  readonly #text: string;
  readonly #walk: TokenWalk<string>;
  readonly #open: Members[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#walk = new TokenWalk(text, this);
  }

  run(): void {
    this.#walk.run();
  }

  key({ start, end }: Token): string | undefined {
    return end - start > MAX_NAME ? undefined : this.#text.slice(start, end);
  }

  value(token: Token, kind: "string" | "number"): boolean {
    const place = this.#walk.places.at(-1);
    const key = place?.array === false ? place.note : undefined;
    if (place === undefined || key === undefined || kind === "number") return true;
    if (NAME_KEYS.has(key)) this.#name(this.#members(place), token);
    if (VALUE_KEYS.has(key)) this.#value(this.#members(place), token.start);
    return true;
  }

  #name(members: Members, { start, end }: Token): void {
    if (end - start > MAX_NAME) return;
    const readers = readersForName(this.#text.slice(start, end));
    if (readers.length === 0) return;
    members.readers = readers;
    for (const value of members.values) this.found.set(value, readers);
  }

  #value(members: Members, start: number): void {
    members.values.push(start);
    if (members.readers !== undefined) this.found.set(start, members.readers);
  }

  /** An open place is one object of the walk's, and the same one until it is closed. */
  #members(object: Place<string>): Members {
    const depth = this.#walk.places.length;
    const known = this.#open[depth];
    if (known?.object === object) return known;
    return this.#open[depth] = { object, values: [] };
  }
}
