import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { answerHeld, initLedgerFolder, openLedgerFolder, openLedgerReader } from "../../lib/store/mod.ts";
import { call, heldCall, openRequest, simple } from "./support.ts";

const UNIX = Deno.build.os !== "windows";

/** Runs `test` with the path of a folder that does not exist yet, in a folder of its own. */
async function inTemp(test: (folder: string, outer: string) => Promise<void>): Promise<void> {
  const outer = await Deno.makeTempDir({ prefix: "countersign-folder-" });
  try {
    await test(`${outer}/ledger`, outer);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

function modeOf(path: string): string {
  return ((Deno.lstatSync(path).mode ?? 0) & 0o777).toString(8);
}

function* filesIn(folder: string): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    yield `${folder}/${name}`;
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
  }
}

/** Runs a repairing command just as a person would paste it. */
async function paste(command: string): Promise<void> {
  const { success } = await new Deno.Command("sh", { args: ["-c", command] }).output();
  assert(success, command);
}

Deno.test("a new folder is made with everything in it, for the owner alone, while it runs as well", () =>
  inTemp(async (folder) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    await ledger.write(call());
    if (UNIX) {
      assertEquals(modeOf(folder), "700");
      for (const path of filesIn(folder)) {
        assertEquals(modeOf(path), Deno.lstatSync(path).isDirectory ? "700" : "600", path);
      }
    }
    await ledger.close("done");
    const again = await openLedgerFolder(openRequest({ folder }));
    assertEquals(again.opened.entries, 4);
    await again.close("done");
  }));

Deno.test("initLedgerFolder() makes keys once, and says which key it is", () =>
  inTemp(async (folder) => {
    const first = await initLedgerFolder(folder), second = await initLedgerFolder(folder);
    assertEquals([first.created, second.created], [true, false]);
    assertEquals(first.key, second.key);
    assertEquals(first.publicKey, second.publicKey);
  }));

Deno.test("several that open one new folder at once agree on its keys", () =>
  inTemp(async (folder) => {
    const opened = await Promise.all([1, 2, 3, 4].map(() => openLedgerFolder(openRequest({ folder }))));
    assertEquals(new Set(opened.map(({ opened }) => opened.key)).size, 1);
    await Promise.all(opened.map((ledger) => ledger.close("done")));
  }));

interface Looseness {
  readonly name: string;
  readonly spoil: (folder: string) => void;
  /** What stands in the message. */
  readonly says: string;
}

const LOOSE: readonly Looseness[] = [
  {
    name: "a folder that all may enter",
    spoil: (folder) => Deno.chmodSync(folder, 0o777),
    says: "has mode 0777, want 0700",
  },
  {
    name: "a folder that the group may read",
    spoil: (folder) => Deno.chmodSync(folder, 0o750),
    says: "has mode 0750, want 0700",
  },
  {
    name: "a signing key that all may read",
    spoil: (folder) => Deno.chmodSync(`${folder}/keys/signing.key`, 0o644),
    says: 'signing.key" has mode 0644, want 0600',
  },
  {
    name: "a blinding key that the group may read",
    spoil: (folder) => Deno.chmodSync(`${folder}/keys/blinding.key`, 0o640),
    says: 'blinding.key" has mode 0640, want 0600',
  },
  {
    name: "a store that all may read",
    spoil: (folder) => Deno.chmodSync(`${folder}/ledger.db`, 0o604),
    says: 'ledger.db" has mode 0604, want 0600',
  },
  {
    name: "a key folder that all may enter",
    spoil: (folder) => Deno.chmodSync(`${folder}/keys`, 0o755),
    says: 'keys" has mode 0755, want 0700',
  },
  {
    name: "a store that is a symbolic link",
    spoil: (folder) => {
      Deno.renameSync(`${folder}/ledger.db`, `${folder}/../elsewhere.db`);
      Deno.symlinkSync(`${folder}/../elsewhere.db`, `${folder}/ledger.db`);
    },
    says: "is a symbolic link",
  },
  {
    name: "a folder that is a symbolic link",
    spoil: (folder) => {
      Deno.renameSync(folder, `${folder}-elsewhere`);
      Deno.symlinkSync(`${folder}-elsewhere`, folder);
    },
    says: "is a symbolic link",
  },
];

for (const { name, spoil, says } of LOOSE) {
  Deno.test({
    name: `${name} is refused, and the hint repairs it`,
    ignore: !UNIX,
    fn: () =>
      inTemp(async (folder) => {
        await initLedgerFolder(folder);
        spoil(folder);
        const fault = await assertRejects(() => openLedgerFolder(openRequest({ folder })), Fault, says);
        assertEquals(fault.code, "config");
        await assertRejects(() => initLedgerFolder(folder), Fault, says);
        await paste(fault.hint ?? "false");
        await (await openLedgerFolder(openRequest({ folder }))).close("done");
      }),
  });
}

Deno.test({
  name: "everything that is loose is repaired by one hint",
  ignore: !UNIX,
  fn: () =>
    inTemp(async (_, outer) => {
      const folder = `${outer}/with 'quotes' and $HOME`;
      await initLedgerFolder(folder);
      for (const name of ["keys", "keys/signing.key", "ledger.db"]) {
        Deno.chmodSync(`${folder}/${name}`, 0o777);
      }
      // A folder's problem hides what is in it: the second look finds the rest.
      for (let looks = 0; looks < 2; looks++) {
        const fault = await assertRejects(() => initLedgerFolder(folder), Fault);
        await paste(fault.hint ?? "false");
      }
      await initLedgerFolder(folder);
    }),
});

