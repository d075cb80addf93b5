/** HTML out of templates: whatever is put in is text, unless it was made here. */
import { printable } from "../../base/mod.ts";

/** Markup that was made by {@link markup}. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand in a template: texts and numbers are escaped, lists are put one behind the other. */
export type Part = string | number | Html | undefined | readonly Part[];

/**
 * The template with its parts. Texts may be ATTACKER-CONTROLLED: what would turn, hide or recolour is shown as `\u{…}`, and
 * nothing of them is markup, in content and in quoted attributes alike. INVARIANT: attributes are always quoted, and no
 * part stands in a script, a style or a URL. Line ends of the template, with the indentation around them, are one line end
 * in the page, and none at its ends.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const last = strings.length - 1;
  const pieces = strings.map((piece, i) => {
    const calm = piece.replace(/\s*\n\s*/g, "\n");
    const begun = i === 0 ? calm.replace(/^\n/, "") : calm;
    return i === last ? begun.replace(/\n$/, "") : begun;
  });
  return new Html(pieces.reduce((before, piece, i) => before + textOf(parts[i - 1]) + piece));
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escaped(printable(part));
  return part.map(textOf).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

const MAX_NAME = 80;
// What is longer may be broken anywhere, so that no table is pulled wide by it.
const LONG = 30;

/** A name that a peer may have chosen: isolated, so that letters of another direction move nothing around it; cut. */
export function name(text: string): Html {
  const shown = shortened(text);
  return markup`<bdi class="${printable(shown).length > LONG ? "name long" : "name"}">${shown}</bdi>`;
}

/** As many characters as a line can bear; combining marks that pile up are cut with it. */
export function shortened(text: string, most: number = MAX_NAME): string {
  const calm = text.replace(/(\p{M}{3})\p{M}+/gu, "$1");
  return calm.length <= most ? calm : `${calm.slice(0, most).toWellFormed()}…`;
}
