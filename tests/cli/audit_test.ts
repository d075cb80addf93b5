/** `audit sessions`, `audit replay`, `audit show` with payloads, pruned entries: as a person or a program meets them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { manualClock } from "../../lib/base/mod.ts";
import { stubOf } from "../../lib/ledger/record.ts";
import { openKvStore, openLedgerFolder } from "../../lib/store/mod.ts";
import { call, decision, heldCall, openRequest, outcome, simple } from "../ledger/support.ts";
import { type Outcome, runStep } from "./script.ts";

interface Place {
  readonly folder: string;
  /** Runs `countersign WORDS --ledger ledger`, split at spaces. */
  run(words: string): Promise<Outcome>;
}

const START = Date.UTC(2026, 10, 20, 9) * 1000;

/** Two sessions that have ended, one full of calls, and one that runs; half a minute between each two steps. */
async function withSessions(test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-audit-" }));
  const folder = `${outer}/ledger`, clock = manualClock(START);
  const open = async (over: Parameters<typeof openRequest>[0] = {}) =>
    simple(await openLedgerFolder(openRequest({ folder, ...over }), { clock }));
  try {
    const first = await open({ record: "full" });
    const { ref } = await first.write(
      call({ input: '{"name":"read_file","arguments":{"path":"\u001b[2J\u202e"}}' }),
    );
    clock.advanceMs(30_000);
    await first.write(outcome(ref.seq, { labels: ["untrusted"] }));
    await first.write(
      call({ tool: "delete_file", decision: decision({ outcome: "deny", reason: "rule:no-delete" }) }),
    );
    const held = await first.write(heldCall());
    clock.advanceMs(30_000);
    await first.write({ type: "unanswered", call: held.ref.seq, reason: "approval-expired" });
    await first.write(call());
    await first.close("client-eof");
    clock.advanceMs(3_600_000);
    const second = await open({ principal: { id: "bot\u202e", verified: true, roles: [] }, server: "mail" });
    await second.close("client-eof");
    clock.advanceMs(3_600_000);
    const running = await open();
    await test({
      folder,
      run: (words) => runStep({ argv: [...words.split(" "), "--ledger", "ledger"] }, outer),
    });
    await running.close("done");
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

async function sessionsIn({ run }: Place, flags: string = ""): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse((await run(`audit sessions --json${flags}`)).stdout.join(""));
}

Deno.test("audit sessions: the newest first, each with its numbers and its state", () =>
  withSessions(async (place) => {
    const sessions = await sessionsIn(place);
    assertEquals(sessions.map(({ state }) => state), ["running", "closed", "closed"]);
    const { session, opened, closed, first_seq: _first, last_seq: _last, last_time: _time, ...rest } =
      sessions[2] ?? {};
    assertMatch(String(session), /^[0-9a-f-]{36}$/);
    assertEquals([opened, closed], ["2026-11-20T09:00:00.000000Z", "2026-11-20T09:01:00.000000Z"]);
    assertEquals(rest, {
      agent: "my-agent",
      verified: false,
      server: "files",
      state: "closed",
      calls: 4,
      refused: 1,
      held: 1,
      findings: 0,
      without_outcome: 1,
      duration_ms: 60_000,
    });
    const { stdout } = await place.run("audit sessions");
    assertEquals(stdout.length, 4);
    assert(stdout[2]?.includes("bot\\u{202e} (verified)\tmail"), stdout[2]);
  }));

const SESSION_FILTERS: readonly (readonly [string, number])[] = [
  [" -n 1", 1],
  [" --server mail", 1],
  [" --tool delete_*", 1],
  [" --verdict hold --agent my-agent", 1],
  [" --since 2026-11-20T10:30:00Z", 1],
  [" --until 2026-11-20T09:30:00Z", 1],
  [" --server nobody", 0],
];

Deno.test("audit sessions: each filter chooses the sessions that have such an entry", () =>
  withSessions(async (place) => {
    for (const [flags, count] of SESSION_FILTERS) {
      const sessions = await sessionsIn(place, flags);
      assertEquals(sessions.length, count, flags);
      // Chosen by one entry, counted by all.
      if (flags.includes("delete")) assertEquals(sessions[0]?.["calls"], 4);
    }
  }));

Deno.test("audit replay: when, what, what became of it, and what was recorded, harmless on a terminal", () =>
  withSessions(async (place) => {
    const session = String((await sessionsIn(place))[2]?.["session"]);
    const { exit, stdout } = await place.run(`audit replay ${session}`);
    assertEquals(exit, 0);
    const lines = stdout.map((line) => line.trim());
    assertMatch(lines[0] ?? "", /^\+0\.000 s {2}#0 +opened by my-agent \(unverified\)$/);
    assert(lines.some((line) => /^\+0\.000 s {2}#1 +call read_file → forward rule:allow-read$/.test(line)));
    assert(lines.some((line) => /^\+30\.000 s {2}#2 +└ reply to #1 → release in 1\.81 ms/.test(line)));
    assert(lines.some((line) => /#3 +call delete_file → refuse rule:no-delete$/.test(line)));
    assert(lines.some((line) => /^\+0:01:00 +#5 +└ hold of #4 → denied approval-expired$/.test(line)));
    assert(lines.some((line) => /#7 +closed client-eof without outcome: #6$/.test(line)), lines.join("\n"));
    assert(
      lines.some((line) => line.startsWith("in  {") && line.includes("\\u{1b}[2J\\u{202e}")),
      lines.join("\n"),
    );
    assert(lines.some((line) => line.startsWith('out {"content"')));
    assert(stdout.every((line) => !/[\p{Cc}\p{Cf}]/u.test(line)));
  }));

Deno.test("audit replay --json: one entry a line, with its time since the beginning and its payloads", () =>
  withSessions(async (place) => {
    const session = String((await sessionsIn(place))[2]?.["session"]);
    // As many digits as tell it from the others: these are hours apart.
    const { stdout } = await place.run(`audit replay ${session.slice(0, 13)} --json`);
    const entries = stdout.map((line) => JSON.parse(line));
    assertEquals(entries.map(({ seq, at_ms: at }) => [seq, at]), [
      [0, 0],
      [1, 0],
      [2, 30_000],
      [3, 30_000],
      [4, 30_000],
      [5, 60_000],
      [6, 60_000],
      [7, 60_000],
    ]);
    assert(entries[1].input_text.includes('"path":"\u001b[2J\u202e"'));
    assertMatch(entries[2].output_text, /"hello"/);
    assertEquals(entries[3].input_text, undefined, "of a refused call nothing is kept");
  }));

Deno.test("audit replay: a prefix of several is an error that names them; of none, a plain no", () =>
  withSessions(async (place) => {
    const sessions = await sessionsIn(place);
    const several = await place.run(`audit replay ${String(sessions[0]?.["session"]).slice(0, 6)}`);
    assertEquals(several.exit, 2);
    for (const { session } of sessions) {
      assert(several.stderr[0]?.includes(String(session)), several.stderr[0]);
    }
    assertEquals(several.stderr[1], "hint: write more of the id");
    const none = await place.run("audit replay ffffffff");
    assertEquals([none.exit, none.stdout], [1, []]);
    assertEquals((await place.run("audit replay")).exit, 2);
    assertEquals((await place.run("audit sessions x")).exit, 2);
  }));

Deno.test("audit show: payloads where they were recorded; changed ones are named and not shown", () =>
  withSessions(async (place) => {
    const text = await place.run("audit show 1");
    assert(
      text.stdout.some((line) => /^in +\{/.test(line) && line.includes("\\u{1b}")),
      text.stdout.join("\n"),
    );
    const { stdout } = await place.run("audit show 2 --json");
    assertMatch(JSON.parse(stdout.join("")).output_text, /"hello"/);
    const id = JSON.parse((await place.run("audit show 1 --json")).stdout.join("")).id;
    const store = await openKvStore(`${place.folder}/ledger.db`);
    await store.commit({
      checks: [],
      changes: [{ table: "payload", key: `${id}/in/0`, value: new Uint8Array([0, 65]) }],
    });
    store.close();
    const damaged = JSON.parse((await place.run("audit show 1 --json")).stdout.join(""));
    assertEquals([damaged.input_text, damaged.damaged_payloads], [undefined, ["input"]]);
  }));

Deno.test("pruned entries are rows of their own and no damage; filters say that they could not be asked", () =>
  withSessions(async (place) => {
    const store = await openKvStore(`${place.folder}/ledger.db`);
    const cells = await Promise.all([0, 1].map((seq) => store.read("entry", seq)));
    await store.commit({
      checks: [],
      changes: cells.map((cell, seq) => ({
        table: "entry",
        key: seq,
        value: stubOf(cell?.value ?? new Uint8Array()),
      })),
    });
    store.close();
    const list = await place.run("audit");
    assertEquals([list.exit, list.stderr, list.stdout.slice(-2)], [0, [], [
      "1\t\tpruned\t\t\t\t",
      "0\t\tpruned\t\t\t\t",
    ]]);
    const json = await place.run("audit --json");
    assertEquals(Object.keys(JSON.parse(json.stdout.at(-1) ?? "")), ["seq", "hash", "sig", "key"]);
    const filtered = await place.run("audit --tool *");
    assertEquals(filtered.exit, 0);
    assertMatch(filtered.stderr[0] ?? "", /^2 pruned entries could not be asked/);
    assertMatch((await place.run("audit show 0")).stdout[1] ?? "", /^kind +pruned/);
    assertEquals(JSON.parse((await place.run("stats --json")).stdout.join("")).entries.pruned, 2);
  }));

Deno.test("stats --json: counts, reasons, latencies and who called", () =>
  withSessions(async (place) => {
    const facts = JSON.parse((await place.run("stats --json")).stdout.join(""));
    assertEquals(facts.calls.decisions, { allow: 2, ask: 1, deny: 1 });
    assertEquals([facts.calls.forwarded, facts.calls.held, facts.calls.refused], [2, 1, 1]);
    assertEquals(facts.refusals.items, [{ name: "approval-expired", count: 1 }, {
      name: "rule:no-delete",
      count: 1,
    }]);
    assertEquals([facts.latency.total.p50_us, facts.latency.upstream.p99_us], [1810, 1400]);
    assertEquals([facts.sessions.opened, facts.without_outcome.total], [3, 1]);
    const later = JSON.parse((await place.run("stats --json --since 2026-11-20T10:00:00Z")).stdout.join(""));
    assertEquals([later.calls.calls, later.sessions.opened, later.entries.first.seq], [0, 2, 8]);
    const text = await place.run("stats --until 2026-11-20T10:00:00Z");
    assert(text.stdout.includes("  rule:no-delete\t1"), text.stdout.join("\n"));
  }));