Deno.test({
  name: "a file of another user is refused, and the hint repairs it",
  ignore: !UNIX || Deno.uid() !== 0,
  fn: () =>
    inTemp(async (folder) => {
      await initLedgerFolder(folder);
      Deno.chownSync(`${folder}/ledger.db`, 12345, null);
      const fault = await assertRejects(
        () => initLedgerFolder(folder),
        Fault,
        "belongs to user 12345, want 0",
      );
      assertEquals(fault.hint, `sudo chown 0 ${folder}/ledger.db`);
      Deno.chownSync(folder, 12345, null);
      await assertRejects(() => initLedgerFolder(folder), Fault, "belongs to user 12345, want 0");
    }),
});

Deno.test("a ledger with entries and without its keys gets no new ones", () =>
  inTemp(async (folder) => {
    await (await openLedgerFolder(openRequest({ folder }))).close("done");
    await Deno.remove(`${folder}/keys/signing.key`);
    const fault = await assertRejects(
      () => openLedgerFolder(openRequest({ folder })),
      Fault,
      "signing.key is missing",
    );
    assertEquals(fault.code, "key");
  }));

Deno.test("a store that is garbage is refused, and stays as it is", () =>
  inTemp(async (folder) => {
    await initLedgerFolder(folder);
    await Deno.writeTextFile(
      `${folder}/ledger.db`,
      "this is no database at all, however long it may be".repeat(100),
    );
    const before = await Deno.readFile(`${folder}/ledger.db`);
    const fault = await assertRejects(
      () => openLedgerFolder(openRequest({ folder })),
      Fault,
      "Cannot open the ledger",
    );
    assertEquals(fault.code, "ledger");
    assertEquals(await Deno.readFile(`${folder}/ledger.db`), before);
  }));

Deno.test("readers and answers make no ledger where there is none", () =>
  inTemp(async (folder, outer) => {
    const fault = await assertRejects(() => openLedgerReader(folder), Fault, "there is no ledger.db");
    assertEquals(fault.code, "usage");
    await assertRejects(
      () => answerHeld(folder, { call: 0, decision: "allow" }),
      Fault,
      "there is no ledger.db",
    );
    assertEquals([...Deno.readDirSync(outer)], []);
  }));

Deno.test("answerHeld() answers what another opening of the folder holds", () =>
  inTemp(async (folder) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    const { ref } = await ledger.write(heldCall());
    const answer = await answerHeld(folder, {
      call: ref.seq,
      decision: "allow",
      by: "jane",
      cleared: ["untrusted"],
    });
    if (!answer.ok) throw new Error(answer.error);
    assertEquals(await ledger.answers([ref.seq]), [{
      call: ref.seq,
      decision: "allow",
      reason: "rule:ask-first",
      cleared: ["untrusted"],
      seq: answer.value.seq,
    }]);
    assertEquals(await answerHeld(folder, { call: ref.seq, decision: "deny" }), {
      ok: false,
      error: "it is approved already, by entry 2",
    });
    await ledger.close("done");
  }));

Deno.test("the lock that a process left, which died before its session began, is cleared away", () =>
  inTemp(async (folder) => {
    await initLedgerFolder(folder);
    await Deno.writeTextFile(`${folder}/sessions/01a0c450-6c00-7b24-888c-a7dd2003e295.lock`, "", {
      mode: 0o600,
    });
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    assertEquals(ledger.opened.recovered, 0);
    const locks = [...Deno.readDirSync(`${folder}/sessions`)].map(({ name }) => name);
    assertEquals(locks, [`${ledger.opened.session}.lock`]);
    await ledger.close("done");
  }));

Deno.test("a reader hands out entries from both ends, and one by its seq", () =>
  inTemp(async (folder) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    for (let i = 0; i < 5; i++) await ledger.write(call({ tool: `t${i}` }));
    await ledger.close("done");
    const reader = await openLedgerReader(folder);
    assertEquals(await reader.count(), 7);
    assertEquals((await reader.head())?.seq, 6);
    const seqs = async (entries: AsyncIterable<{ seq: number }>) =>
      (await Array.fromAsync(entries)).map(({ seq }) => seq);
    assertEquals(await seqs(reader.newestFirst()), [6, 5, 4, 3, 2, 1, 0]);
    assertEquals(await seqs(reader.newestFirst(3)), [2, 1, 0]);
    assertEquals(await seqs(reader.oldestFirst(4)), [4, 5, 6]);
    const one = await reader.entry(2);
    assertEquals([one?.stored?.entry.tool, one?.stored?.hash.length, one?.stored?.sig.length], [
      "t1",
      64,
      128,
    ]);
    assertEquals(one?.stored?.key, ledger.opened.key);
    assertEquals(await reader.entry(7), undefined);
    reader.close();
  }));

Deno.test("the whole ledger works in a worker that may touch its folder and nothing else", () =>
  inTemp(async (folder, outer) => {
    await Deno.mkdir(folder, { mode: 0o700 });
    const door = new URL("../../lib/store/mod.ts", import.meta.url).href;
    const support = new URL("./support.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${outer}/worker.ts`,
      `import { openLedgerFolder } from "${door}";
       import { call, openRequest, outcome } from "${support}";
       const ledger = await openLedgerFolder(openRequest({ folder: ${JSON.stringify(folder)} }));
       const { ref } = await ledger.write(call());
       await ledger.write(outcome(ref.seq));
       await ledger.close("done");
       postMessage(ledger.opened);`,
    );
    const worker = new Worker(new URL(`file://${outer}/worker.ts`), {
      type: "module",
      deno: { permissions: { read: [folder], write: [folder], import: true } },
    });
    const message = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    worker.terminate();
    assertEquals((message as { entries: number }).entries, 1);
    const reader = await openLedgerReader(folder);
    assertEquals(await reader.count(), 4);
    reader.close();
  }));
