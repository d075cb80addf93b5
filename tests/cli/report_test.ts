/** `report` as a person or a program meets it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { call, decision, openRequest, outcome, simple } from "../ledger/support.ts";
import { tamper } from "../ledger/tamper.ts";
import { type Outcome, runStep } from "./script.ts";

interface Place {
  readonly outer: string;
  /** Runs `countersign report WORDS --ledger ledger`. */
  run(...words: string[]): Promise<Outcome>;
}

async function withLedger(test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-report-" }));
  try {
    const ledger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/ledger` })));
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
    await ledger.write(call({ tool: "<b>x|y", decision: decision({ outcome: "deny", reason: "rule:no" }) }));
    await ledger.write(call({ tool: "unanswered" }));
    await ledger.close("client-eof");
    await test({
      outer,
      run: (...words) => runStep({ argv: ["report", ...words, "--ledger", "ledger"] }, outer),
    });
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

const PAGES: readonly (readonly string[])[] = [["-o", "out.html"], ["--html", "out.html"], ["out.html"], [
  "--html",
  "-o",
  "out.html",
]];

for (const words of PAGES) {
  Deno.test(`report ${words.join(" ")}: a page in a file of its owner's, and one line that says what it says`, () =>
    withLedger(async ({ outer, run }) => {
      const { exit, stdout, stderr } = await run(...words);
      assertEquals([exit, stdout, stderr], [0, [], ["wrote out.html: intact, 6 entries"]]);
      const page = await Deno.readTextFile(`${outer}/out.html`);
      assertMatch(page, /^<!doctype html>\n<html lang="en">/);
      assert(page.includes("&lt;b&gt;x|y"));
      assertMatch(
        page,
        /<td class="w"><bdi class="name">unanswered<\/bdi><\/td>/,
        "the call without outcome has its name",
      );
      if (Deno.build.os !== "windows") {
        assertEquals(((await Deno.stat(`${outer}/out.html`)).mode ?? 0) & 0o777, 0o600);
      }
    }));
}

Deno.test("report without a file: the page, or Markdown, on stdout", () =>
  withLedger(async ({ run }) => {
    assertEquals((await run()).stdout[0], "<!doctype html>");
    const { stdout } = await run("--markdown");
    assertEquals(stdout[0], "# Countersign evidence report");
    assert(stdout.includes("## Control mapping"));
    assert(
      stdout.some((line) => line.startsWith("| 4 |") && line.includes("`unanswered`")),
      stdout.join("\n"),
    );
  }));

Deno.test("report --since and --until: only that time is counted, the whole ledger is verified", () =>
  withLedger(async ({ run }) => {
    const { exit, stdout } = await run("--since", "2099-01-01");
    assertEquals(exit, 0);
    assert(stdout.some((line) => line.includes("There are no entries in this time")));
    assert(stdout.some((line) => line.includes("Every one of 6 entries was read again")));
  }));

Deno.test("report of a tampered ledger: it is written, says so first, and the exit code is 1", () =>
  withLedger(async ({ outer, run }) => {
    await tamper(`${outer}/ledger`, (hands) => hands.edit(3, (text) => text.replace("rule:no", "rule:yo")));
    const { exit, stdout } = await run("--markdown");
    assertEquals(exit, 1);
    assert(stdout.some((line) => line.includes("not evidence as it stands") && line.includes("`broken`")));
    assertEquals((await run("-o", "out.html")).stderr[0], "wrote out.html: broken, 3 entries");
  }));

const MISUSES: readonly (readonly [readonly string[], string])[] = [
  [["--html", "--markdown"], "hint: one report has one form"],
  [["a.html", "-o", "b.html"], "hint: name the file once"],
  [["-o", "no/such/folder/x.html"], "hint: name another file with -o"],
  [["--since", "yesterday"], 'error: cannot run report: --since is "yesterday", which is no time'],
];

for (const [words, line] of MISUSES) {
  Deno.test(`report ${words.join(" ")}: an error, and a line that helps`, () =>
    withLedger(async ({ run }) => {
      const { exit, stderr } = await run(...words);
      assert(exit >= 2);
      assert(stderr.includes(line), stderr.join("\n"));
    }));
}
