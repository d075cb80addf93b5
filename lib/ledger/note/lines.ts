/** Checks that several of these formats share. */

/** The whole number of an ASCII decimal without sign, leading zeroes or more than a double can tell apart. */
export function countFrom(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Can `name` name a key? Not empty, well-formed, no Unicode space, no plus, nothing that a terminal would obey. */
export function isKeyName(name: string): boolean {
  // deno-lint-ignore no-control-regex -- these are what is looked for
  return name !== "" && name.isWellFormed() && !/[\p{White_Space}+\u0000-\u001f\u007f]/u.test(name);
}

/** Is it text that a note may hold: well-formed, and no control character below U+0020 but line feeds? */
export function isNoteText(text: string): boolean {
  // deno-lint-ignore no-control-regex -- these are what is looked for
  return text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}
