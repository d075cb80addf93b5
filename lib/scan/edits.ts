/** Changes of strings in a JSON text. */
import type { Token } from "./tokens.ts";

/** Other content for a string, escaped as JSON wants it. */
export interface Edit {
  readonly token: Token;
  readonly content: string;
}

/** `text` with all `edits`, which are ascending and apart. */
export function withEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { token, content } of edits) {
    parts.push(text.slice(from, token.start), content);
    from = token.end;
  }
  parts.push(text.slice(from));
  return parts.join("");
}
