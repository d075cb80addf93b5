/** Key rotation on real files: a crash behind each step, two at once, opening while it is under way. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { KEY_FILES, loadPublicKeys } from "../../lib/identity/mod.ts";
import { verifyLedger } from "../../lib/ledger/mod.ts";
import {
  answerHeld,
  type FolderOptions,
  initLedgerFolder,
  openKvStore,
  openLedgerFolder,
  openLedgerReader,
  protectKeys,
  rotateSigningKey,
  unprotectKeys,
  withLedger,
} from "../../lib/store/mod.ts";
import { call, heldCall, openRequest, PRINCIPAL, simple } from "../ledger/support.ts";

const PASSPHRASE = "correct horse battery staple";
const LOCKED: FolderOptions = { env: () => PASSPHRASE };
const OPEN: FolderOptions = { env: () => undefined };

/** Runs `test` on the folder of a new ledger with one call in it. */
async function withFolder(options: FolderOptions, test: (folder: string) => Promise<void>): Promise<void> {
  const outer = await Deno.makeTempDir({ prefix: "countersign-rotation-" });
  try {
    await aCall(`${outer}/ledger`, options);
    await test(`${outer}/ledger`);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

async function aCall(folder: string, options: FolderOptions): Promise<void> {
  const ledger = simple(await openLedgerFolder(openRequest({ folder }), options));
  await ledger.write(call());
  await ledger.close("done");
}

function rotate(folder: string, options: FolderOptions, written?: (path: string) => void) {
  return rotateSigningKey(folder, { ...options, principal: PRINCIPAL, ...written && { written } });
}

class Crash extends Error {}

/** A rotation that ends behind `step` as if the process had died: nothing is put right. */
async function crashBehind(step: string, folder: string, options: FolderOptions): Promise<void> {
  await assertRejects(
    () =>
      rotate(folder, options, (path) => {
        if (path === step || path.startsWith(`${step}/`)) throw new Crash();
      }),
    Crash,
  );
}

async function idNow(folder: string, options: FolderOptions): Promise<string> {
  return (await initLedgerFolder(folder, options)).key;
}

/** Verifies under each key that the folder has, by itself. */
async function assertVerifies(folder: string): Promise<void> {
  const { current, retired } = await loadPublicKeys(folder);
  for (const key of [current, ...retired]) {
    if (key === undefined) throw new Error("there is no public key");
    const reader = await openLedgerReader(folder);
    const { status, finding } = await verifyLedger(reader.rows, { publicKeys: [key.publicKey] });
    reader.close();
    assertEquals([status, finding], ["intact", undefined], key.id);
  }
}

function keyFiles(folder: string): readonly string[] {
  const names = [...Deno.readDirSync(`${folder}/keys`)].map(({ name }) => name);
  return names.sort();
}

const SETTLED = ["blinding.key", "retired", "signing.key", "signing.pub"];

Deno.test("a rotation: the files are the new key's, the old public key is retired, the ledger goes on", () =>
  withFolder(OPEN, async (folder) => {
    const before = await idNow(folder, OPEN), blinding = Deno.readTextFileSync(`${folder}/keys/blinding.key`);
    const { old, next } = await rotate(folder, OPEN);
    assertEquals([old, await idNow(folder, OPEN)], [before, next]);
    assertEquals(keyFiles(folder), SETTLED);
    assertEquals(Deno.readTextFileSync(`${folder}/keys/blinding.key`), blinding);
    const { current, retired } = await loadPublicKeys(folder);
    assertEquals([current?.id, retired.map(({ id }) => id)], [next, [old]]);
    await aCall(folder, OPEN);
    await assertVerifies(folder);
  }));

interface CrashPoint {
  readonly step: string;
  /** Whose the ledger is then. */
  readonly after: "old" | "new";
}

// Each step that survives a crash, in order; a crash before the first leaves what was there.
const CRASHES: readonly CrashPoint[] = [
  { step: KEY_FILES.next, after: "old" },
  { step: "ledger.db", after: "new" },
  { step: KEY_FILES.retired, after: "new" },
  { step: KEY_FILES.public, after: "new" },
  { step: KEY_FILES.signing, after: "new" },
];

Deno.test("the crash points of the table are all there are, in this order", () =>
  withFolder(OPEN, async (folder) => {
    const steps: string[] = [];
    const { old } = await rotate(folder, OPEN, (path) => void steps.push(path));
    assertEquals(steps, CRASHES.map(({ step }) => step === KEY_FILES.retired ? `${step}/${old}.pub` : step));
  }));

for (const { step, after } of CRASHES) {
  for (const [name, options] of [["plain", OPEN], ["protected", LOCKED]] as const) {
    if (name === "protected" && step !== "ledger.db") continue; // a quarter of a second each: the turning point is enough
    Deno.test(`a crash behind ${step}, ${name} keys: the next opening settles it, and it is the ${after} key's`, () =>
      withFolder(options, async (folder) => {
        const before = await idNow(folder, options);
        await crashBehind(step, folder, options);
        // Readers, which open no key, come first: an auditor does not wait for the next session.
        await assertVerifies(folder);
        const now = await idNow(folder, options);
        assertEquals(now === before ? "old" : "new", after);
        assertEquals(
          keyFiles(folder).filter((name) => name !== "retired"),
          SETTLED.filter((name) => name !== "retired"),
        );
        assertEquals(await idNow(folder, options), now);
        await aCall(folder, options);
        const { old, next } = await rotate(folder, options);
        assertEquals([old, await idNow(folder, options)], [now, next]);
        await aCall(folder, options);
        await assertVerifies(folder);
      }));
  }
}

Deno.test("crashes one after the other, each in the middle of what the one before left", () =>
  withFolder(OPEN, async (folder) => {
    for (const { step } of [...CRASHES, ...CRASHES.toReversed()]) await crashBehind(step, folder, OPEN);
    await aCall(folder, OPEN);
    await assertVerifies(folder);
    assertEquals((await loadPublicKeys(folder)).retired.length, 8);
  }));

Deno.test("half-written files of a crash are taken away, and never taken for a key", () =>
  withFolder(OPEN, async (folder) => {
    const before = await idNow(folder, OPEN);
    for (const name of ["signing.key.next.new", "signing.key.new", "signing.pub.new"]) {
      Deno.writeTextFileSync(`${folder}/keys/${name}`, "-----BEGIN", { mode: 0o600 });
    }
    assertEquals(await idNow(folder, OPEN), before);
    assertEquals(keyFiles(folder), ["blinding.key", "signing.key", "signing.pub"]);
  }));

Deno.test("a staged key that is damaged, or another ledger's, is refused or discarded, and nothing else changes", () =>
  withFolder(OPEN, async (folder) => {
    const before = await idNow(folder, OPEN), staged = `${folder}/${KEY_FILES.next}`;
    Deno.writeTextFileSync(staged, "garbage", { mode: 0o600 });
    const fault = await assertRejects(() => idNow(folder, OPEN), Fault);
    assertEquals(fault.code, "key");
    assert(!fault.message.includes("garbage"));
    // A whole key that the ledger knows nothing of: that of a rotation which ended before its commit.
    await initLedgerFolder(`${folder}-other`, OPEN);
    Deno.copyFileSync(`${folder}-other/keys/signing.key`, staged);
    Deno.chmodSync(staged, 0o600);
    assertEquals(await idNow(folder, OPEN), before);
    await assertRejects(() => Deno.lstat(staged), Deno.errors.NotFound);
  }));

Deno.test("a ledger of neither key leaves both where they are, and says whose it is", () =>
  withFolder(OPEN, async (folder) => {
    await crashBehind("ledger.db", folder, OPEN);
    const other = `${folder}-other`;
    await aCall(other, OPEN);
    // Somebody restores keys/ from one backup and ledger.db from another.
    for (const name of ["signing.key", "signing.key.next", "blinding.key", "signing.pub"]) {
      Deno.copyFileSync(`${folder}/keys/${name}`, `${other}/keys/${name}`);
      Deno.chmodSync(`${other}/keys/${name}`, 0o600);
    }
    const before = ["signing.key", "signing.key.next"].map((name) =>
      Deno.readTextFileSync(`${other}/keys/${name}`)
    );
    const fault = await assertRejects(() => openLedgerFolder(openRequest({ folder: other }), OPEN), Fault);
    assertEquals(fault.code, "key");
    assertEquals(
      ["signing.key", "signing.key.next"].map((name) => Deno.readTextFileSync(`${other}/keys/${name}`)),
      before,
    );
  }));

Deno.test("an older head put in place after a crash: refused, and the key that signed more is not thrown away", () =>
  withFolder(OPEN, async (folder) => {
    const path = `${folder}/ledger.db`;
    const before = await openKvStore(path), old = await before.read("head", "newest");
    before.close();
    await crashBehind("ledger.db", folder, OPEN);
    const store = await openKvStore(path), newest = await store.read("head", "newest");
    const put = (cell: typeof old) =>
      store.commit({
        checks: [],
        changes: [{ table: "head", key: "newest", value: cell?.value ?? new Uint8Array() }],
      });
    await put(old);
    await assertRejects(
      () => openLedgerFolder(openRequest({ folder }), OPEN),
      Fault,
      "does not name its newest",
    );
    await put(newest);
    store.close();
    await aCall(folder, OPEN);
    await assertVerifies(folder);
  }));

Deno.test({
  name: "symbolic links in place of the staged key or the retired keys are refused before anything is read",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(OPEN, async (folder) => {
      for (const [name, target] of [["signing.key.next", "/etc/hostname"], ["retired", "/tmp"]] as const) {
        Deno.symlinkSync(target, `${folder}/keys/${name}`);
        await assertRejects(() => rotate(folder, OPEN), Fault, "is a symbolic link");
        await assertRejects(() => idNow(folder, OPEN), Fault, "is a symbolic link");
        Deno.removeSync(`${folder}/keys/${name}`);
      }
      await rotate(folder, OPEN);
    }),
});

Deno.test("three rotations at once: one after the other, each from the key of the one before", () =>
  withFolder(OPEN, async (folder) => {
    const first = await idNow(folder, OPEN);
    const done = await Promise.all([1, 2, 3].map(() => rotate(folder, OPEN)));
    const bySeq = done.toSorted((a, b) => a.seq - b.seq);
    assertEquals(bySeq.map(({ old }) => old), [first, ...bySeq.slice(0, 2).map(({ next }) => next)]);
    assertEquals(await idNow(folder, OPEN), bySeq[2]?.next);
    await assertVerifies(folder);
  }));

Deno.test("sessions that open while the key is rotated: each gets the old key or the new one, or the rotation is refused", () =>
  withFolder(OPEN, async (folder) => {
    const calls = () => aCall(folder, OPEN);
    const rotated = (thrown: unknown) =>
      assert(thrown instanceof Fault && /runs?, want none/.test(thrown.message), String(thrown));
    const rotations = Array.from({ length: 6 }, () => rotate(folder, OPEN).then(() => {}, rotated));
    await Promise.all([...rotations, ...Array.from({ length: 6 }, calls)]);
    await assertVerifies(folder);
  }));

Deno.test("a session that runs is left alone: the rotation is refused, and the session goes on", () =>
  withFolder(OPEN, async (folder) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder }), OPEN));
    const { ref } = await ledger.write(heldCall());
    const files = keyFiles(folder);
    const fault = await assertRejects(() => rotate(folder, OPEN), Fault, "1 session runs, want none");
    assertEquals([fault.code, fault.hint?.includes("countersign key rotate")], ["usage", true]);
    assertEquals(keyFiles(folder), files);
    assert((await answerHeld(folder, { call: ref.seq, decision: "allow" }, OPEN)).ok);
    await ledger.close("done");
    await rotate(folder, OPEN);
    await assertVerifies(folder);
  }));

