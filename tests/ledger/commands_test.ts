/** `verify`, `audit`, `approve` and `deny` as a person or a program meets them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { generateKeys, publicKeyText } from "../../lib/identity/mod.ts";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { runStep } from "../cli/script.ts";
import { call, decision, heldCall, openRequest, outcome, simple } from "./support.ts";
import { tamper } from "./tamper.ts";

interface Place {
  readonly folder: string;
  /** Runs `countersign WORDS`, split at spaces, in the folder's parent. */
  run(words: string): Promise<{ exit: number; stdout: readonly string[]; stderr: readonly string[] }>;
}

/** A ledger of 9 entries: a call and its outcome, one refused, one held and denied, a malformed frame. */
async function withLedger(test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-commands-" }));
  const folder = `${outer}/ledger`;
  try {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
    await ledger.write(
      call({ tool: "delete_file", decision: decision({ outcome: "deny", reason: "rule:no-delete" }) }),
    );
    const held = await ledger.write(heldCall({ tool: "wire_transfer" }));
    await ledger.write({ type: "unanswered", call: held.ref.seq, reason: "approval-expired" });
    await ledger.write({
      type: "incident",
      kind: "malformed",
      direction: "to-upstream",
      server: "files",
      reason: "duplicate-key",
      bytes: 99,
    });
    await ledger.write(call({ method: "resources/read", tool: "file:///\u001b[31mred\u202e" }));
    await ledger.close("client-eof");
    await test({ folder, run: (words) => runStep({ argv: words.split(" ") }, outer) });
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

/** Fields behind those of the contract. */
const BEHIND = ["keys", "sessions", "without_outcome", "checkpoints", "pruned"];

Deno.test("verify of an intact ledger: exit 0, the status is the first word, the JSON is the contract's", () =>
  withLedger(async ({ run }) => {
    const text = await run("verify ledger");
    assertEquals([text.exit, text.stderr], [0, []]);
    assertEquals(text.stdout[0], "intact 9 entries");
    assertEquals(text.stdout.at(-1), "  1 call without outcome: 7");
    const json = await run("verify ledger --json");
    assertEquals(json.exit, 0);
    const report = JSON.parse(json.stdout.join(""));
    assertEquals(Object.keys(report), ["status", "entries", "head", "root", "key", ...BEHIND]);
    assertEquals(report.without_outcome, { count: 1, calls: [7] });
    assertEquals([report.status, report.entries, report.head.seq], ["intact", 9, 8]);
    for (const hash of [report.head.hash, report.root]) assertMatch(hash, /^[0-9a-f]{64}$/);
    assertMatch(report.key, /^[0-9a-f]{16}$/);
    assertEquals((await run("verify ledger/ledger.db")).exit, 0);
    assertEquals((await run("verify --ledger ledger")).exit, 0);
  }));

Deno.test("verify of a tampered ledger: exit 1, and the entry and the check are named", () =>
  withLedger(async ({ folder, run }) => {
    await tamper(folder, (hands) => hands.edit(3, (text) => text.replace("delete_file", "create_file")));
    const text = await run("verify ledger");
    assertEquals(text.exit, 1);
    assertEquals(text.stdout.slice(0, 2), [
      "broken at entry 3",
      "  hash: the bytes do not have the stored leaf hash",
    ]);
    const { exit, stdout } = await run("verify ledger --json");
    assertEquals(exit, 1);
    const report = JSON.parse(stdout.join(""));
    assertEquals(Object.keys(report), ["status", "entries", "head", "root", "finding", "key", ...BEHIND]);
    assertEquals([report.status, report.entries], ["broken", 3]);
    assertEquals(report.finding, {
      seq: 3,
      check: "hash",
      detail: "the bytes do not have the stored leaf hash",
    });
  }));

Deno.test("verify with the key to trust: a file, hex, and a key that signed nothing here", () =>
  withLedger(async ({ folder, run }) => {
    assertEquals((await run("verify ledger --public-key ledger/keys/signing.pub")).exit, 0);
    const stranger = generateKeys();
    await Deno.writeTextFile(`${folder}/../stranger.pub`, publicKeyText(stranger.publicKey));
    const { exit, stdout } = await run("verify ledger --public-key stranger.pub");
    assertEquals([exit, stdout[0]], [1, "unsigned at entry 0"]);
    assertEquals((await run(`verify ledger --public-key ${stranger.publicKey.toHex()}`)).exit, 1);
    assertEquals((await run("verify ledger --public-key nowhere.pub")).exit, 2);
    await Deno.remove(`${folder}/keys/signing.pub`);
    const without = await run("verify ledger");
    assertEquals([without.exit, without.stderr[1]], [2, "hint: name the key to trust: --public-key FILE"]);
  }));

Deno.test("verify of what is no ledger: a clear line, and nothing is made", () =>
  withLedger(async ({ folder, run }) => {
    assertEquals(
      (await run("verify nowhere")).stderr[0],
      'error: cannot verify "$FOLDER/nowhere": there is no such folder',
    );
    await Deno.writeTextFile(`${folder}/../receipt.txt`, "receipt");
    const file = await run("verify receipt.txt");
    assertEquals(file.exit, 2);
    assert(file.stderr[0]?.endsWith("it is no ledger, no pack and no receipt"));
    await Deno.writeTextFile(`${folder}/ledger.db`, "no database ".repeat(1000));
    const garbage = await run("verify ledger --json");
    assertEquals([garbage.exit, JSON.parse(garbage.stdout.join("")).status], [1, "unreadable"]);
    assertEquals((await run("verify ledger other")).exit, 2);
    assertEquals((await run("verify ledger --ledger ledger")).exit, 2);
  }));

Deno.test("audit: newest first, one line an entry, hostile names escaped", () =>
  withLedger(async ({ run }) => {
    const { exit, stdout } = await run("audit --ledger ledger");
    assertEquals([exit, stdout.length], [0, 10]);
    assertEquals(stdout[0], "SEQ\tTIME\tKIND\tSERVER\tSUBJECT\tVERDICT\tREASON");
    const columns = (line: string | undefined) => line?.split("\t").toSpliced(1, 1);
    assertEquals(columns(stdout[1]), [
      "8",
      "session-close",
      "files",
      "1 call without outcome",
      "",
      "client-eof",
    ]);
    assertEquals(columns(stdout[2]), [
      "7",
      "call",
      "files",
      "resources/read file:///\\u{1b}[31mred\\u{202e}",
      "forward",
      "rule:allow-read",
    ]);
    assertEquals(columns(stdout[4]), [
      "5",
      "approval",
      "files",
      "wire_transfer of 4",
      "refuse",
      "approval-expired",
    ]);
    assertEquals(columns(stdout[7]), ["2", "outcome", "files", "read_file of 1, 1.8 ms", "release", ""]);
  }));

const FILTERS: readonly (readonly [string, readonly number[]])[] = [
  ["-n 2", [8, 7]],
  ["--tool delete_*", [3]],
  ["--tool *_file --kind call", [3, 1]],
  ["--decision deny", [5, 3]],
  ["--verdict hold", [4]],
  ["--kind malformed", [6]],
  ["--server files --agent my-agent -n 1", [8]],
  ["--server other", []],
  ["--agent other", []],
  ["--session 0", [8, 7, 6, 5, 4, 3, 2, 1, 0]],
  ["--session ffff", []],
  ["--since 1h -n 1", [8]],
  ["--since 2099-01-01", []],
  ["--until 2020-01-01T00:00:00Z", []],
  ["--until 2099-01-01 -n 1", [8]],
];

Deno.test("audit --json: one entry a line with hash, sig and key; each filter picks its entries", () =>
  withLedger(async ({ run }) => {
    const all = await run("audit --json --ledger ledger");
    assertEquals(all.stdout.length, 9);
    const newest = JSON.parse(all.stdout[0] ?? "");
    assertEquals([newest.seq, newest.kind], [8, "session-close"]);
    assertMatch(newest.hash, /^[0-9a-f]{64}$/);
    assertMatch(newest.sig, /^[0-9a-f]{128}$/);
    assertMatch(newest.key, /^[0-9a-f]{16}$/);
    assert(all.stdout.every((line) => !/[\p{Cc}\p{Cf}]/u.test(line)), "nothing that a terminal would obey");
    assertEquals(JSON.parse(all.stdout[1] ?? "").tool, "file:///\u001b[31mred\u202e");
    assertEquals(newest.prev, JSON.parse(all.stdout[1] ?? "").hash);
    for (const [flags, seqs] of FILTERS) {
      const { exit, stdout } = await run(`audit ${flags} --json --ledger ledger`);
      assertEquals([exit, stdout.map((line) => JSON.parse(line).seq)], [0, seqs], flags);
    }
  }));

const MISUSES: readonly (readonly [string, string])[] = [
  ["audit --decision alow", "hint: did you mean allow?"],
  ["audit --kind outcomes", "hint: did you mean outcome?"],
  [
    "audit --since yesterday",
    "hint: write --since 2026-11-20, --since 2026-11-20T09:00:00Z, or --since 2h for two hours ago",
  ],
  [
    "audit --tool [a",
    'error: cannot run audit: --tool "[a" has a [ that is never closed: write \\[ for the character',
  ],
  ["audit -n 0", "error: cannot run audit: -n is 0, want a whole number from 1"],
  ["audit shwo 3", "hint: did you mean audit show?"],
  ["audit replay", "error: cannot run audit replay: the id of a session is missing"],
  ["audit show 1 --tool x", "error: cannot run audit show: it has no use for --tool"],
  ["audit show", "error: cannot run audit show: the number of an entry is missing"],
  ["audit show x", 'error: cannot run audit show: "x" is no number of an entry'],
  ["approve", "error: cannot run approve: the number of an entry is missing"],
  ["deny 3", 'hint: countersign deny 3 --reason "why"'],
];

for (const [words, line] of MISUSES) {
  Deno.test(`${words}: exit 2, and a line that helps`, () =>
    withLedger(async ({ run }) => {
      const { exit, stderr } = await run(`${words} --ledger ledger`);
      assertEquals(exit, 2);
      assert(stderr.includes(line), stderr.join("\n"));
    }));
}

Deno.test("audit show: all fields of one entry; none there: exit 1", () =>
  withLedger(async ({ run }) => {
    const { exit, stdout } = await run("audit show 3 --ledger ledger");
    assertEquals(exit, 0);
    assert(stdout.some((line) => /^tool +delete_file$/.test(line)));
    assert(stdout.some((line) => line.startsWith("sig ")));
    const json = await run("audit show 3 --json --ledger ledger");
    assertEquals(JSON.parse(json.stdout[0] ?? "").reason, "rule:no-delete");
    const none = await run("audit show 99 --ledger ledger");
    assertEquals([none.exit, none.stdout, none.stderr], [1, [], [
      "entry 99: there is none; the ledger has 9",
    ]]);
  }));

Deno.test("audit of a ledger with a damaged entry shows the others and says so", () =>
  withLedger(async ({ folder, run }) => {
    await tamper(folder, (hands) => hands.raw(["entry", 3], "gone"));
    const { exit, stdout, stderr } = await run("audit --json --ledger ledger");
    assertEquals([exit, stdout.length, stderr], [1, 8, [
      "1 entries cannot be read; countersign verify says why",
    ]]);
  }));

Deno.test("approve and deny: the call goes on or is refused; a second answer is exit 1", () =>
  withLedger(async ({ folder, run }) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    const one = await ledger.write(heldCall()), other = await ledger.write(heldCall());
    const approved = await run(`approve ${one.ref.seq} --note fine --ledger ledger`);
    assertEquals([approved.exit, approved.stdout], [0, [`approved entry ${one.ref.seq}; entry 12 says so`]]);
    const denied = await run(`deny ${other.ref.seq} --reason never --ledger ledger`);
    assertEquals([denied.exit, denied.stdout], [0, [`denied entry ${other.ref.seq}; entry 13 says so`]]);
    assertEquals((await ledger.answers([one.ref.seq, other.ref.seq])).map(({ decision }) => decision), [
      "allow",
      "deny",
    ]);
    const again = await run(`deny ${one.ref.seq} --reason never --ledger ledger`);
    assertEquals([again.exit, again.stderr], [1, [
      `cannot deny entry ${one.ref.seq}: it is approved already, by entry 12`,
    ]]);
    const wrong = await run("approve 3 --ledger ledger");
    assertEquals([wrong.exit, wrong.stderr], [1, [
      "cannot approve entry 3: it is not held: its verdict is refuse",
    ]]);
    await ledger.write(outcome(one.ref.seq));
    await ledger.close("done");
    assertEquals((await run("verify ledger")).exit, 0);
  }));

Deno.test("approve --clear-label: each label is in the entry; deny has no such flag", () =>
  withLedger(async ({ folder, run }) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    const { ref } = await ledger.write(heldCall());
    assertEquals((await run(`deny ${ref.seq} --reason no --clear-label web --ledger ledger`)).exit, 2);
    assertEquals((await run(`approve ${ref.seq} --clear-label= --ledger ledger`)).exit, 2);
    const both = `approve ${ref.seq} --clear-label web --clear-label untrusted --ledger ledger`;
    assertEquals((await run(both)).exit, 0);
    assertEquals((await ledger.answers([ref.seq])).map(({ cleared }) => cleared), [["untrusted", "web"]]);
    const [line = ""] = (await run("audit --kind approval -n 1 --ledger ledger")).stdout.slice(1);
    assert(line.includes("cleared untrusted web"), line);
    await ledger.write(outcome(ref.seq));
    await ledger.close("done");
  }));
