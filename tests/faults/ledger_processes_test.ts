/** Real processes on one ledger: several at once, and killed at random instants. */
import { assert, assertEquals } from "@std/assert";
import { loadPublicKeyFile } from "../../lib/identity/mod.ts";
import { type Entry, verifyLedger, type VerifyReport } from "../../lib/ledger/mod.ts";
import { openLedgerFolder, openLedgerReader } from "../../lib/store/mod.ts";
import { openRequest } from "../ledger/support.ts";
import type { Acknowledged } from "./ledger_writer_process.ts";

const WRITER = new URL("./ledger_writer_process.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const KILLS = Number(Deno.env.get("COUNTERSIGN_TEST_KILLS") ?? "10");
const KILLS_A_LEDGER = 10;

function writer(folder: string, ...args: readonly (string | number)[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", CONFIG, WRITER, folder, ...args.map(String)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** What the process said until it ended. A line that a kill cut in half was not said. `onFirst`: it began to speak. */
async function acknowledged(
  process: Deno.ChildProcess,
  onFirst?: () => void,
): Promise<readonly Acknowledged[]> {
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    if (text === "") onFirst?.();
    text += chunk;
  }
  await process.status;
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Acknowledged);
}

async function verified(folder: string): Promise<VerifyReport> {
  const publicKey = await loadPublicKeyFile(folder);
  if (publicKey === undefined) throw new Error("the ledger has no public key");
  const reader = await openLedgerReader(folder);
  try {
    return await verifyLedger(reader.rows, { publicKeys: [publicKey] });
  } finally {
    reader.close();
  }
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const reader = await openLedgerReader(folder);
  const entries: Entry[] = [];
  for await (const { stored } of reader.oldestFirst()) if (stored !== undefined) entries.push(stored.entry);
  reader.close();
  return entries;
}

function tempFolder(): Promise<string> {
  return Deno.makeTempDir({ prefix: "countersign-processes-" });
}

Deno.test("four processes, 500 calls each, one new ledger: no gap, no fork, each answer has its entry, one limit", async () => {
  const folder = await tempFolder();
  const processes = [1, 2, 3, 4].map(() => writer(`${folder}/ledger`, 500, 16, 1500));
  const said = (await Promise.all(processes.map((process) => acknowledged(process)))).flat();
  assertEquals(said.length, 2000);
  const report = await verified(`${folder}/ledger`);
  assertEquals([report.status, report.withoutOutcome], ["intact", 0]);
  const entries = await entriesOf(`${folder}/ledger`);
  assertEquals(new Set(said.map(({ seq }) => seq)).size, 2000, "no two calls share an entry");
  for (const { seq, verdict } of said) {
    assertEquals([entries[seq]?.kind, entries[seq]?.verdict], ["call", verdict]);
  }
  assertEquals(
    said.filter(({ verdict }) => verdict === "forward").length,
    1500,
    "the limit holds over all processes",
  );
  assertEquals(report.entries, 2000 + 1500 + 8);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a budget of 2,000 and 50 calls of 100 at once, from four processes: exactly 20 are forwarded", async () => {
  const folder = await tempFolder();
  const path = `${folder}/ledger`;
  const counts = [13, 13, 12, 12];
  const processes = counts.map((count) => writer(path, count, count, 2000, 100));
  const said = (await Promise.all(processes.map((process) => acknowledged(process)))).flat();
  assertEquals(said.length, 50);
  assertEquals(said.filter(({ verdict }) => verdict === "forward").length, 20);
  const charged = (await entriesOf(path)).flatMap(({ charges = [] }) => charges);
  assertEquals(charged.map(({ amount, limit }) => `${amount} of ${limit}`), Array(20).fill("100 of 2000"));
  // Once more, after a restart: the budget never resets.
  assertEquals(
    (await acknowledged(writer(path, 5, 5, 2000, 100))).map(({ verdict }) => verdict),
    Array(5).fill("refuse"),
  );
  assertEquals((await verified(path)).status, "intact");
  await Deno.remove(folder, { recursive: true });
});

Deno.test(`kill -9 at ${KILLS} random instants: what was answered is recorded, and verify never says broken`, async () => {
  // A new ledger now and then: each is verified whole after each kill, which would take longer and longer.
  for (let left = KILLS; left > 0; left -= KILLS_A_LEDGER) {
    await killsOnOneLedger(Math.min(left, KILLS_A_LEDGER));
  }
});

async function killsOnOneLedger(kills: number): Promise<void> {
  const folder = await tempFolder();
  const path = `${folder}/ledger`;
  await (await openLedgerFolder(openRequest({ folder: path }))).close("done");
  for (let i = 0; i < kills; i++) {
    const process = writer(path, 1_000_000, 8);
    let begin = () => {};
    const writing = new Promise<void>((resolve) => begin = resolve);
    const saying = acknowledged(process, begin);
    // Every other one at any instant, its start included; the rest while they write.
    if (i % 2 === 0) await writing;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
    process.kill("SIGKILL");
    const said = await saying;
    const { status, finding } = await verified(path);
    assert(["intact", "intact-open", "recovered"].includes(status), `${status}: ${JSON.stringify(finding)}`);
    const reader = await openLedgerReader(path);
    for (const { seq } of said) assertEquals((await reader.entry(seq))?.stored?.entry.kind, "call");
    reader.close();
  }
  await (await openLedgerFolder(openRequest({ folder: path }))).close("done");
  const report = await verified(path);
  assertEquals([report.status, report.openSessions], ["recovered", 0]);
  assert(report.recoveredSessions >= kills / 2 && report.recoveredSessions <= kills);
  assertEquals([...Deno.readDirSync(`${path}/sessions`)], [], "no lock file is left behind");
  await Deno.remove(folder, { recursive: true });
}