Deno.test("a rotation under a passphrase: the new key is protected by the same one", () =>
  withFolder(LOCKED, async (folder) => {
    const { next } = await rotate(folder, LOCKED);
    assert(
      Deno.readTextFileSync(`${folder}/keys/signing.key`).startsWith(
        "countersign/protected-key/v1\nfor signing\n",
      ),
    );
    assertEquals(await idNow(folder, LOCKED), next);
    await assertRejects(() => rotate(folder, OPEN), Fault, "no passphrase is given");
    await assertRejects(
      () => openLedgerFolder(openRequest({ folder }), OPEN),
      Fault,
      "no passphrase is given",
    );
    await assertRejects(() => idNow(folder, { env: () => "another passphrase" }), Fault, "does not fit");
    assertEquals(keyFiles(folder), SETTLED);
  }));

Deno.test("a crash in a rotation, and a passphrase that is missing when it is settled: nothing is lost", () =>
  withFolder(LOCKED, async (folder) => {
    await crashBehind("ledger.db", folder, LOCKED);
    const files = keyFiles(folder);
    await assertRejects(() => idNow(folder, OPEN), Fault, "no passphrase is given");
    assertEquals(keyFiles(folder), files);
    await aCall(folder, LOCKED);
    await assertVerifies(folder);
  }));

