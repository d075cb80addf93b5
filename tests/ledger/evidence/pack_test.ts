import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { sha256Hex } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import { lineOf, readLine, readRow } from "../../../lib/ledger/evidence/line.ts";
import { entryLine } from "../../../lib/ledger/entry_line.ts";
import { ledgerReader } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import { openIn, type World } from "../support.ts";
import {
  addSession,
  checkpointIn,
  edit,
  type Files,
  packIn,
  reportOn,
  resign,
  someLedger,
  text,
  verifyPackIn,
} from "./support.ts";

const DELETIONS = {
  fits: (_seq: number, entry: { readonly tool?: string } | undefined) => entry?.tool === "delete_file",
  asked: { tool: "delete_file" },
};

Deno.test("a whole pack verifies with the word of its ledger, however it is read", async (t) => {
  const here = await someLedger();
  const files = await packIn(here);
  for (const pieceBytes of [1, 31, 64, 1000, 1_000_000]) {
    await t.step(`in pieces of ${pieceBytes}`, async () => {
      const report = await reportOn(here, files, { pieceBytes });
      assertEquals([report.status, report.entries, report.head?.seq], ["intact", 10, 9]);
      assertEquals(report.key, here.keys.id);
    });
  }
});

Deno.test("a pack of a ledger in use says that its end is open", async () => {
  const here = await someLedger();
  await openIn(here);
  const report = await reportOn(here, await packIn(here));
  assertEquals(report.status, "intact-open");
});

Deno.test("a pack of an earlier checkpoint has the entries of that tree, and a head that says so", async () => {
  const here = await someLedger();
  const checkpoint = await checkpointIn(here);
  await addSession(here, 2);
  const report = await reportOn(here, await packIn(here, { checkpoint }));
  assertEquals([report.status, report.entries], ["intact", 10]);
});

Deno.test("a filtered pack holds what was asked for, and proves each entry", async () => {
  const here = await someLedger(6);
  const files = await packIn(here, { filter: DELETIONS });
  const lines = text(files.get("entries.jsonl")).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ tool }) => tool), new Array(6).fill("delete_file"));
  const report = await reportOn(here, files);
  assertEquals([report.status, report.entries], ["intact", 6]);
});

Deno.test("a filtered pack without any entry is one, too", async () => {
  const here = await someLedger(2);
  const files = await packIn(here, { filter: { fits: () => false, asked: { tool: "nothing" } } });
  const report = await reportOn(here, files);
  assertEquals([report.status, report.entries, report.head], [
    "intact",
    0,
    undefined,
  ]);
});

Deno.test("a ledger that does not fit the checkpoint is not exported", async () => {
  const here = await someLedger();
  const checkpoint = await checkpointIn(here);
  const other = await someLedger();
  await assertRejects(() => packIn(other, { checkpoint }), Error, "do not give the root of the checkpoint");
  await assertRejects(async () => packIn(await someLedger(1), { checkpoint }), Error, "Cannot read entry 6");
});

Deno.test("a ledger with an entry whose text was changed is not exported", async () => {
  const here = await someLedger();
  const record = here.rows.tables.get("entry")?.get(3)?.value ?? new Uint8Array();
  record[200] = (record[200] ?? 0) ^ 1;
  await assertRejects(() => packIn(here), Error, "Cannot read entry 3");
});

Deno.test("a pack discloses digest keys and payloads where that is asked for, and no more", async () => {
  const here = await someLedger(2, { request: { record: "full" } });
  assertEquals((await packIn(here)).has("payloads/payloads.jsonl"), false);
  const files = await packIn(here, { disclose: true });
  const [first] = text(files.get("payloads/payloads.jsonl")).split("\n").map((line) =>
    line && JSON.parse(line)
  );
  assertEquals(first.seq, 1);
  assertEquals(first.k.length, 64);
  assertEquals(JSON.parse(first.input).arguments, { n: 0 });
  const report = await reportOn(here, files);
  assertEquals(report.status, "intact");
});

