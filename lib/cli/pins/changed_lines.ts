/** One line of a comparison. */
export interface ChangedLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const CONTEXT = 2;
/** Beyond so many lines on both sides the middle is shown whole: a table of them would grow with the square. */
const MAX_CELLS = 40_000;

/** The lines that differ, with two around each; nothing where nothing differs. */
export function changedLines(before: readonly string[], after: readonly string[]): readonly ChangedLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) {
    end++;
  }
  const gone = before.slice(start, before.length - end), come = after.slice(start, after.length - end);
  if (gone.length === 0 && come.length === 0) return [];
  const kept = (text: string): ChangedLine => ({ sign: " ", text });
  return [
    ...before.slice(Math.max(0, start - CONTEXT), start).map(kept),
    ...gone.length * come.length > MAX_CELLS ? asBlocks(gone, come) : aligned(gone, come),
    ...before.slice(before.length - end).slice(0, CONTEXT).map(kept),
  ];
}

function asBlocks(gone: readonly string[], come: readonly string[]): readonly ChangedLine[] {
  return [
    ...gone.map((text): ChangedLine => ({ sign: "-", text })),
    ...come.map((text): ChangedLine => ({ sign: "+", text })),
  ];
}

/** By the longest common subsequence, from the end backwards. */
function aligned(gone: readonly string[], come: readonly string[]): readonly ChangedLine[] {
  const width = come.length + 1;
  const common = new Uint32Array((gone.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = gone.length - 1; i >= 0; i--) {
    for (let j = come.length - 1; j >= 0; j--) {
      common[i * width + j] = gone[i] === come[j]
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: ChangedLine[] = [];
  let i = 0, j = 0;
  while (i < gone.length || j < come.length) {
    const old = gone[i], now = come[j];
    if (old !== undefined && old === now) {
      lines.push({ sign: " ", text: old });
      i++;
      j++;
    } else if (old !== undefined && (now === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: "-", text: old });
      i++;
    } else {
      lines.push({ sign: "+", text: now ?? "" });
      j++;
    }
  }
  return lines;
}
