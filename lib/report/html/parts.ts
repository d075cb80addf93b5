/** The pieces that sections are put together from. */
import type { Counted, Top } from "../summary/tally.ts";
import { numberText, share } from "../words.ts";
import { Html, markup, name, type Part } from "./html.ts";

/** A column of a table. `number`: aligned to the right. */
export interface Column {
  readonly title: string;
  readonly number?: boolean;
}

/** Rows under a caption; the first cell of each is its head. Wide tables are scrolled by themselves, not with the page. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
): Html {
  const style = (column: Column | undefined) => column?.number === true ? "n" : "w";
  const cell = (part: Part, i: number) =>
    i === 0
      ? markup`<th scope="row" class="${style(columns[i])}">${part}</th>`
      : markup`<td class="${style(columns[i])}">${part}</td>`;
  const heads = columns.map((column) =>
    markup`<th scope="col" class="${style(column)}">${column.title}</th>`
  );
  const body = rows.map((row) => markup`<tr>${row.map(cell)}</tr>${NEW_LINE}`);
  return markup`
    <div class="scroll" tabindex="0" role="group" aria-label="${caption}">
      <table>
        <caption>${caption}</caption>
        <thead><tr>${heads}</tr></thead>
        <tbody>${body}</tbody>
      </table>
    </div>
  `;
}

// So that a person who looks at the source finds a row on a line.
const NEW_LINE = new Html("\n");

/** A section with its heading; nothing where it has nothing to say. */
export function section(title: string, ...parts: readonly Part[]): Html {
  return markup`
    <section><h2>${title}</h2>
    ${parts}</section>
  `;
}

/** How many more there are than are shown. */
export function moreLine(
  more: number,
  { folded = false, what }: { readonly folded?: boolean; readonly what: string },
): Html {
  if (more === 0) return markup``;
  return markup`<p class="more">and ${folded ? "at least " : ""}${numberText(more)} more ${what}</p>`;
}

/** A paragraph for a section that is empty. */
export function nothing(text: string): Html {
  return markup`<p class="none">${text}</p>`;
}

/** An instant as people read it: UTC, to the second. */
export function instant(time: string): Html {
  return markup`<time datetime="${time}" class="t">${time.slice(0, 19).replace("T", " ")}</time>`;
}

/** Two decimals are enough for a coordinate. */
export function at(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Rows of label, bar and count. The bar repeats the number beside it, so that it is hidden from screen readers. */
export function bars(
  items: readonly Counted[],
  { total, style = "mark" }: { readonly total: number; readonly style?: string },
): Html {
  const most = Math.max(1, ...items.map(({ count }) => count));
  return markup`<div class="bars">${
    items.map(({ name: label, count }) =>
      markup`
        <span class="label">${name(label)}</span>${barOf(count / most, style)}<span
          class="count">${numberText(count)}<small>${share(count, total)}</small></span>
      `
    )
  }</div>`;
}

function barOf(part: number, style: string): Html {
  const width = Math.max(0.6, part * 100);
  return markup`
    <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="10" />
      <rect class="${style}" width="${at(width)}" height="10" />
    </svg>
  `;
}

/** Bars of the largest, in a chart with a caption; `what`: such as `reasons`. */
export function topBars(
  top: Top,
  { what, caption, style }: { readonly what: string; readonly caption: string; readonly style?: string },
): Html {
  const total = top.items.reduce((sum, { count }) => sum + count, 0) + top.moreCount;
  return markup`<figure class="chart">${
    bars(top.items, { total, ...(style === undefined ? {} : { style }) })
  }${moreLine(top.more, { folded: top.folded, what })}<figcaption>${caption}</figcaption></figure>`;
}

/** A part of a whole: the class that colours it, its word, its count. */
export interface Share {
  readonly style: string;
  readonly word: string;
  readonly count: number;
}

/** One bar of several parts, and a legend with their counts. */
export function stackedBar(parts: readonly Share[], caption: string): Html {
  const total = Math.max(1, parts.reduce((sum, { count }) => sum + count, 0));
  let from = 0;
  const rects = parts.map(({ style, count }) => {
    const width = count / total * 100;
    const rect = markup`
      <rect class="${style}" x="${at(from)}" width="${at(width)}" height="10" />
    `;
    from += width;
    return rect;
  });
  return markup`
    <figure
      class="chart stack"><svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${caption}: ${
    parts
      .map(({ word, count }) => `${word} ${numberText(count)}`).join(", ")
  }">${rects}</svg>${
    legend(
      parts,
    )
  }<figcaption>${caption}</figcaption></figure>
  `;
}

/** Swatch, word and count for each part. */
export function legend(parts: readonly Share[]): Html {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  return markup`<ul class="legend">${
    parts.map(({ style, word, count }) =>
      markup`<li><svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="${style}" width="10" height="10" rx="2"/></svg>${word} ${
        numberText(count)
      } <span class="soft">(${share(count, total)})</span></li>`
    )
  }</ul>`;
}
