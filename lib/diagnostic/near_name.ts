/** The one of `names` that a person probably meant by `written`: at most a third of its letters differ. */
export function nearName(written: string, names: readonly string[]): string | undefined {
  if (written.length > 64) return undefined; // nobody's typo; the table below would only grow
  const most = Math.max(1, Math.floor(written.length / 3));
  const ranked = names.map((name) => ({ name, distance: editDistance(written, name) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name ?? names.find((name) => written.length >= 2 && name.startsWith(written));
}

/**
 * A hint: the near name where there is one, else what there is to choose from. `synonyms` come first: the letters of
 * `neq` are nearest to `eq`, which is the opposite.
 */
export function suggestion(
  written: string,
  names: readonly string[],
  synonyms: Readonly<Record<string, string>> = {},
): string {
  const synonym = Object.hasOwn(synonyms, written) ? synonyms[written] : undefined;
  if (synonym !== undefined) return `that is called "${synonym}" here`;
  const near = nearName(written, names);
  return near === undefined ? `use one of: ${names.join(", ")}` : `did you mean "${near}"?`;
}

/** How many letters to add, drop, change or swap with a neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
