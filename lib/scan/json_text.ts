/** JSON inside of a string: its strings, keys and numbers, each with the key that it stands under. */
import { type KeyedReader, readersFor } from "./detect.ts";
import type { Span } from "./detector.ts";
import { siblingReaders } from "./siblings.ts";
import { type Token, type TokenVisitor, TokenWalk } from "./tokens.ts";

export interface JsonPart extends Span {
  readonly kind: "key" | "string" | "number";
  readonly escaped: boolean;
  readonly readers: readonly KeyedReader[];
}

const NO_READERS: readonly KeyedReader[] = [];

const FIRST_REGEXP = /^\s{0,8}(?:\{\s{0,8}["}]|\[\s{0,8}["\d[{\]-])/;
const LAST_REGEXP = /[\]}]\s{0,8}$/;

/** Could `text` be a JSON object or array, or several in a row? */
export function looksLikeJson(text: string): boolean {
  return FIRST_REGEXP.test(text) && LAST_REGEXP.test(text.slice(-9));
}

/** What is in it, in order; `undefined` where it is no JSON after all. ATTACKER-CONTROLLED. */
export function jsonParts(text: string): readonly JsonPart[] | undefined {
  const parts: JsonPart[] = [];
  const siblings = siblingReaders(text);
  const walk: TokenWalk<readonly KeyedReader[]> = new TokenWalk(
    text,
    {
      key(token: Token) {
        parts.push({ ...token, kind: "key", readers: NO_READERS });
        return readersFor(text.slice(token.start, token.end));
      },
      value(token: Token, kind: "string" | "number") {
        const own = keyNote(walk) ?? NO_READERS;
        const beside = siblings.get(token.start);
        parts.push({ ...token, kind, readers: beside === undefined ? own : [...own, ...beside] });
        return true;
      },
    } satisfies TokenVisitor<readonly KeyedReader[]>,
  );
  return walk.run() === undefined ? parts : undefined;
}

function keyNote<Note>({ places }: TokenWalk<Note>): Note | undefined {
  for (let i = places.length - 1; i >= 0; i--) {
    if (places[i]?.array === false) return places[i]?.note;
  }
  return undefined;
}
