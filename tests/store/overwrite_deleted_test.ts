/** What was pruned is not in the file any more; and a file is never written anew under a session that runs. */
import { assert, assertEquals } from "@std/assert";
import { manualClock } from "../../lib/base/mod.ts";
import { loadPublicKeyFile } from "../../lib/identity/mod.ts";
import { verifyLedger } from "../../lib/ledger/mod.ts";
import { openLedgerFolder, openLedgerReader, pruneLedgerFolder } from "../../lib/store/mod.ts";
import { overwriteDeleted } from "../../lib/store/overwrite_deleted.ts";
import { call, openRequest, PRINCIPAL, simple, type TestLedger } from "../ledger/support.ts";

const MARKS = Array.from({ length: 40 }, () => crypto.randomUUID());
/** An hour from now. */
const LATER = { clock: manualClock((Date.now() + 3_600_000) * 1000) };
const PRUNE = { olderThanMs: 1, entries: false, dryRun: false, principal: PRINCIPAL };

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-overwrite-" });
  try {
    await test(`${folder}/ledger`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function openFull(folder: string): Promise<TestLedger> {
  return simple(await openLedgerFolder(openRequest({ folder, record: "full" })));
}

/** How many of the marks lie anywhere in the files of the store. */
async function marksIn(folder: string): Promise<number> {
  let text = "";
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("ledger.db")) continue;
    text += new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${name}`));
  }
  return MARKS.filter((mark) => text.includes(mark)).length;
}

async function assertIntact(folder: string): Promise<void> {
  const publicKey = await loadPublicKeyFile(folder) ?? new Uint8Array();
  const reader = await openLedgerReader(folder);
  try {
    const { status, finding } = await verifyLedger(reader.rows, { publicKeys: [publicKey] });
    assertEquals([status, finding], ["intact", undefined]);
  } finally {
    reader.close();
  }
}

async function writeMarks(folder: string): Promise<void> {
  const ledger = await openFull(folder);
  for (const mark of MARKS) {
    await ledger.write(call({ input: `{"mark":"${mark}","more":"${"x".repeat(800)}"}` }));
  }
  await ledger.close("done");
}

/** As the product runs: SQLite lets only a process that may do everything attach a file, as VACUUM does. */
const permissions = {
  read: true,
  write: true,
  env: true,
  sys: true,
  net: false,
  run: false,
  ffi: false,
} as const;

Deno.test("what was pruned cannot be found in the file, whose mode and content are as they were", {
  permissions,
}, async () => {
  await withFolder(async (folder) => {
    await writeMarks(folder);
    assertEquals(await marksIn(folder), MARKS.length, "else this test looks for the wrong thing");
    const pruned = await pruneLedgerFolder(folder, PRUNE, LATER);
    assertEquals([pruned.payloads, pruned.overwritten], [MARKS.length, "done"]);
    assertEquals(await marksIn(folder), 0);
    const after = await Deno.stat(`${folder}/ledger.db`);
    assertEquals((after.mode ?? 0) & 0o777, 0o600);
    const ledger = await openFull(folder);
    assertEquals(ledger.opened.entries, MARKS.length + 3);
    await ledger.close("done");
    await assertIntact(folder);
    assertEquals((await pruneLedgerFolder(folder, PRUNE, LATER)).overwritten, "nothing");
  });
});

Deno.test("what the entries said is gone as well, once their texts are", { permissions }, async () => {
  await withFolder(async (folder) => {
    const ledger = await openFull(folder);
    for (const mark of MARKS) await ledger.write(call({ tool: `read_${mark}` }));
    await ledger.close("done");
    assertEquals(await marksIn(folder), MARKS.length, "else this test looks for the wrong thing");
    const pruned = await pruneLedgerFolder(folder, { ...PRUNE, entries: true }, LATER);
    assertEquals(pruned.overwritten, "done");
    assertEquals(await marksIn(folder), 0);
    await assertIntact(folder);
  });
});

Deno.test("while a session runs the file is left as it is, and that is said", async () => {
  await withFolder(async (folder) => {
    await writeMarks(folder);
    const running = await openFull(folder);
    const pruned = await pruneLedgerFolder(folder, { ...PRUNE, entries: true }, LATER);
    assertEquals(pruned.overwritten, "sessions");
    await running.write(call());
    await running.close("done");
    assert(await marksIn(folder) > 0, "else the rest shows nothing");
    const old = { ...PRUNE, olderThanMs: 86_400_000 };
    assertEquals((await pruneLedgerFolder(folder, { ...old, dryRun: true }, LATER)).overwritten, "nothing");
    const again = await pruneLedgerFolder(folder, old, LATER);
    assertEquals([again.payloads, again.overwritten], [0, "done"], "what went before is still in the file");
    assertEquals(await marksIn(folder), 0);
    assertEquals((await pruneLedgerFolder(folder, old, LATER)).overwritten, "nothing");
  });
});

Deno.test("a file that somebody is writing to is not written anew", async () => {
  await withFolder(async (folder) => {
    await writeMarks(folder);
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const writer = new DatabaseSync(`${folder}/ledger.db`);
    writer.exec("BEGIN IMMEDIATE");
    let refused = "";
    try {
      overwriteDeleted(`${folder}/ledger.db`, 0);
    } catch (thrown) {
      refused = String(thrown);
    }
    writer.exec("ROLLBACK");
    writer.close();
    assert(refused.includes("locked"), refused);
  });
});
