/** Real processes at the edges of tiles: several at once, and killed at random instants. */
import { assert, assertEquals } from "@std/assert";
import { loadPublicKeyFile } from "../../lib/identity/mod.ts";
import { type LedgerStore, makeCheckpoint, verifyLedger } from "../../lib/ledger/mod.ts";
import { openLedgerFolder, withLedger } from "../../lib/store/mod.ts";
import { openRequest } from "../ledger/support.ts";
import { checkTree, checkWholeTree, type TreeRows } from "../ledger/tree/tree_support.ts";

const WRITER = new URL("./ledger_writer_process.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const KILLS = Number(Deno.env.get("COUNTERSIGN_TEST_KILLS") ?? "6");

function writer(folder: string, calls: number, lanes: number): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", CONFIG, WRITER, folder, String(calls), String(lanes)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Reads what the process says until it ends; `enough` is asked with the number of lines so far. */
async function listen(process: Deno.ChildProcess, enough: (lines: number) => void = () => {}): Promise<void> {
  let lines = 0;
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    lines += chunk.split("\n").length - 1;
    enough(lines);
  }
  await process.status;
}

async function checked(
  folder: string,
  check: (store: LedgerStore, publicKey: Uint8Array) => Promise<TreeRows>,
): Promise<TreeRows> {
  const publicKey = await loadPublicKeyFile(folder);
  if (publicKey === undefined) throw new Error("the ledger has no public key");
  return await withLedger(folder, async ({ store }) => {
    const { status } = await verifyLedger(store, { publicKeys: [publicKey] });
    assert(["intact", "intact-open", "recovered"].includes(status), status);
    return await check(store, publicKey);
  });
}

async function inTempFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-tree-" });
  try {
    await test(`${folder}/ledger`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("four processes and one that asks for checkpoints: every tile is there, and every checkpoint is true", () =>
  inTempFolder(async (folder) => {
    await (await openLedgerFolder(openRequest({ folder }))).close("made");
    const processes = [1, 2, 3, 4].map(() => writer(folder, 400, 8));
    const sizes: number[] = [];
    const ask = async () => {
      while (sizes.length < 20) {
        sizes.push(await withLedger(folder, async (deps) => (await makeCheckpoint(deps)).size));
      }
    };
    await Promise.all([...processes.map((process) => listen(process)), ask()]);
    // In a crowd a tile may be left to the next one who fills one, or who closes.
    await checked(folder, checkTree);
    await (await openLedgerFolder(openRequest({ folder }))).close("done");
    const rows = await checked(folder, checkWholeTree);
    assertEquals(rows.size, 4 * 802 + 4);
    assertEquals(sizes, sizes.toSorted((a, b) => a - b));
    assert(sizes.every((size) => rows.checkpoints.includes(size)));
  }));

Deno.test(`a process that is killed ${KILLS} times leaves tiles that are right or absent, and the next ones fill in`, () =>
  inTempFolder(async (folder) => {
    for (let kill = 0; kill < KILLS; kill++) {
      const process = writer(folder, 100_000, 4);
      const after = 60 + Math.floor(Math.random() * 200);
      let killed = false;
      await listen(process, (lines) => {
        if (killed || lines < after) return;
        killed = true;
        process.kill("SIGKILL");
      });
      await checked(folder, checkTree);
    }
    await (await openLedgerFolder(openRequest({ folder }))).close("done");
    const { tiles, size } = await checked(folder, checkWholeTree);
    assert(tiles.length >= Math.floor(size / 256));
  }));
