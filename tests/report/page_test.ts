/** The page: one file that needs nothing and trusts nothing, readable by whoever reads it by ear. */
import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { Entry, VerifyReport } from "../../lib/ledger/mod.ts";
import { evidenceMarkdown, type Facts, type ReportInput, reportPage, Summary } from "../../lib/report/mod.ts";
import { codeName } from "../../lib/report/markdown/escape.ts";
import { entryAt } from "./entries.ts";

const VERIFIED: VerifyReport = {
  status: "intact",
  entries: 3,
  head: { seq: 2, hash: "ab".repeat(32) },
  root: "cd".repeat(32),
  finding: undefined,
  key: "0011223344556677",
  keys: ["0011223344556677"],
  openSessions: 0,
  waiting: 0,
  recoveredSessions: 0,
  withoutOutcome: 0,
  callsWithoutOutcome: [],
  pruned: 0,
  checkpoints: 1,
  checkpoint: 3,
  witnessed: undefined,
};

function input(facts: Facts, report: Partial<VerifyReport> = {}): ReportInput {
  return {
    facts,
    integrity: { report: { ...VERIFIED, ...report }, isKeyNamed: true },
    made: "2026-11-20T09:00:00.000000Z",
    version: "0.1.0",
  };
}

function factsOf(entries: readonly Entry[]): Facts {
  const summary = new Summary();
  for (const entry of entries) {
    summary.take({ seq: entry.seq, stored: { entry, hash: "", sig: "", key: "" } });
  }
  return summary.facts();
}

/** Entries that say `text` wherever a peer, or whoever has the file, has a say. */
function saying(text: string): readonly Entry[] {
  const base = { agent: { id: text, roles: [text], verified: false }, server: text, session: text };
  const call = { ...base, method: "tools/call", tool: text, reason: text, rules: [text], policy: text };
  const latency = { decision: 1, upstream: 2, total: 3 };
  return [
    entryAt(0, { ...base, kind: "session-open", policy: text }),
    entryAt(1, {
      ...call,
      verdict: "forward",
      findings: [{ id: text, at: text, count: 1 }],
      threat: 9,
      threat_parts: [text],
    }),
    entryAt(2, { ...call, kind: "outcome", verdict: "withhold", call: 1, latency_us: latency }),
    entryAt(3, { ...call, verdict: "refuse" }),
    entryAt(4, { ...call, kind: "approval", call: 3, by: text, note: text, decision: "deny" }),
    entryAt(5, { ...base, kind: "malformed", reason: text, input: { bytes: 3 } }),
    entryAt(6, { ...base, kind: "policy", policy: `${text}2`, detail: text }),
    entryAt(7, { ...base, kind: "drift", tools: [text], fields: [text] }),
    entryAt(8, { ...base, kind: "session-close", reason: text, calls: [1] }),
  ];
}

const HOSTILE: readonly (readonly [string, string])[] = [
  ["a script", "<script>alert(1)</script>"],
  ["an image that runs", '"><img src=x onerror=alert(1)>'],
  ["a way out of an attribute", "' onmouseover='alert(1)"],
  ["a way out of SVG", "</svg></figure><iframe src=//evil>"],
  ["an entity", "&lt;script&gt;&#60;"],
  ["a way out of the style", "</style><style>*{display:none}"],
  ["a comment", "<!-- --><![CDATA["],
  ["a link in Markdown", "[click](javascript:alert(1)) <https://evil.example>"],
  ["a table in Markdown", "a|b|c\n|---|---|"],
  ["a fence in Markdown", "```\n# heading\n```"],
  ["a heading in Markdown", "\n# not ours\n"],
  ["a picture in Markdown", "![x](https://evil.example/track.png)"],
  ["bidirectional overrides", "safe\u202egnp.exe\u2066x"],
  ["a terminal escape", "\u001b[31mred\u0007"],
  ["marks that pile up", `z${"\u0301".repeat(500)}`],
  ["a name without end", "x".repeat(5_000)],
  ["a lone surrogate", "\ud800x"],
  ["what templates replace", "${facts} $& $1 {{x}}"],
];

