/** `checkpoint` as a person or a program meets it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { logVerifierKey, noteVerifiedBy, parseCheckpoint, parseNote } from "../../../lib/ledger/mod.ts";
import { loadPublicKeyFile } from "../../../lib/identity/mod.ts";
import { openLedgerFolder } from "../../../lib/store/mod.ts";
import { runStep } from "../../cli/script.ts";
import { call, openRequest, simple } from "../support.ts";
import { good } from "./tree_support.ts";

interface Place {
  readonly outer: string;
  readonly folder: string;
  /** Runs `countersign WORDS`, split at spaces, in the folder's parent. */
  run(words: string): Promise<{ exit: number; stdout: readonly string[]; stderr: readonly string[] }>;
}

async function withLedger(calls: number, test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-checkpoint-" }));
  const folder = `${outer}/ledger`;
  try {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    await Promise.all(Array.from({ length: calls }, () => ledger.write(call())));
    await ledger.close("done");
    await test({ outer, folder, run: (words) => runStep({ argv: words.split(" ") }, outer) });
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

Deno.test("checkpoint prints a note that the public key verifies, and says on stderr where to keep it", () =>
  withLedger(3, async ({ folder, run }) => {
    const { exit, stdout, stderr } = await run("checkpoint --ledger ledger");
    assertEquals(exit, 0);
    const note = good(parseNote(stdout.map((line) => `${line}\n`).join("")));
    const { size, root, origin } = good(parseCheckpoint(note.text));
    assertEquals(size, 5);
    const report = JSON.parse((await run("verify ledger --json")).stdout.join(""));
    assertEquals([report.status, report.entries, report.root], ["intact", 5, root]);
    const key = await loadPublicKeyFile(folder);
    assert(key !== undefined && noteVerifiedBy(note, logVerifierKey(origin, key)));
    assertEquals(origin, `countersign/${report.key}`);
    assertMatch(stderr.join("\n"), /keep it where[^]*verify --checkpoint/);
  }));

Deno.test("checkpoint --json: the names of its fields, and the same note as long as nothing is added", () =>
  withLedger(1, async ({ run }) => {
    const first = JSON.parse((await run("checkpoint --ledger ledger --json")).stdout.join(""));
    assertEquals(Object.keys(first), ["origin", "size", "root", "made", "note"]);
    assertEquals([first.size, first.made], [3, false], "the close of the session made it");
    const again = await run("checkpoint --ledger ledger --json");
    assertEquals(JSON.parse(again.stdout.join("")), first);
    assertEquals(again.stderr, []);
  }));

Deno.test("checkpoint -o writes the note, replaces no file unasked, and verify takes it", () =>
  withLedger(2, async ({ outer, run }) => {
    const made = await run("checkpoint --ledger ledger -o day1.txt");
    assertEquals(made.exit, 0);
    assertMatch(made.stdout.join("\n"), /^made day1.txt: 4 entries, origin countersign\/[0-9a-f]{16}$/);
    const text = await Deno.readTextFile(`${outer}/day1.txt`);
    assertEquals(good(parseCheckpoint(good(parseNote(text)).text)).size, 4);
    assertEquals((await run("checkpoint --ledger ledger -o day1.txt")).exit, 2);
    assertEquals((await run("checkpoint --ledger ledger -o day1.txt --force")).exit, 0);
    assertEquals(await Deno.readTextFile(`${outer}/day1.txt`), text);
    assertEquals((await run("verify ledger --checkpoint day1.txt")).exit, 0);
  }));

Deno.test("checkpoint --rebuild puts right what somebody did to the tiles", () =>
  withLedger(600, async ({ run }) => {
    const before = JSON.parse((await run("checkpoint --ledger ledger --json")).stdout.join(""));
    const after = JSON.parse((await run("checkpoint --ledger ledger --rebuild --json")).stdout.join(""));
    assertEquals(after, before);
  }));

Deno.test("checkpoint of what is no ledger, or has no entries: exit 2 and a hint", () =>
  withLedger(0, async ({ outer, run }) => {
    assertEquals((await run("checkpoint --ledger nowhere")).exit, 2);
    assertEquals((await run("checkpoint day1.txt")).exit, 2);
    await Deno.mkdir(`${outer}/empty`, { mode: 0o700 });
    const config = `${outer}/empty/countersign.toml`;
    await Deno.writeTextFile(config, 'version = 1\n[ledger]\npath = "ledger"\n', { mode: 0o600 });
    assertEquals((await run(`checkpoint --config ${config}`)).exit, 2);
  }));

Deno.test("checkpoint: the configured origin", () =>
  withLedger(1, async ({ outer, run }) => {
    const config = `${outer}/countersign.toml`;
    const text = 'version = 1\n[ledger]\npath = "ledger"\norigin = "example.org/agents"\n';
    await Deno.writeTextFile(config, text, { mode: 0o600 });
    const ledger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/ledger` })));
    await ledger.write(call());
    const { exit, stdout } = await run(`checkpoint --config ${config}`);
    assertEquals([exit, stdout[0]], [0, "example.org/agents"]);
    await ledger.close("done");
  }));
