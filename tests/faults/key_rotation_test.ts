/** `kill -9` in a rotation, for real: whatever is left opens, verifies under every key it had, and goes on. */
import { assert, assertEquals } from "@std/assert";
import { KEY_FILES, loadPublicKeys } from "../../lib/identity/mod.ts";
import { verifyLedger } from "../../lib/ledger/mod.ts";
import { initLedgerFolder, openLedgerFolder, openLedgerReader } from "../../lib/store/mod.ts";
import { openRequest } from "../ledger/support.ts";

const SCRIPT = new URL("./key_rotation_process.ts", import.meta.url).pathname;
const OPEN = { env: () => undefined };
const LEDGERS = Deno.env.get("SLOW") === "1" ? 10 : 1;
// A new ledger now and then: each is verified under all of its keys after each kill.
const KILLS = 6;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const outer = await Deno.makeTempDir({ prefix: "countersign-rotation-" });
  try {
    await initLedgerFolder(`${outer}/ledger`, OPEN);
    await test(`${outer}/ledger`);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

function rotating(folder: string, step = ""): Deno.ChildProcess {
  const args = ["run", "-A", "--no-check", "--quiet", SCRIPT, folder, step];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
}

/** Opens what the dead process left, writes to it, and verifies under each key by itself. Answers with the key's id. */
async function goesOn(folder: string): Promise<string> {
  const ledger = await openLedgerFolder(openRequest({ folder }), OPEN);
  await ledger.close("done");
  const { current, retired } = await loadPublicKeys(folder);
  assertEquals(current?.id, ledger.opened.key);
  for (const key of [current, ...retired]) {
    if (key === undefined) throw new Error("there is no public key");
    const reader = await openLedgerReader(folder);
    const { status, finding } = await verifyLedger(reader.rows, { publicKeys: [key.publicKey] });
    reader.close();
    assertEquals([status, finding], ["intact", undefined], key.id);
  }
  const left = [...Deno.readDirSync(`${folder}/keys`)].map(({ name }) => name);
  assertEquals(left.filter((name) => /\.(?:next|new)$/.test(name)), []);
  return ledger.opened.key;
}

const STEPS: readonly (readonly [step: string, isNew: boolean])[] = [
  [KEY_FILES.next, false],
  ["ledger.db", true],
  [KEY_FILES.public, true],
  [KEY_FILES.signing, true],
];
for (const [step, isNew] of STEPS) {
  Deno.test(`kill -9 behind ${step}: the ledger is the ${isNew ? "new" : "old"} key's, and goes on`, () =>
    inFolder(async (folder) => {
      const before = (await initLedgerFolder(folder, OPEN)).key;
      const { signal } = await rotating(folder, step).output();
      assertEquals(signal, "SIGKILL");
      assertEquals(await goesOn(folder) !== before, isNew);
    }));
}

Deno.test(`kill -9 at ${KILLS * LEDGERS} random instants of one rotation after the other: nothing that was said is lost`, async () => {
  for (let i = 0; i < LEDGERS; i++) await inFolder(killsOn);
});

async function killsOn(folder: string): Promise<void> {
  for (let i = 0; i < KILLS; i++) {
    const said = await linesUntilKilled(rotating(folder));
    const key = await goesOn(folder);
    const { retired } = await loadPublicKeys(folder);
    for (const id of said) assert(id === key || retired.some((old) => old.id === id), `${id} is lost`);
  }
}

/** Kills the process a random while after its first line. */
async function linesUntilKilled(process: Deno.ChildProcess): Promise<readonly string[]> {
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") setTimeout(() => process.kill("SIGKILL"), Math.random() * 60);
    text += chunk;
  }
  await process.status;
  // A line that the kill cut is none.
  return text.split("\n").slice(0, -1);
}
