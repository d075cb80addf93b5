/** Rows of a real store that somebody with the key has written: what only a strict reader refuses, both verifiers refuse. */
import { assert, assertEquals } from "@std/assert";
import { concatBytes, utf8 } from "../../../lib/base/mod.ts";
import { verifyLedger } from "../../../lib/ledger/mod.ts";
import { openLedgerFolder, openLedgerReader } from "../../../lib/store/mod.ts";
import { KEYS } from "../../../scripts/ledger_vectors/case.ts";
import { JSON_TRAPS } from "../../../scripts/ledger_vectors/json_traps.ts";
import { sha256Hex, VectorLedger } from "../../../scripts/ledger_vectors/maker.ts";
import { runStep } from "../../cli/script.ts";
import { call, openRequest, outcome, simple } from "../support.ts";
import { startPython } from "./python.ts";

type Text = string | Uint8Array;

/** A row of an entry: these bytes, with the hash and the signature that fit them. */
function rowOf(text: Text): { readonly hash: string; readonly row: Uint8Array } {
  const bytes = typeof text === "string" ? utf8(text) : text;
  const hash = sha256Hex(concatBytes(Uint8Array.of(0), bytes));
  const sig = KEYS.first.sign(concatBytes(utf8("countersign/entry/v1\n"), Uint8Array.fromHex(hash)));
  const frame = Uint8Array.fromHex(`01${hash}${sig}${KEYS.first.id}00`);
  return { hash, row: concatBytes(frame, bytes) };
}

/** A ledger on disk whose second entry is of exactly these bytes: a session opens, a call. */
async function withSecond(
  change: (text: string) => Text,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const ledger = new VectorLedger(KEYS.first);
  ledger.open();
  ledger.call();
  const texts = ledger.entries.map(({ text = "" }) => text);
  const first = rowOf(texts[0] ?? ""), second = rowOf(change(texts[1] ?? ""));
  const folder = await Deno.makeTempDir({ prefix: "countersign-rows-" });
  const kv = await Deno.openKv(`${folder}/ledger.db`);
  await kv.atomic().set(["entry", 0], first.row).set(["entry", 1], second.row)
    .set(["head", "newest"], utf8(ledger.head({ hash: second.hash }))).commit();
  try {
    await check(folder);
  } finally {
    kv.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const python = await startPython();

async function bothSay(folder: string) {
  const reader = await openLedgerReader(folder);
  const ours = await verifyLedger(reader.rows, { publicKeys: [Uint8Array.fromHex(KEYS.first.publicKey)] });
  reader.close();
  const second = await python.ask({ path: folder, public_keys: [KEYS.first.publicKey] });
  return [ours, second].map(({ status, finding }) => [status, finding?.seq, finding?.check]);
}

Deno.test("the rows that the traps are made from are sound", () =>
  withSecond((text) => text, async (folder) => {
    const open = ["intact-open", undefined, undefined];
    assertEquals(await bothSay(folder), [open, open]);
  }));

const BYTES: readonly (readonly [string, (text: string) => Uint8Array])[] = [
  ["bytes that are no UTF-8", (text) => broken(text, [0xff])],
  ["an overlong encoding", (text) => broken(text, [0xc1, 0xa1])],
  ["a surrogate in UTF-8", (text) => broken(text, [0xed, 0xa0, 0x80])],
  ["half a character at the end", (text) => concatBytes(utf8(text), Uint8Array.of(0xe2, 0x82))],
  ["a NUL behind it", (text) => concatBytes(utf8(text), Uint8Array.of(0))],
];

function broken(text: string, bytes: readonly number[]): Uint8Array {
  const [before = "", after = ""] = text.split("read_file");
  return concatBytes(utf8(before), Uint8Array.from(bytes), utf8(after));
}

for (
  const [name, what, change] of [
    ...JSON_TRAPS,
    ...BYTES.map(([what, change]) => ["bytes", what, change] as const),
  ]
) {
  Deno.test(`a signed entry with ${what} is broken, in both verifiers`, () =>
    withSecond(change, async (folder) => {
      const wanted = ["broken", 1, name === "proto" ? "fields" : "canonical"];
      assertEquals(await bothSay(folder), [wanted, wanted]);
    }));
}

Deno.test("a signed entry with what canonical JSON allows is no trap: NUL, U+2028, numbers at the edge", () =>
  withSecond(
    (text) =>
      text.replace('"read_file"', '"\\u0000\u2028\u007f"').replace(
        '"threat":0',
        '"threat":1.7976931348623157e+308',
      ),
    async (folder) => {
      const open = ["intact-open", undefined, undefined];
      assertEquals(await bothSay(folder), [open, open]);
    },
  ));

Deno.test("keys that change and texts that are pruned: either key is enough, for both verifiers", async () => {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-rows-" }));
  const run = async (words: string) => {
    const { exit, stdout, stderr } = await runStep({ argv: words.split(" ") }, outer);
    assertEquals([exit, stderr.filter((line) => line.startsWith("error"))], [0, []], words);
    return stdout.join("");
  };
  const folder = `${outer}/ledger`;
  const session = async () => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    for (let i = 0; i < 20; i++) {
      const { ref } = await ledger.write(call());
      await ledger.write(outcome(ref.seq));
    }
    await ledger.close("done");
  };
  await session();
  await Deno.copyFile(`${folder}/keys/signing.pub`, `${outer}/old.pub`);
  await run("key rotate --ledger ledger");
  await session();
  await run("ledger prune --entries --older-than 1ms --ledger ledger");
  await session();
  for (const key of [`${outer}/old.pub`, `${folder}/keys/signing.pub`]) {
    const report = JSON.parse(await run(`verify ledger --json --public-key ${key}`));
    assertEquals([report.status, report.keys.length], ["intact", 2]);
    assert(report.pruned > 40, `${report.pruned} entries without text`);
    const second = await python.ask({ path: folder, public_keys: [key] });
    assertEquals([second.status, second.root, second["keys"], second["pruned"]], [
      "intact",
      report.root,
      report.keys,
      report.pruned,
    ]);
  }
  // The keys beside it are hints that spare a search, and nothing else.
  await Deno.remove(`${folder}/keys`, { recursive: true });
  assertEquals(JSON.parse(await run("verify ledger --json --public-key old.pub")).status, "intact");
  assertEquals((await python.ask({ path: folder, public_keys: [`${outer}/old.pub`] })).status, "intact");
  await Deno.remove(outer, { recursive: true });
});
