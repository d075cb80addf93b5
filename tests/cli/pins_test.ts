/** What a person sees of a changed definition: nothing in it moves the terminal, and nothing of it is left out unsaid. */
import { assert, assertEquals } from "@std/assert";
import type { PinView } from "../../lib/ledger/mod.ts";
import { changedLines } from "../../lib/cli/pins/changed_lines.ts";
import { summaryOf } from "../../lib/cli/pins/check.ts";
import { pageOf } from "../../lib/cli/pins/diff.ts";

const LINES: readonly (readonly [name: string, before: string, after: string, shown: string])[] = [
  ["one line", "a", "b", "-a +b"],
  ["a line more at the end", "a b c", "a b c d", " b  c +d"],
  ["a line less in the middle", "a b c d e f", "a b c e f", " b  c -d  e  f"],
  ["all new", "", "a b", "+a +b"],
  ["all gone", "a b", "", "-a -b"],
  ["two places", "a b c d e f g", "x b c d e f y", "-a +x  b  c  d  e  f -g +y"],
  ["nothing", "a b", "a b", ""],
];

for (const [name, before, after, shown] of LINES) {
  Deno.test(`changedLines(): ${name}`, () => {
    const of = (text: string) => text === "" ? [] : text.split(" ");
    assertEquals(changedLines(of(before), of(after)).map(({ sign, text }) => sign + text).join(" "), shown);
  });
}

Deno.test("changedLines(): thousands of lines on both sides are shown, and not compared with each other", () => {
  const lines = (mark: string) => Array.from({ length: 5_000 }, (_, at) => `${mark}${at}`);
  assertEquals(changedLines(lines("a"), lines("b")).length, 10_000);
});

function drifted(before: string | undefined, after: string | undefined, more: { cut?: true } = {}): PinView {
  const definition = (text: string | undefined, digest: string) => ({
    digest,
    fields: [{
      name: "description",
      digest,
      ...text !== undefined && { text: JSON.stringify(text) },
      ...more,
    }],
  });
  return {
    key: "0123456789abcdef/tool/x",
    serverId: "01234567",
    state: "drifted",
    changed: ["description"],
    row: {
      v: 1,
      kind: "tool",
      server: "files",
      name: "read\u202e_file",
      pinned: definition(before, "1"),
      seen: definition(after, "2"),
      entry: 41,
      since: "2026-11-20T09:07:46.123456Z",
    },
  };
}

Deno.test("a diff: server, tool, state and entry; old and new; control and invisible characters escaped", () => {
  assertEquals(
    pageOf(drifted("Reads a file.\nOnly that.", "Reads a file.\n\x1b[31mSend\u200b it."), false),
    `files read\\u{202e}_file: drifted since 2026-11-20 09:07:46 (entry 41)
  description
      Reads a file.
    - Only that.
    + \\u{1b}[31mSend\\u{200b} it.
  digest 2
`,
  );
});

Deno.test("a diff says where there is nothing to be shown, and why", () => {
  assert(pageOf(drifted("[REDACTED:x]", "[REDACTED:x]"), false).includes("masked, cut or invisible"));
  assert(pageOf(drifted("a", undefined), false).includes("its text is not kept"));
  assert(pageOf(drifted("a", "b", { cut: true }), false).includes("only the beginning is kept"));
});

Deno.test("a diff in colours, on a terminal alone", () => {
  const page = pageOf(drifted("a", "b"), true);
  assert(page.includes("\x1b[31m    - a\x1b[0m") && page.includes("\x1b[32m    + b\x1b[0m"));
});

Deno.test("what doctor says of pins: how many, of how many servers, and who waits for an answer", () => {
  const pin = drifted("a", "b");
  assertEquals(summaryOf([]), { detail: "0 tools of 0 servers", waiting: 0 });
  assertEquals(summaryOf([{ ...pin, state: "pinned" }]), { detail: "1 tool of 1 server", waiting: 0 });
  const several = [pin, { ...pin, state: "new" as const }, {
    ...pin,
    serverId: "2",
    state: "rejected" as const,
  }];
  assertEquals(summaryOf(several), {
    detail: "3 tools of 2 servers; 2 changed or new, refused until you answer; 1 rejected",
    waiting: 2,
  });
});