for (const [what, text] of HOSTILE) {
  Deno.test(`reportPage(): ${what} is text`, () => assertHarmless(reportPage(input(factsOf(saying(text))))));
  Deno.test(`evidenceMarkdown(): ${what} is a word in a code span`, () =>
    assertTablesHold(evidenceMarkdown(input(factsOf(saying(text))))));
}

const OURS =
  /^(?:html|head|meta|title|style|body|header|main|footer|section|div|p|h1|h2|h3|hr|dl|dt|dd|ul|li|span|small|bdi|time|table|caption|thead|tbody|tr|th|td|figure|figcaption|svg|rect|line|details|summary)$/;

/** Tags and attributes that are not ours never come up; ours are closed in their order. */
function assertHarmless(page: string): void {
  const open: string[] = [];
  const body = page.slice(page.indexOf("<html"));
  for (
    const [, close, tag = "", attributes = "", self] of body.matchAll(
      /<(\/?)([a-zA-Z0-9]+)((?:\s+[\w-]+="[^"<>]*")*)\s*(\/?)>/g,
    )
  ) {
    assertMatch(tag, OURS);
    assertFalse(/\s(?:on\w+|href|src|action)=/.test(attributes.replace(/="[^"]*"/g, "=")), attributes);
    if (close === "/") assertEquals(open.pop(), tag);
    else if (self !== "/" && tag !== "meta" && tag !== "hr") open.push(tag);
  }
  assertEquals(open, []);
  // Every < begins one of the tags above: none is left over from a name.
  const left = body.replace(/<style>[^<]*<\/style>/, "").replace(
    /<\/?[a-zA-Z0-9]+(?:\s+[\w-]+="[^"<>]*")*\s*\/?>/g,
    "",
  );
  assertFalse(/[<>]/.test(left), left.match(/.{0,60}[<>].{0,60}/s)?.[0]);
  assertFalse(/[\p{Cf}\u2028]|(?!\n)\p{Cc}/u.test(page), "nothing that hides or reorders");
  assertFalse(/\p{M}{5}/u.test(page), "no tower of marks");
}

/** Every row of every table has the cells of its header, and no code span is left open. */
function assertTablesHold(markdown: string): void {
  let cells = 0;
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("|")) {
      cells = 0;
      continue;
    }
    const count = line.split("|").length;
    if (cells === 0) cells = count;
    assertEquals(count, cells, line);
    assertEquals(line.split("`").length % 2, 1, line);
  }
  const outside = markdown.replace(/`[^`\n]*`/g, "");
  assertFalse(
    /<|\]\(|!\[|javascript:|https?:/.test(outside),
    outside.match(/.{0,60}(?:<|\]\(|https?:).{0,60}/)?.[0],
  );
  const headings = markdown.split("\n").filter((line) => line.startsWith("#"));
  assertFalse(headings.some((line) => line.includes("not ours")));
  assertFalse(/[\p{Cf}\u2028]|(?!\n)\p{Cc}/u.test(markdown));
}

Deno.test("reportPage() and codeName(): no text whatever is markup", () => {
  const texts = fc.string({
    unit: fc.constantFrom(..."<>\"'&|`\\*[]()!#\n\u202e$\u0301aB1 ".split("")),
    maxLength: 40,
  });
  fc.assert(fc.property(texts, (text) => assertHarmless(reportPage(input(factsOf(saying(text)))))), {
    numRuns: 40,
  });
  fc.assert(
    fc.property(texts, (text) => {
      const span = codeName(text);
      assertMatch(span, /^(?:\(no name\)|`[^`|\n]+`)$/);
    }),
    { numRuns: 300 },
  );
});

Deno.test("reportPage(): nothing is loaded, and the page says so itself", () => {
  const page = reportPage(input(factsOf(saying("read_file"))));
  assertMatch(
    page,
    /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:;/,
  );
  assertFalse(/https?:|url\(|@import|<script|<link/.test(page));
  assertMatch(page, /^<!doctype html>\n<html lang="en">/);
});

Deno.test("reportPage(): headings in order, a caption for every table, words for every chart", () => {
  const page = reportPage(input(factsOf(saying("read_file"))));
  assertEquals(page.match(/<h1/g)?.length, 1);
  const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  levels.forEach((level, i) =>
    assert(level <= (levels[i - 1] ?? 1) + 1, `h${level} behind h${levels[i - 1]}`)
  );
  assertEquals(page.match(/<table/g)?.length, page.match(/<caption/g)?.length);
  assertEquals(page.match(/<figure/g)?.length, page.match(/<figcaption/g)?.length);
  for (const [svg] of page.matchAll(/<svg[^>]*>/g)) {
    assert(/aria-hidden="true"/.test(svg) || /role="img"[^>]*aria-label="[^"]+"/.test(svg), svg);
  }
  assert([...page.matchAll(/<th [^>]*>/g)].every(([th]) => /scope="(?:row|col)"/.test(th)));
});

Deno.test("reportPage(): ten thousand tools, agents and reasons make a small page that says that there are more", () => {
  const entries = Array.from({ length: 10_000 }, (_, i) =>
    entryAt(i, {
      method: "tools/call",
      tool: `tool-${i}-${"x".repeat(100)}`,
      agent: { id: `agent-${i}`, roles: [], verified: false },
      session: `session-${i}`,
      verdict: "refuse",
      reason: `rule:${i}`,
      policy: `sha256:${i}`,
    }));
  const page = reportPage(input(factsOf(entries)));
  assert(page.length < 150_000, `${page.length} characters`);
  assertMatch(page, /and at least 9,98\d more tools/);
  assert(evidenceMarkdown(input(factsOf(entries))).length < 150_000);
});

Deno.test("reports of nothing: each section says that there is nothing", () => {
  const page = reportPage(
    input(factsOf([]), { entries: 0, head: undefined, checkpoint: undefined, checkpoints: 0 }),
  );
  assertHarmless(page);
  assertMatch(page, /There are no entries yet/);
  assertFalse(/NaN|Infinity|undefined/.test(page));
  assertFalse(/NaN|Infinity|undefined/.test(evidenceMarkdown(input(factsOf([])))));
});

const STATUSES = [
  ["intact", true],
  ["intact-open", true],
  ["recovered", true],
  ["broken", false],
  ["truncated", false],
  ["forked", false],
  ["unsigned", false],
  ["unreadable", false],
] as const;

for (const [status, holds] of STATUSES) {
  Deno.test(`reports of a ledger that is ${status} say so first`, () => {
    const finding = holds ? undefined : { seq: 2, check: "hash", detail: "<b>`|" } as VerifyReport["finding"];
    const made = input(factsOf(saying("t")), { status, finding });
    const page = reportPage(made), markdown = evidenceMarkdown(made);
    assertHarmless(page);
    assertTablesHold(markdown);
    assertMatch(page, new RegExp(`<p class="status">${status}</p>`));
    assertEquals(page.includes('class="seal bad"'), !holds);
    assertEquals(page.includes("is no evidence until"), !holds);
    assertEquals(markdown.includes("not evidence as it stands"), !holds);
  });
}

Deno.test("both reports say the same numbers", () => {
  const facts = factsOf(saying("read_file"));
  const page = reportPage(input(facts)), markdown = evidenceMarkdown(input(facts));
  for (const value of [VERIFIED.root, VERIFIED.key, VERIFIED.head?.hash ?? ""]) {
    assert(page.includes(value) && markdown.includes(value), value);
  }
  assertMatch(markdown, /\| Calls \| 2 \|/);
  assertMatch(page, /<dt>Calls<\/dt>\s*<dd>2<small>/);
  assertMatch(markdown, /## Control mapping/);
});
