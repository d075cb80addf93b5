/** JSON inside of a string: its strings, keys and numbers, each with the key that it stands under. */
import type { KeyedReader } from "./detect.ts";
import { readersForName } from "./key_names.ts";
import { siblingReaders } from "./siblings.ts";
import { type Token, type TokenVisitor, TokenWalk } from "./tokens.ts";

export type JsonVisitor = (
  token: Token,
  kind: "key" | "string" | "number",
  readers: readonly KeyedReader[],
) => void;

const NO_READERS: readonly KeyedReader[] = [];

const SPACE = 0x20, OPEN_OBJECT = 0x7b, OPEN_ARRAY = 0x5b;
const FIRST_REGEXP = /^\s{0,8}(?:\{\s{0,8}["}]|\[\s{0,8}["\d[{\]-])/;
const LAST_REGEXP = /[\]}]\s{0,8}$/;

/** Could `text` be a JSON object or array, or several in a row? */
export function looksLikeJson(text: string): boolean {
  // COST: every view is asked for, and one unit tells of most that they are none.
  const first = text.charCodeAt(0);
  if (first > SPACE && first !== OPEN_OBJECT && first !== OPEN_ARRAY && first < 0x80) return false;
  return FIRST_REGEXP.test(text) && LAST_REGEXP.test(text.slice(-9));
}

/** Shows `visit` what is in it, in order; false where it is no JSON after all. ATTACKER-CONTROLLED. */
export function walkJson(text: string, visit: JsonVisitor): boolean {
  const siblings = siblingReaders(text);
  const walk: TokenWalk<readonly KeyedReader[]> = new TokenWalk(
    text,
    {
      key(token: Token) {
        visit(token, "key", NO_READERS);
        return readersForName(text.slice(token.start, token.end));
      },
      value(token: Token, kind: "string" | "number") {
        const own = keyNote(walk) ?? NO_READERS;
        const beside = siblings.get(token.start);
        visit(token, kind, beside === undefined ? own : [...own, ...beside]);
        return true;
      },
    } satisfies TokenVisitor<readonly KeyedReader[]>,
  );
  return walk.run() === undefined;
}

function keyNote<Note>({ places }: TokenWalk<Note>): Note | undefined {
  for (let i = places.length - 1; i >= 0; i--) {
    if (places[i]?.array === false) return places[i]?.note;
  }
  return undefined;
}

// deno-lint-ignore no-control-regex -- what JSON escapes
const ESCAPED_REGEXP = /["\\\x00-\x1f\ud800-\udfff]/;

/** As `text` is written in JSON, without the quotes around it. */
export function sourceOf(text: string): string {
  return ESCAPED_REGEXP.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
