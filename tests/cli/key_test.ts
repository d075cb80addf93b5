import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createPublicKey } from "node:crypto";
import { main } from "../../lib/cli/mod.ts";
import { keyCheck } from "../../lib/cli/key_check.ts";
import { publicKeyFromText } from "../../lib/identity/mod.ts";

const PASSPHRASE = "correct horse battery staple";

interface Done {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}
type Run = (argv: readonly string[], passphrase?: string) => Promise<Done>;

function ioIn(folder: string, passphrase: string | undefined) {
  const said = { out: "", err: "" };
  return {
    said,
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    terminal: { out: false, err: false },
    env: (name: string) => ({ HOME: folder, USER: "jane", COUNTERSIGN_KEY_PASSPHRASE: passphrase })[name],
    cwd: () => folder,
  };
}

/** Runs `test` in a folder where `init` was run, with a passphrase or without. */
async function inProject(
  passphrase: string | undefined,
  test: (run: Run, folder: string, made: Done) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-key-" }));
  const run: Run = async (argv, words) => {
    const io = ioIn(folder, words);
    const exit = await main(argv, io);
    const { out, err } = io.said;
    for (const secret of [PASSPHRASE, "hunter2"]) {
      assert(!`${out}${err}`.includes(secret), "a passphrase was shown");
    }
    return { exit, out, err };
  };
  try {
    await test(run, folder, await run(["init"], passphrase));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("init: says whether the key is protected, and makes nothing for a passphrase that protects nothing", async () => {
  await inProject(PASSPHRASE, async (run, _, made) => {
    assertStringIncludes(made.out, ", protected by a passphrase, an empty ledger\n");
    const kept = await run(["init", "--force"], PASSPHRASE);
    assertStringIncludes(kept.out, ", protected by a passphrase, and the ledger as it is\n");
  });
  await inProject("short", (_, folder, made) => {
    assertEquals(made.exit, 3);
    assertStringIncludes(made.err, "error: cannot protect the keys: the passphrase is too short");
    assertEquals([...Deno.readDirSync(folder)], []);
    return Promise.resolve();
  });
});

Deno.test("key show: words and a PEM that other programs read; it needs no passphrase", () =>
  inProject(PASSPHRASE, async (run, folder) => {
    const { exit, out } = await run(["key"]);
    assertEquals(exit, 0);
    const pem = Deno.readTextFileSync(`${folder}/.countersign/keys/signing.pub`);
    assert(out.endsWith(pem), out);
    assertEquals(publicKeyFromText(out), publicKeyFromText(pem));
    assertEquals((await run(["key", "show"])).out, out);
    const id = /key {8}([0-9a-f]{16})\n/.exec(out)?.[1];
    assertStringIncludes(
      out,
      `protected  yes, by a passphrase\nretired    none\nverifier   countersign/${id}+`,
    );
  }));

Deno.test("key show --json and --jwks: the same key in each; retired ones behind it", () =>
  inProject(undefined, async (run) => {
    const before = JSON.parse((await run(["key", "--json"])).out);
    assertEquals(Object.keys(before), ["key", "public_key", "verifier_key", "protection", "retired"]);
    const rotated = JSON.parse((await run(["key", "rotate", "--json"])).out);
    assertEquals([rotated.old, rotated.seq], [before.key, 1]);
    const after = JSON.parse((await run(["key", "--json"])).out);
    assertEquals([after.key, after.retired], [rotated.key, [{
      key: before.key,
      public_key: before.public_key,
    }]]);
    assertEquals(after.protection, "plain");
    const { keys } = JSON.parse((await run(["key", "--jwks"])).out);
    const raw = keys.map((jwk: JsonWebKey) =>
      createPublicKey({ key: jwk as never, format: "jwk" }).export({ format: "jwk" }).x
    );
    const expected = [after.public_key, before.public_key].map((hex) =>
      Uint8Array.fromHex(hex).toBase64({ alphabet: "base64url", omitPadding: true })
    );
    assertEquals(raw, expected);
    assertEquals(keys.map(({ kid }: { kid: string }) => kid), [after.key, before.key]);
  }));

Deno.test("key protect, rotate, unprotect: each says what it did, and what to do next", () =>
  inProject(undefined, async (run, folder) => {
    const none = await run(["key", "protect"]);
    assertEquals([none.exit, none.out], [3, ""]);
    assertStringIncludes(none.err, "no passphrase is given\nhint: set COUNTERSIGN_KEY_PASSPHRASE");
    const done = await run(["key", "protect"], PASSPHRASE);
    assertStringIncludes(
      done.out,
      "protected keys/signing.key and keys/blinding.key\nnext:\n  set COUNTERSIGN_KEY_PASSPHRASE",
    );
    assertStringIncludes(
      (await run(["key", "protect"], PASSPHRASE)).out,
      "kept keys/: the keys are protected",
    );
    const wrong = await run(["key", "rotate"], "hunter2 hunter2");
    assertEquals([wrong.exit, wrong.out], [3, ""]);
    assertStringIncludes(wrong.err, "the passphrase does not fit");
    const rotated = await run(["key", "rotate"], PASSPHRASE);
    assertStringIncludes(rotated.out, "signed entry 1, by which key ");
    const unprotected = await run(["key", "unprotect"], PASSPHRASE);
    assertStringIncludes(unprotected.out, "are in plain text now");
    assertEquals((await run(["key", "unprotect"])).out, "kept keys/: the keys are not protected\n");
    const text = Deno.readTextFileSync(`${folder}/.countersign/keys/signing.key`);
    assertStringIncludes(text, "BEGIN PRIVATE KEY");
  }));

const MISUSES: readonly (readonly [argv: readonly string[], says: string])[] = [
  [["key", "rotat"], 'there is no "rotat"\nhint: did you mean: countersign key rotate'],
  [["key", "protect", "now"], '"now" is one word too many'],
  [["key", "protect", "--json"], "--json is not for it"],
  [["key", "rotate", "--jwks"], "--jwks is not for it"],
  [["key", "--json", "--jwks"], "--json and --jwks are both given"],
  [["key", "--ledger", "nowhere"], "there is no keys/signing.pub"],
  [["key", "rotate", "--ledger", "nowhere"], "there is no ledger.db"],
];
for (const [argv, says] of MISUSES) {
  Deno.test(`${argv.join(" ")}: a usage error`, () =>
    inProject(undefined, async (run) => {
      const { exit, out, err } = await run(argv);
      assertEquals([exit, out], [2, ""], err);
      assertStringIncludes(err, says);
    }));
}

Deno.test("keyCheck(): what doctor says of plain, protected and half protected keys, with a passphrase and without", () =>
  inProject(undefined, async (run, folder) => {
    const ledger = `${folder}/.countersign`;
    const says = async (passphrase?: string) => {
      const lines = await keyCheck(ledger, ioIn(folder, passphrase));
      return lines.map(({ status, detail, fix }) =>
        `${status} ${detail.replace(/[0-9a-f]{16}/g, "K")} | ${fix}`
      );
    };
    assertEquals(await keyCheck(`${folder}/nowhere`, ioIn(folder, undefined)), []);
    assertEquals(await says(), ["ok K, not protected by a passphrase | undefined"]);
    assertEquals(await says(PASSPHRASE), [
      "warn K, not protected, although a passphrase is set | countersign key protect",
    ]);
    const plain = Deno.readTextFileSync(`${ledger}/keys/blinding.key`);
    await run(["key", "protect"], PASSPHRASE);
    await run(["key", "rotate"], PASSPHRASE);
    assertEquals(await says(PASSPHRASE), ["ok K, protected by a passphrase; retired: K | undefined"]);
    assertEquals(await says(), [
      "warn K, protected, and no passphrase is set here; retired: K | set COUNTERSIGN_KEY_PASSPHRASE",
    ]);
    Deno.writeTextFileSync(`${ledger}/keys/blinding.key`, plain);
    Deno.writeTextFileSync(`${ledger}/keys/retired/x.pub`, "x", { mode: 0o600 });
    assertEquals(await says(PASSPHRASE), [
      "warn K, protected in part; retired: K | countersign key protect",
      "warn keys/retired/x.pub is not the public key that its name says | remove it: verification does not need it",
    ]);
    Deno.writeFileSync(`${ledger}/keys/signing.key`, Uint8Array.of(0xff));
    assertStringIncludes((await says())[0] ?? "", "fail cannot read the key file");
  }));

Deno.test("a ledger worker that is replaced in a session opens the protected keys again", () =>
  inProject(PASSPHRASE, async (run, folder) => {
    const script = new URL("./_ledger_worker.ts", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", script, `${folder}/.countersign`],
      env: { COUNTERSIGN_KEY_PASSPHRASE: PASSPHRASE },
    }).output();
    const text = new TextDecoder();
    assert(!text.decode(stderr).includes(PASSPHRASE));
    const { key, hung, seq } = JSON.parse(text.decode(stdout) || text.decode(stderr));
    assertEquals([key, hung], [JSON.parse((await run(["key", "--json"])).out).key, "worker"]);
    assert(seq >= 1);
    assertStringIncludes((await run(["verify"])).out, "intact");
  }));
