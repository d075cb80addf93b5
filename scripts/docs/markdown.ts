/** As much of Markdown as the check of the documents needs: links, headings, fenced blocks. */

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** A fenced block. `info`: what stands behind the opening fence, such as `sh run`. */
export interface Fence {
  readonly line: number;
  readonly info: string;
  readonly text: string;
}

/** What was found in one document. Lines are 1-based. */
export interface Document {
  readonly links: readonly Link[];
  readonly anchors: ReadonlySet<string>;
  readonly fences: readonly Fence[];
  /** `code` inside a line. */
  readonly spans: readonly Link[];
}

/** Reads a document line by line; inside a fence nothing is a link or a heading. */
export function readMarkdown(text: string): Document {
  const links: Link[] = [], spans: Link[] = [], fences: Fence[] = [], headings: string[] = [];
  let open: { readonly mark: string; readonly line: number; readonly info: string; body: string } | undefined;
  text.split("\n").forEach((content, index) => {
    const line = index + 1;
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(content);
    if (open !== undefined) {
      if (content.trim() === open.mark) {
        fences.push({ line: open.line, info: open.info, text: open.body });
        open = undefined;
      } else open.body += `${content}\n`;
    } else if (fence !== null) open = { mark: fence[1] ?? "", line, info: (fence[2] ?? "").trim(), body: "" };
    else {
      const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(content);
      if (heading !== null) headings.push(heading[1] ?? "");
      readLine(content, line, { links, spans });
    }
  });
  if (open !== undefined) fences.push({ line: open.line, info: "unclosed", text: open.body });
  return { links, spans, fences, anchors: anchorsOf(headings) };
}

interface Found {
  readonly links: Link[];
  readonly spans: Link[];
}

function readLine(content: string, line: number, { links, spans }: Found): void {
  const prose = content.replace(/`([^`]+)`/g, (_, code) => {
    spans.push({ line, target: code });
    return "`code`";
  });
  for (const [, target = ""] of prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)) {
    links.push({ line, target });
  }
  const definition = /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/.exec(prose);
  if (definition !== null) links.push({ line, target: definition[1] ?? "" });
}

/** The anchors that GitHub gives to headings: lower case, no punctuation, hyphens, numbered when doubled. */
function anchorsOf(headings: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
    const base = text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}
