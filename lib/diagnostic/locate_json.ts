/** Where everything stands in a JSON text that the strict parser has accepted already. Accepts and refuses nothing. */
import type { Place } from "./document.ts";

const SPACE_REGEXP = /[ \t\r\n]*/y;
const STRING_REGEXP = /"(?:[^"\\]|\\.)*"/y;
const SCALAR_REGEXP = /[^,\]}\s]+/y;

/** The places of all keys and values of a valid JSON text. */
export function locateJson(text: string): Place {
  return new Locator(text).value();
}

class Locator {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Place {
    this.#take(SPACE_REGEXP);
    const place: Place = { at: this.#at, keyAt: this.#at };
    const first = this.#text[this.#at];
    if (first === "{") this.#object(place);
    else if (first === "[") this.#array(place);
    else if (first === '"') this.#take(STRING_REGEXP);
    else place.source = this.#take(SCALAR_REGEXP);
    return place;
  }

  #object(place: Place): void {
    const fields: Map<string, Place> = place.fields = new Map();
    this.#members("}", () => {
      const keyAt = this.#at;
      const literal = this.#take(STRING_REGEXP);
      if (literal === "") return;
      this.#take(SPACE_REGEXP);
      this.#at++; // the colon
      const value = this.value();
      value.keyAt = keyAt;
      fields.set(JSON.parse(literal) as string, value);
    });
  }

  #array(place: Place): void {
    const items: Place[] = place.items = [];
    this.#members("]", () => items.push(this.value()));
  }

  #members(close: string, member: () => void): void {
    this.#at++;
    for (;;) {
      this.#take(SPACE_REGEXP);
      const start = this.#at;
      const next = this.#text[start];
      if (next === undefined) return;
      if (next === close || next === ",") this.#at++;
      else member();
      if (next === close || this.#at === start) return;
    }
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }
}