Deno.test("protect and unprotect in the ledger's folder; a rotation of plain keys stays plain", () =>
  withFolder(OPEN, async (folder) => {
    assertEquals(await protectKeys(folder, LOCKED), true);
    assertEquals(await protectKeys(folder, LOCKED), false);
    await assertRejects(() => protectKeys(folder, OPEN), Fault, "no passphrase is given");
    await aCall(folder, LOCKED);
    assertEquals(await unprotectKeys(folder, LOCKED), true);
    await rotate(folder, LOCKED);
    assert(Deno.readTextFileSync(`${folder}/keys/signing.key`).includes("BEGIN PRIVATE KEY"));
    await aCall(folder, OPEN);
    await assertVerifies(folder);
  }));

Deno.test("what changes keys makes no ledger where there is none", async () => {
  const outer = await Deno.makeTempDir({ prefix: "countersign-rotation-" });
  const folder = `${outer}/ledger`;
  const acts = [
    () => rotate(folder, OPEN),
    () => protectKeys(folder, LOCKED),
    () => unprotectKeys(folder, OPEN),
    () => withLedger(folder, () => Promise.resolve(), OPEN),
  ];
  for (const act of acts) {
    assertEquals((await assertRejects(act, Fault, "there is no ledger.db")).code, "usage");
  }
  assertEquals([...Deno.readDirSync(outer)], []);
  await Deno.remove(outer);
});

Deno.test("withLedger(): work that began before a rotation and signs behind it is done again with the new key", () =>
  withFolder(OPEN, async (folder) => {
    const ids: string[] = [];
    await withLedger(folder, async ({ keys }) => {
      ids.push(keys.id);
      if (ids.length > 1) return;
      await rotate(folder, OPEN);
      throw new Fault("key", "Cannot append to the ledger: its newest entry is signed by another key");
    }, OPEN);
    assertEquals(ids.length, 2);
    assertEquals(ids[1], await idNow(folder, OPEN));
    // A fault of the key itself is no rotation: it is thrown, once.
    let tries = 0;
    const fail = () => {
      tries++;
      return Promise.reject(new Fault("key", "Cannot use the key"));
    };
    await assertRejects(() => withLedger(folder, fail, OPEN), Fault, "Cannot use the key");
    assertEquals(tries, 1);
  }));
