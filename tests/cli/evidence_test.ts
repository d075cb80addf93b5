/** `receipt`, `export` and `verify` of what they made, as people use them. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { call, openRequest, outcome, simple } from "../ledger/support.ts";
import { tamper } from "../ledger/tamper.ts";
import { runStep } from "./script.ts";

interface Place {
  readonly outer: string;
  readonly key: string;
  /** Runs `countersign WORDS`, split at spaces. */
  run(words: string): Promise<{ exit: number; stdout: readonly string[]; stderr: readonly string[] }>;
}

/** A ledger of 3 calls with their outcomes in a closed session: 8 entries. */
async function withLedger(test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-evidence-" }));
  try {
    const request = openRequest({ folder: `${outer}/ledger`, record: "full" });
    const ledger = simple(await openLedgerFolder(request));
    for (const tool of ["read_file", "delete_file", "read_file"]) {
      const { ref } = await ledger.write(call({ tool }));
      await ledger.write(outcome(ref.seq, { tool }));
    }
    await ledger.close("client-eof");
    const key = `${outer}/ledger/keys/signing.pub`;
    await test({ outer, key, run: (words) => runStep({ argv: words.split(" ") }, outer) });
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

Deno.test("receipt: to a file or to stdout, self-contained, and never over a file that is there", () =>
  withLedger(async ({ run, outer, key }) => {
    const made = await run("receipt 3 -o r.json --ledger ledger");
    assertEquals([made.exit, made.stderr], [0, []]);
    assertStringIncludes(made.stdout[0], "made r.json: entry 3, key ");
    const text = await Deno.readTextFile(`${outer}/r.json`);
    assertEquals((await run("receipt 3 --ledger ledger")).stdout.join("\n"), text.trimEnd());
    assertEquals(((await Deno.stat(`${outer}/r.json`)).mode ?? 0) & 0o777, 0o600);
    const again = await run("receipt 3 -o r.json --ledger ledger");
    assertEquals(again.exit, 2);
    assertStringIncludes(again.stderr[0], 'cannot write the receipt: there is something at "');
    assertEquals((await run("receipt 4 -o r.json --force --ledger ledger")).exit, 0);
    assertEquals(JSON.parse(await Deno.readTextFile(`${outer}/r.json`)).entry.seq, 4);
    assertEquals((await run(`verify r.json --public-key ${key}`)).stdout[0], "intact 1 entry");
    assertEquals(await leftovers(outer), []);
  }));

Deno.test("receipt: discloses what it is asked to, and makes none of an entry that is not there", () =>
  withLedger(async ({ run }) => {
    const disclosed = (words: string) =>
      run(`${words} --ledger ledger`).then(({ stdout }) => JSON.parse(stdout.join("\n")).disclosed);
    assertEquals(await disclosed("receipt 1"), undefined);
    assertEquals(Object.keys(await disclosed("receipt 1 --disclose")), ["k"]);
    assertEquals(Object.keys(await disclosed("receipt 1 --payload")), ["k", "input"]);
    assertEquals(Object.keys(await disclosed("receipt 2 --payload")), ["k", "output"]);
    const missing = await run("receipt 99 --ledger ledger");
    assertEquals([missing.exit, missing.stdout], [2, []]);
    assertStringIncludes(missing.stderr[0], "there is no entry 99");
  }));

Deno.test("export: a folder and an archive of all entries verify alike, with the ledger's own word", () =>
  withLedger(async ({ run, outer, key }) => {
    for (const path of ["pack", "pack.tar"]) {
      const made = await run(`export -o ${path} --ledger ledger`);
      assertEquals([made.exit, made.stderr], [0, []]);
      assertStringIncludes(made.stdout[0], `made ${path}: 8 entries, signed by key `);
      const verified = await run(`verify ${path} --public-key ${key} --json`);
      const report = JSON.parse(verified.stdout.join(""));
      assertEquals([verified.exit, report.status, report.entries], [0, "intact", 8]);
    }
    assertEquals(await leftovers(outer), []);
  }));

Deno.test("export: what was asked for and no more, with payloads where they are asked for", () =>
  withLedger(async ({ run, outer, key }) => {
    const made = await run("export -o some.tar --tool delete_* --from 2 --json --ledger ledger");
    assertEquals(JSON.parse(made.stdout.join("")).entries, 2);
    const verified = await run(`verify some.tar --public-key ${key}`);
    assertEquals([verified.exit, verified.stdout[0]], [0, "intact 2 entries"]);
    await run("export -o full --payloads --to 2 --ledger ledger");
    const payloads = (await Deno.readTextFile(`${outer}/full/payloads/payloads.jsonl`)).trimEnd().split("\n");
    assertEquals(payloads.map((line) => Object.keys(JSON.parse(line))), [["seq", "k", "input"], [
      "seq",
      "k",
      "output",
    ]]);
    const wrong = await run("export -o x --from -1 --ledger ledger");
    assertEquals(wrong.exit, 2);
  }));

Deno.test("export: replaces a pack when it is told to, and never anything else", () =>
  withLedger(async ({ run, outer }) => {
    await run("export -o pack --ledger ledger");
    assertEquals((await run("export -o pack --ledger ledger")).exit, 2);
    assertEquals((await run("export -o pack --to 3 --force --ledger ledger")).exit, 0);
    assertEquals((await Deno.readTextFile(`${outer}/pack/entries.jsonl`)).trimEnd().split("\n").length, 4);
    await Deno.mkdir(`${outer}/home`);
    await Deno.writeTextFile(`${outer}/home/letter.txt`, "dear");
    const refused = await run("export -o home --force --ledger ledger");
    assertEquals(refused.exit, 2);
    assertEquals(await Deno.readTextFile(`${outer}/home/letter.txt`), "dear");
    assertEquals((await run("export --ledger ledger")).exit, 2);
    assertEquals(await leftovers(outer), []);
  }));

Deno.test("verify: an archive that was tampered with, and a folder with something foreign in it", () =>
  withLedger(async ({ run, outer, key }) => {
    await run("export -o pack.tar --ledger ledger");
    const bytes = await Deno.readFile(`${outer}/pack.tar`);
    const at = new TextDecoder("latin1").decode(bytes).indexOf("delete_file");
    await Deno.writeFile(`${outer}/edited.tar`, bytes.with(at, 0x44));
    const edited = await run(`verify edited.tar --public-key ${key}`);
    assertEquals([edited.exit, edited.stdout[0]], [1, "broken at entry 3"]);
    await Deno.writeFile(`${outer}/cut.tar`, bytes.subarray(0, bytes.length - 700));
    assertEquals((await run(`verify cut.tar --public-key ${key}`)).exit === 0, false);
    await run("export -o pack --ledger ledger");
    await Deno.symlink("/etc/passwd", `${outer}/pack/keys/link.pub`);
    assertEquals((await run(`verify pack --public-key ${key}`)).exit === 0, false);
  }));

async function leftovers(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (/\.(partial|old)$/.test(name)) names.push(name);
  return names;
}

Deno.test("certificate: issued over a verified ledger, checked by key file and by key set", () =>
  withLedger(async ({ run, outer, key }) => {
    const made = await run("certificate issue --since 1h -o c.jws --ledger ledger");
    assertEquals([made.exit, made.stderr], [0, []]);
    assertStringIncludes(made.stdout[0], "made c.jws: 8 entries, ledger intact, holds until ");
    const byKey = await run(`certificate verify c.jws --public-key ${key}`);
    assertEquals(byKey.exit, 0);
    assertStringIncludes(byKey.stdout[0], "valid 8 entries from ");
    const { stdout } = await run("key show --jwks --ledger ledger");
    await Deno.writeTextFile(`${outer}/jwks.json`, stdout.join("\n"));
    const bySet = await run("certificate verify c.jws --jwks jwks.json --json");
    const { valid, claims } = JSON.parse(bySet.stdout.join(""));
    assertEquals([bySet.exit, valid, claims.decisions.allow], [0, true, 3]);
    const other = await run(`certificate verify c.jws --public-key ${"ab".repeat(32)}`);
    assertEquals([other.exit, other.stdout[0]?.startsWith("invalid unknown-key: ")], [1, true]);
    assertEquals((await run("certificate verify c.jws")).exit, 2);
    assertEquals((await run("certificate issue --expires 0s --ledger ledger")).exit, 2);
  }));

Deno.test("certificate: counts what is left where entries were pruned, and says how many it does not know", () =>
  withLedger(async ({ run, outer, key }) => {
    assertEquals((await run("ledger prune --entries --older-than 1ms --ledger ledger")).exit, 0);
    const ledger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/ledger` })));
    await ledger.write(call());
    await ledger.close("client-eof");
    for (const since of ["", "--since 1h "]) {
      const made = await run(`certificate issue ${since}--force -o c.jws --ledger ledger`);
      assertStringIncludes(made.stdout[0], "made c.jws: 6 entries, ledger intact");
      const verified = await run(`certificate verify c.jws --public-key ${key} --json`);
      const { entries, pruned, decisions, policies } = JSON.parse(verified.stdout.join("")).claims;
      assertEquals([entries, pruned, decisions.allow, policies.length], [6, 8, 1, 1]);
    }
    const text = await run(`certificate verify c.jws --public-key ${key}`);
    assertStringIncludes(text.stdout.join("\n"), "pruned     8 more, of which nothing is known");
  }));

Deno.test("certificate: none for a ledger that does not verify, or one that says so", () =>
  withLedger(async ({ run, outer, key }) => {
    await tamper(
      `${outer}/ledger`,
      (hands) => hands.edit(3, (text) => text.replace("delete_file", "read_file")),
    );
    const refused = await run("certificate issue -o c.jws --ledger ledger");
    assertEquals([refused.exit, refused.stdout], [1, []]);
    assertStringIncludes(refused.stderr[0], "cannot certify the ledger: it is broken at entry 3");
    assertEquals((await run("certificate issue --as-is -o c.jws --ledger ledger")).exit, 0);
    const verified = await run(`certificate verify c.jws --public-key ${key} --json`);
    const { claims } = JSON.parse(verified.stdout.join(""));
    assertEquals([claims.integrity, claims.entries], [{ status: "broken", entries: 3 }, 3]);
  }));

const SAMPLES = new URL("../vectors/evidence/", import.meta.url).pathname;

Deno.test("the samples that other verifiers are tried with verify here, too", async (t) => {
  const key = (await Deno.readTextFile(`${SAMPLES}public-key.txt`)).trim();
  const names: string[] = [];
  for await (const { name } of Deno.readDir(SAMPLES)) if (!name.endsWith(".txt")) names.push(name);
  assertEquals(names.toSorted(), [
    "pack-filtered",
    "pack-whole",
    "pack-whole.tar",
    "receipt-disclosed.json",
    "receipt.json",
  ]);
  for (const name of names) {
    await t.step(name, async () => {
      const verified = await runStep({ argv: ["verify", `${SAMPLES}${name}`, "--public-key", key] }, SAMPLES);
      assertEquals([verified.exit, verified.stdout[0]?.split(" ")[0]], [0, "intact"]);
    });
  }
});
