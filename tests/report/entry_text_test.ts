import { assertEquals } from "@std/assert";
import type { Entry } from "../../lib/ledger/mod.ts";
import { ENTRY_HEADERS, entryDetails, entryRow } from "../../lib/report/mod.ts";

function entry(over: Partial<Entry>): Entry {
  return {
    v: 1,
    seq: 7,
    id: "01a0c450-6c00-732e-97b2-9dc2b7eee311",
    time: "2026-11-20T09:07:46.123456Z",
    prev: "0".repeat(64),
    kind: "call",
    session: "s",
    agent: { id: "my-agent", roles: [], verified: false },
    server: "files",
    ...over,
  };
}

const ROWS: readonly (readonly [string, Partial<Entry>, string])[] = [
  ["a tool call", { method: "tools/call", tool: "read_file" }, "read_file"],
  ["a call of another method", { method: "resources/read", tool: "file:///a" }, "resources/read file:///a"],
  ["a call without a name", { method: "roots/list", tool: "" }, "roots/list"],
  ["an outcome", {
    kind: "outcome",
    tool: "t",
    call: 3,
    latency_us: { decision: 1, total: 2049, upstream: 1 },
  }, "t of 3, 2.0 ms"],
  [
    "an outcome that labels",
    { kind: "outcome", tool: "t", call: 3, labels: ["untrusted", "web"], hidden: 2 },
    "t of 3, labels untrusted web, 2 hidden",
  ],
  [
    "a call that is off its envelope",
    { method: "tools/call", tool: "t", envelope: { parts: ["max_calls", "workflows"], percent: 65 } },
    "t, 65 % off: max_calls workflows",
  ],
  [
    "an approval that clears a label",
    { kind: "approval", tool: "t", call: 3, by: "jane", cleared: ["untrusted"] },
    "t of 3, by jane, cleared untrusted",
  ],
  ["a drift", { kind: "drift", tool: "t", fields: ["title", "description"] }, "t, title description"],
  ["drifted instructions", { kind: "drift", fields: ["instructions"] }, "instructions"],
  ["many pins", { kind: "pin", tools: ["a", "b", "c", "d"], cut: { tools: 6 } }, "a b c and 7 more"],
  ["an accepted pin", { kind: "pin", tool: "t", by: "jane" }, "t, by jane"],
  ["another policy", { kind: "policy", detail: "strict" }, "strict"],
  ["an approval", { kind: "approval", tool: "t", call: 3, by: "jane" }, "t of 3, by jane"],
  ["a malformed frame", { kind: "malformed", input: { bytes: 12 } }, "12 bytes"],
  ["an opening", { kind: "session-open" }, "my-agent"],
  ["a clean close", { kind: "session-close" }, ""],
  ["a close with one call open", { kind: "session-close", calls: [3] }, "1 call without outcome"],
  [
    "a recovery with more than it lists",
    { kind: "recovered", calls: [3, 4], more: 5 },
    "7 calls without outcome",
  ],
];

for (const [name, over, subject] of ROWS) {
  Deno.test(`entryRow() says what ${name} is about`, () => {
    const row = entryRow(entry(over));
    assertEquals(row.length, ENTRY_HEADERS.length);
    assertEquals(row[4], subject);
    assertEquals(row[1], "2026-11-20 09:07:46.123");
  });
}

Deno.test("entryRow() says where a verdict was not enforced", () => {
  assertEquals(entryRow(entry({ verdict: "refuse", enforced: false }))[5], "refuse (dry run)");
  assertEquals(entryRow(entry({ verdict: "refuse", enforced: true }))[5], "refuse");
});

Deno.test("entryDetails() has every field once, those of the record beside them", () => {
  const stored = { entry: entry({ tool: "t", charges: [] }), hash: "aa", sig: "bb", key: "cc" };
  const names = entryDetails(stored).map(([name]) => name);
  assertEquals(new Set(names).size, names.length);
  assertEquals(names.toSorted(), [...Object.keys(stored.entry), "hash", "sig", "key"].toSorted());
  assertEquals(names[0], "seq");
});