Deno.test("a disclosed payload that is another call's is found, whoever signed the manifest", async (t) => {
  const here = await someLedger(2, { request: { record: "full" } });
  const cases: readonly (readonly [string, (text: string) => string])[] = [
    ["another payload", (text) => text.replace('\\"n\\":0', '\\"n\\":9')],
    ["another k", (text) => text.replace(/"k":"../, '"k":"00')],
    ["of another entry", (text) => text.replace('"seq":1', '"seq":3')],
    ["of no entry", (text) => text.replace('"seq":1', '"seq":999')],
    ["no payload at all", (text) => `nothing\n${text}`],
  ];
  for (const [name, change] of cases) {
    await t.step(name, async () => {
      const files = await packIn(here, { disclose: true });
      edit(files, "payloads/payloads.jsonl", change);
      assertEquals((await reportOn(here, files)).finding?.check, "file");
      resign(files, here.keys);
      assertEquals((await reportOn(here, files)).finding?.check, "disclosed");
    });
  }
});

Deno.test("a pack shows the policies that its entries name", async () => {
  const texts = [{ name: "policy.toml", text: "version = 1\n" }];
  const here = await someLedger(1, { request: { policyTexts: texts } });
  for (const filter of [undefined, DELETIONS, { fits: () => true, asked: { from: "0" } }]) {
    const files = await packIn(here, filter === undefined ? {} : { filter });
    const policy = files.get(`policies/${"ab".repeat(32)}.json`);
    if (filter === DELETIONS) assertEquals(policy, undefined);
    else assertEquals(JSON.parse(text(policy)), texts);
  }
});

/** What somebody without the ledger's key can do to a pack, and what is said of it. */
const ATTACKS:
  readonly (readonly [string, (files: Files, here: World) => void | Promise<void>, string, string?])[] = [
    [
      "an edited entry",
      (f) => edit(f, "entries.jsonl", (t) => t.replace("read_file", "rm_file")),
      "broken",
      "hash",
    ],
    ["an entry taken out", (f) => edit(f, "entries.jsonl", (t) => dropLine(t, 3)), "broken", "missing"],
    ["the last entry taken out", (f) => edit(f, "entries.jsonl", (t) => dropLine(t, 9)), "truncated"],
    [
      "the last two taken out",
      (f) => edit(f, "entries.jsonl", (t) => dropLine(dropLine(t, 9), 8)),
      "truncated",
    ],
    ["two entries swapped", (f) => edit(f, "entries.jsonl", (t) => swapLines(t, 3, 4)), "broken"],
    ["an entry twice", (f) => edit(f, "entries.jsonl", (t) => repeatLine(t, 3)), "broken"],
    [
      "an entry behind all others, in the middle of the file",
      (f) => edit(f, "entries.jsonl", (t) => insertLine(t, 5, '{"seq":999,"hash":"00"}')),
      "broken",
    ],
    [
      "a line that is no JSON",
      (f) => edit(f, "entries.jsonl", (t) => insertLine(t, 2, "nothing")),
      "broken",
      "record",
    ],
    ["a line without end", (f) => edit(f, "entries.jsonl", (t) => `${t}${"x".repeat(600_000)}`), "broken"],
    [
      "white space in an entry",
      (f) => edit(f, "entries.jsonl", (t) => t.replace('"seq":3', '"seq": 3')),
      "broken",
    ],
    [
      "a field twice",
      (f) => edit(f, "entries.jsonl", (t) => t.replace('"seq":3', '"seq":3,"seq":3')),
      "broken",
    ],
    [
      "another signature",
      (f) => edit(f, "entries.jsonl", (t) => t.replace(/"sig":"../, '"sig":"00')),
      "unsigned",
    ],
    [
      "another policy text",
      (f) => f.set(`policies/${"cd".repeat(32)}.json`, new Uint8Array(3)) && undefined,
      "broken",
      "file",
    ],
    ["a changed head", (f) => edit(f, "head.json", (t) => t.replace('"seq":9', '"seq":8')), "broken", "head"],
    ["no head", (f) => void f.delete("head.json"), "broken", "head"],
    ["another hash", (f) => flip(f, "hashes.bin", 40), "broken", "proof"],
    [
      "half a hash more",
      (f) => void f.set("hashes.bin", Uint8Array.from([...f.get("hashes.bin") ?? [], 1])),
      "broken",
    ],
    ["no hashes", (f) => void f.delete("hashes.bin"), "broken", "proof"],
    ["a key in place of ours", (f) => edit(f, keyFile(f), () => "-----BEGIN"), "broken", "file"],
    [
      "a manifest of another pack",
      async (f) => {
        f.set("manifest.json", (await packIn(await someLedger(1))).get("manifest.json") ?? new Uint8Array());
      },
      "broken",
      "manifest",
    ],
    ["a manifest that somebody else signed", (f) => resign(f, generateKeys()), "unsigned", "manifest"],
    [
      "a checkpoint that somebody else signed",
      async (f, here) => {
        edit(f, "checkpoint.txt", () => "");
        f.set("checkpoint.txt", new TextEncoder().encode(await checkpointIn(here, { keys: generateKeys() })));
      },
      "unsigned",
      "checkpoint",
    ],
    [
      "a checkpoint of an earlier tree of ours",
      async (f, here) => {
        f.set("checkpoint.txt", new TextEncoder().encode(await checkpointIn(here, { until: 5 })));
      },
      "broken",
      "checkpoint",
    ],
  ];

for (const [name, attack, status, check] of ATTACKS) {
  Deno.test(`attack on a pack: ${name} makes it ${status}`, async () => {
    const here = await someLedger();
    const files = await packIn(here);
    await attack(files, here);
    const report = await reportOn(here, files);
    assertEquals(report.status, status);
    if (check !== undefined) assertEquals(report.finding?.check, check);
  });
}

const CHOSEN_ATTACKS: readonly (readonly [string, (files: Files) => void, string, string])[] = [
  [
    "an edited entry",
    (f) => edit(f, "entries.jsonl", (t) => t.replace("delete_file", "read_file")),
    "broken",
    "hash",
  ],
  ["two swapped", (f) => edit(f, "entries.jsonl", (t) => swapLines(t, 0, 1)), "broken", "seq"],
  ["one twice", (f) => edit(f, "entries.jsonl", (t) => repeatLine(t, 0)), "broken", "seq"],
  ["one fewer", (f) => edit(f, "entries.jsonl", (t) => dropLine(t, 1)), "broken", "manifest"],
  ["another hash", (f) => flip(f, "hashes.bin", 33), "broken", "proof"],
  ["a hash of a chosen entry", (f) => flip(f, "hashes.bin", 32 * 3), "broken", "proof"],
  [
    "another signature",
    (f) => edit(f, "entries.jsonl", (t) => t.replace(/"sig":"../, '"sig":"00')),
    "unsigned",
    "signature",
  ],
  [
    "an entry with another hash and no text",
    (f) => {
      edit(
        f,
        "entries.jsonl",
        (t) =>
          `{"seq":1,"hash":"${"00".repeat(32)}","sig":"${"00".repeat(64)}","key":"${"00".repeat(8)}"}\n${t}`,
      );
    },
    "broken",
    "proof",
  ],
];

for (const [name, attack, status, check] of CHOSEN_ATTACKS) {
  Deno.test(`attack on a filtered pack: ${name} makes it ${status}`, async () => {
    const here = await someLedger(4);
    const files = await packIn(here, { filter: DELETIONS });
    attack(files);
    const report = await reportOn(here, files);
    assertEquals([report.status, report.finding?.check], [status, check]);
  });
}

Deno.test("a pack made and signed by somebody else is unsigned, filtered or not", async () => {
  const here = await someLedger();
  for (const files of [await packIn(here), await packIn(here, { filter: DELETIONS })]) {
    const report = await reportOn({ keys: generateKeys() }, files);
    assertEquals(report.status, "unsigned");
  }
});

Deno.test("what has not the form of a pack is none", async (t) => {
  const here = await someLedger();
  const cases: readonly (readonly [string, (files: Files) => void])[] = [
    ["no manifest", (f) => void f.delete("manifest.json")],
    ["no checkpoint", (f) => void f.delete("checkpoint.txt")],
    ["a file that climbs", (f) => void f.set("../x", new Uint8Array())],
    ["a file in a folder of its own", (f) => void f.set("other/x.txt", new Uint8Array())],
    ["a manifest with a field more", (f) => edit(f, "manifest.json", (t) => t.replace("{", '{"x":1,'))],
    ["a manifest with a key twice", (f) => edit(f, "manifest.json", (t) => t.replace("{", '{"payload":"",'))],
    [
      "a manifest of a segment",
      (f) => edit(f, "manifest.json", (t) => swapPayload(t, "pack:v1", "segment:v1")),
    ],
    [
      "a manifest of another type",
      (f) => edit(f, "manifest.json", (t) => t.replace("vnd.in-toto", "vnd.other")),
    ],
  ];
  for (const [name, change] of cases) {
    await t.step(name, async () => {
      const files = await packIn(here);
      change(files);
      assertEquals(typeof await verifyPackIn(here, files), "string");
    });
  }
});

Deno.test("a kept checkpoint finds a pack of another history, and one of a shorter one", async () => {
  const here = await someLedger();
  const kept = await checkpointIn(here);
  const earlier = await packIn(here, {
    checkpoint: await checkpointIn(here, { until: 4 }),
    filter: DELETIONS,
  });
  const report = await reportOn(here, earlier, { checkpoints: [kept] });
  assertEquals(report.status, "truncated");
  const same = await reportOn(here, await packIn(here, { filter: DELETIONS }), { checkpoints: [kept] });
  assertEquals(same.status, "intact");
});

Deno.test("a kept checkpoint that is not of this ledger is a mistake of whoever names it", async () => {
  const here = await someLedger(), other = await someLedger();
  const foreign = await checkpointIn(other);
  const files = await packIn(here, { filter: DELETIONS });
  await assertRejects(
    () => reportOn(here, files, { checkpoints: [foreign] }),
    Error,
    "no trusted key signed it",
  );
});

Deno.test("readRow() reads as readLine() does, whatever stands in the line", async () => {
  const here = await someLedger(1);
  const [line = ""] = text((await packIn(here)).get("entries.jsonl")).split("\n");
  fc.assert(
    fc.property(
      fc.nat(line.length - 1),
      fc.constantFrom("", '"', "0", ",", "}", "\\u0041", '"seq":7,'),
      (at, by) => {
        const changed = line.slice(0, at) + by + line.slice(at + 1);
        const read = readLine(changed), row = readRow(changed);
        // Where both read it, it is the same record; what only the quick way reads is no JSON, as the verifier will find.
        return !read.ok || row !== undefined && sha256Hex(row.record) === sha256Hex(read.value.record);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("a line is what audit prints, and reads back as the record that it came from", async () => {
  const here = await someLedger(2);
  const store = memoryStore(here.rows);
  const odd = await openIn(here, { request: { server: 'sérvér \u202e\u{e0041} " \\ \u2028' } });
  await odd.close("end");
  let count = 0;
  for await (const { seq, stored } of ledgerReader(store).oldestFirst()) {
    const record = (await store.read("entry", seq))?.value ?? new Uint8Array();
    const line = lineOf(seq, record) ?? "";
    assertEquals(`${line}\n`, entryLine(stored as never));
    const read = readLine(line);
    assertEquals(read.ok && read.value.record, record);
    assertEquals([readRow(line)?.seq, readRow(line)?.record], [seq, record]);
    const again = readLine(JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).toReversed())));
    assertEquals(again.ok && again.value.record, record);
    count++;
  }
  assertEquals(count, 10);
});

function keyFile(files: Files): string {
  return [...files.keys()].find((name) => name.startsWith("keys/")) ?? "";
}

function flip(files: Files, name: string, at: number): void {
  const bytes = files.get(name)?.slice() ?? new Uint8Array();
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  files.set(name, bytes);
}

function linesIn(text: string): string[] {
  return text.trimEnd().split("\n");
}

function joined(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function dropLine(text: string, at: number): string {
  return joined(linesIn(text).toSpliced(at, 1));
}

function insertLine(text: string, at: number, line: string): string {
  return joined(linesIn(text).toSpliced(at, 0, line));
}

function repeatLine(text: string, at: number): string {
  return insertLine(text, at, linesIn(text)[at] ?? "");
}

function swapLines(text: string, a: number, b: number): string {
  const lines = linesIn(text);
  return joined(lines.with(a, lines[b] ?? "").with(b, lines[a] ?? ""));
}

function swapPayload(text: string, from: string, to: string): string {
  const envelope = JSON.parse(text);
  return JSON.stringify({ ...envelope, payload: btoa(atob(envelope.payload).replace(from, to)) });
}
