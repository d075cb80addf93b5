import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault, toHex } from "../../lib/base/mod.ts";
import {
  createKeyFiles,
  KEY_FILES,
  keyProtection,
  type Keys,
  loadKeyFiles,
  loadPublicKeys,
  Passphrase,
  passphraseToProtectWith,
  protectKeyFiles,
  publicKeyText,
  removeLeftovers,
  unprotectKeyFiles,
} from "../../lib/identity/mod.ts";

const WORDS = "correct horse battery staple";

/** Runs `test` in a folder with keys; protected where `passphrase` is given. */
async function withKeys(
  passphrase: Passphrase | undefined,
  test: (folder: string, keys: Keys) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-keys-" });
  try {
    await Deno.mkdir(`${folder}/${KEY_FILES.folder}`, { mode: 0o700 });
    await test(folder, await createKeyFiles(folder, passphrase));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertSame(one: Keys, other: Keys): void {
  assertEquals([one.id, toHex(one.blinding)], [other.id, toHex(other.blinding)]);
}

Deno.test("createKeyFiles() with a passphrase: no secret is in the open from the first byte on", () =>
  withKeys(new Passphrase(WORDS), async (folder, keys) => {
    assertEquals(await keyProtection(folder), "protected");
    for (const name of [KEY_FILES.signing, KEY_FILES.blinding]) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      assert(!text.includes("PRIVATE") && !text.includes(toHex(keys.blinding)));
      if (Deno.build.os !== "windows") {
        assertEquals((Deno.statSync(`${folder}/${name}`).mode ?? 0) & 0o777, 0o600);
      }
    }
    assertSame(await loadKeyFiles(folder, new Passphrase(WORDS)), keys);
  }));

Deno.test("protected keys: no passphrase and a wrong one are a Fault each, whose hint names the variable", () =>
  withKeys(new Passphrase(WORDS), async (folder) => {
    const none = await assertRejects(() => loadKeyFiles(folder), Fault, "no passphrase is given");
    const wrong = await assertRejects(
      () => loadKeyFiles(folder, new Passphrase("hunter2 hunter2")),
      Fault,
      "does not fit",
    );
    for (const fault of [none, wrong]) {
      assertEquals(fault.code, "key");
      assert(fault.hint?.includes("COUNTERSIGN_KEY_PASSPHRASE"));
      assert(!`${fault.message}${fault.hint}`.includes("hunter2"));
    }
  }));

Deno.test("plain keys and a passphrase: they open as before", () =>
  withKeys(undefined, async (folder, keys) => {
    assertSame(await loadKeyFiles(folder, new Passphrase(WORDS)), keys);
    assertEquals(await keyProtection(folder), "plain");
  }));

Deno.test("a passphrase that is too short makes no keys", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-keys-" });
  await Deno.mkdir(`${folder}/${KEY_FILES.folder}`);
  await assertRejects(() => createKeyFiles(folder, new Passphrase("short")), Fault, "too short");
  assertEquals([...Deno.readDirSync(`${folder}/${KEY_FILES.folder}`)], []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("protect and unprotect: the same keys, there and back; a second time changes nothing", () =>
  withKeys(undefined, async (folder, keys) => {
    const passphrase = new Passphrase(WORDS);
    assertEquals(await protectKeyFiles(folder, passphrase), true);
    assertEquals(await keyProtection(folder), "protected");
    const before = await Deno.readTextFile(`${folder}/${KEY_FILES.signing}`);
    assertEquals(await protectKeyFiles(folder, passphrase), false);
    assertEquals(await Deno.readTextFile(`${folder}/${KEY_FILES.signing}`), before);
    assertEquals(await unprotectKeyFiles(folder, passphrase), true);
    assertEquals(await keyProtection(folder), "plain");
    assertEquals(await unprotectKeyFiles(folder, undefined), false);
    assertSame(await loadKeyFiles(folder), keys);
  }));

Deno.test("protect and unprotect with a wrong passphrase, with a short one, with none: nothing changes", () =>
  withKeys(new Passphrase(WORDS), async (folder) => {
    const before = snapshot(folder);
    await assertRejects(
      () => protectKeyFiles(folder, new Passphrase("hunter2 hunter2")),
      Fault,
      "does not fit",
    );
    await assertRejects(() => protectKeyFiles(folder, new Passphrase("short")), Fault, "too short");
    await assertRejects(
      () => unprotectKeyFiles(folder, new Passphrase("hunter2 hunter2")),
      Fault,
      "does not fit",
    );
    await assertRejects(() => unprotectKeyFiles(folder, undefined), Fault, "no passphrase");
    assertEquals(snapshot(folder), before);
    let fault: unknown;
    try {
      passphraseToProtectWith(undefined);
    } catch (thrown) {
      fault = thrown;
    }
    assert(fault instanceof Fault && fault.message.includes("no passphrase is given"));
  }));

function snapshot(folder: string): Record<string, string> {
  const files = [...Deno.readDirSync(`${folder}/${KEY_FILES.folder}`)].filter(({ isFile }) => isFile);
  return Object.fromEntries(files.map(({ name }) => [name, Deno.readTextFileSync(`${folder}/keys/${name}`)]));
}

// What a crash leaves between the two files: one under the passphrase, the other in the open.
for (const [name, plain] of [["the first", KEY_FILES.signing], ["the second", KEY_FILES.blinding]] as const) {
  Deno.test(`a crash that left ${name} file in the open: the keys open, and either command ends its work`, () =>
    withKeys(undefined, async (folder, keys) => {
      const passphrase = new Passphrase(WORDS);
      const text = await Deno.readTextFile(`${folder}/${plain}`);
      await protectKeyFiles(folder, passphrase);
      await Deno.writeTextFile(`${folder}/${plain}`, text);
      assertEquals(await keyProtection(folder), "mixed");
      assertSame(await loadKeyFiles(folder, passphrase), keys);
      // Whoever mistypes the second attempt must not end with two passphrases.
      await assertRejects(
        () => protectKeyFiles(folder, new Passphrase("hunter2 hunter2")),
        Fault,
        "does not fit",
      );
      assertEquals(await protectKeyFiles(folder, passphrase), true);
      assertEquals(await keyProtection(folder), "protected");
      await Deno.writeTextFile(`${folder}/${plain}`, text);
      assertEquals(await unprotectKeyFiles(folder, passphrase), true);
      assertSame(await loadKeyFiles(folder), keys);
    }));
}

Deno.test("a half-written file of a crash goes away, also where everything was protected before", () =>
  withKeys(new Passphrase(WORDS), async (folder) => {
    const left = `${folder}/${KEY_FILES.signing}.new`;
    await Deno.writeTextFile(left, "-----BEGIN PRIVATE KEY-----");
    assertEquals(await protectKeyFiles(folder, new Passphrase(WORDS)), false);
    await assertRejects(() => Deno.lstat(left), Deno.errors.NotFound);
    await Deno.writeTextFile(`${folder}/${KEY_FILES.next}.new`, "-----BEGIN PRIVATE KEY-----");
    await removeLeftovers(folder);
    await assertRejects(() => Deno.lstat(`${folder}/${KEY_FILES.next}.new`), Deno.errors.NotFound);
  }));

const ODD_FILES: readonly (readonly [name: string, make: (path: string) => Promise<void>, says: string])[] = [
  ["a gigabyte", (path) => Deno.truncate(path, 1 << 30), "1073741824 bytes, want at most 16384"],
  ["a folder", (path) => Deno.remove(path).then(() => Deno.mkdir(path)), "it is not a file"],
  ["a pipe that nobody writes to", pipe, "it is not a file"],
  ["bytes that are no text", (path) => Deno.writeFile(path, Uint8Array.of(0xff, 0xfe)), "not UTF-8"],
  ["nothing", (path) => Deno.writeTextFile(path, ""), "not an Ed25519 private key"],
  [
    "half a protected file",
    (path) => Deno.writeTextFile(path, "countersign/protected-key/v1\nfor sig"),
    "not the form",
  ],
];
for (const [name, make, says] of ODD_FILES) {
  Deno.test({
    name: `a key file that is ${name} is refused, and nothing of it is said`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withKeys(undefined, async (folder) => {
        await make(`${folder}/${KEY_FILES.signing}`);
        const fault = await assertRejects(() => loadKeyFiles(folder, new Passphrase(WORDS)), Fault, says);
        assertEquals(fault.code, "key");
      }),
  });
}

async function pipe(path: string): Promise<void> {
  await Deno.remove(path);
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert(success);
}

Deno.test("loadPublicKeys(): the current key, the retired ones by id, and what is not what its name says", () =>
  withKeys(undefined, async (folder, keys) => {
    assertEquals((await loadPublicKeys(folder)).retired, []);
    const retired = `${folder}/${KEY_FILES.retired}`;
    await Deno.mkdir(retired);
    const old = new Uint8Array(32).fill(7), id = "4bb06f8e4e3a7715";
    const files: Readonly<Record<string, string>> = {
      [`${id}.pub`]: publicKeyText(old),
      [`${keys.id}.pub`]: publicKeyText(keys.publicKey), // a rotation that a crash stopped
      "0123456789abcdef.pub": publicKeyText(old),
      "fedcba9876543210.pub": "garbage",
      "notes.txt": "mine",
      [`${id}.pub.new`]: "-----BEG",
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${retired}/${name}`, text);
    await Deno.mkdir(`${retired}/aaaaaaaaaaaaaaaa.pub`);
    assertEquals(await loadPublicKeys(folder), {
      current: { id: keys.id, publicKey: keys.publicKey },
      retired: [{ id, publicKey: old }],
      odd: ["0123456789abcdef.pub", "aaaaaaaaaaaaaaaa.pub", "fedcba9876543210.pub", "notes.txt"],
    });
  }));

Deno.test("loadPublicKeys(): a folder without keys has none", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-keys-" });
  assertEquals(await loadPublicKeys(folder), { current: undefined, retired: [], odd: [] });
  await Deno.remove(folder);
});
