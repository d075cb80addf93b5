/** Full recording, the mirror and pruning, with real processes that are killed at any instant. */
import { assert, assertEquals } from "@std/assert";
import { makeDigester, readPayloads, type StoredEntry } from "../../lib/ledger/mod.ts";
import { openLedgerReader } from "../../lib/store/mod.ts";
import { type Box, fixture, type LineClient, openBox, product, rounds, verify } from "./harness.ts";

const SOUND = ["intact", "intact-open", "recovered"];
const KILLS = rounds(4, 60);

/** The product with everything recorded, and mirrored. */
function launchRecording(box: Box) {
  const launch = box.proxied(fixture("echo_upstream.ts"));
  const config = Deno.readTextFileSync(box.configPath);
  const wanted = 'path = "ledger"\nrecord = "full"\nretention = "1ms"\njsonl = "mirror.jsonl"\n';
  Deno.writeTextFileSync(box.configPath, config.replace('path = "ledger"\n', wanted));
  return launch;
}

async function startRecording(box: Box): Promise<LineClient> {
  const client = box.start(launchRecording(box));
  await client.initialize();
  return client;
}

async function finish(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited(60_000)).code, 0, client.stderr);
}

/** Arguments of every size, from what lies in an entry's commit to what needs commits of its own. */
function argumentsOf(n: number): { readonly n: number; readonly text: string } {
  const size = n % 7 === 3 ? 150_000 : n % 7 === 5 ? 20_000 : 40;
  let text = "";
  for (let at = n; text.length < size; at++) text += Math.imul(at + 1, 2654435761).toString(36);
  return { n, text };
}

async function killedUnderLoad(box: Box, replies: number): Promise<void> {
  const client = await startRecording(box);
  const enough = Promise.withResolvers<void>();
  let seen = 0, sent = 0;
  const lane = async () => {
    for (;;) {
      await client.call("echo", argumentsOf(sent++));
      if (++seen >= replies) enough.resolve();
    }
  };
  const loading = Promise.allSettled(Array.from({ length: 16 }, lane));
  await Promise.race([enough.promise, loading]);
  client.kill("SIGKILL");
  await client.exited();
  await loading;
  await box.noneLeft();
}

async function blindingKey(box: Box): Promise<Uint8Array> {
  const text = await Deno.readTextFile(`${box.ledgerPath}/keys/blinding.key`);
  return Uint8Array.fromHex(text.trim());
}

/** Counts the payloads of calls that were let through; one that is missing or damaged is a failure. */
async function payloadsKept(box: Box): Promise<number> {
  const digester = makeDigester(await blindingKey(box));
  const reader = await openLedgerReader(box.ledgerPath);
  let kept = 0;
  try {
    for await (const { stored } of reader.oldestFirst()) {
      const side = stored === undefined ? undefined : sideOf(stored);
      if (stored === undefined || side === undefined) continue;
      const { entry } = stored;
      const found = await readPayloads(reader.rows, entry, digester.keyOf(entry.id));
      assert(found[side] !== undefined, `the ${side} of entry ${entry.seq} is not there: ${found.damaged}`);
      kept++;
    }
  } finally {
    reader.close();
  }
  return kept;
}

function sideOf({ entry: { kind, verdict, output } }: StoredEntry): "input" | "output" | undefined {
  if (kind === "call" && (verdict === "forward" || verdict === "redact")) return "input";
  return kind === "outcome" && output !== undefined ? "output" : undefined;
}

/** The mirror is what `audit` prints, oldest first. */
async function assertMirrored(box: Box): Promise<void> {
  const { stdout } = await box.command(["audit", "--json"]);
  const mirror = await Deno.readTextFile(box.path("mirror.jsonl"));
  assertEquals(mirror.trimEnd().split("\n"), stdout.trimEnd().split("\n").reverse());
}

Deno.test(`killed ${KILLS} times under load, every call that left has its payload, and the mirror every entry once`, async () => {
  await using box = await openBox();
  for (let kill = 0; kill < KILLS; kill++) {
    await killedUnderLoad(box, Math.floor(Math.random() * 120));
    const { status, finding } = await verify(box);
    assert(SOUND.includes(status), `after kill ${kill + 1}: ${status} ${JSON.stringify(finding)}`);
  }
  const client = await startRecording(box);
  await client.call("echo", argumentsOf(0));
  await finish(client);
  assert(await payloadsKept(box) > KILLS);
  await assertMirrored(box);
  assertEquals(((await Deno.stat(box.path("mirror.jsonl"))).mode ?? 0) & 0o777, 0o600);
});

Deno.test("two products record, mirror and are pruned at once: nothing is refused, nothing breaks", async () => {
  await using box = await openBox();
  const old = await startRecording(box);
  await callAll(old, 30);
  await finish(old);
  const clients = await Promise.all([startRecording(box), startRecording(box)]);
  const traffic = Promise.all(clients.map((client) => callAll(client, 60)));
  const pruned = [];
  for (let i = 0; i < 2; i++) {
    pruned.push(
      await Promise.all([
        box.command(["ledger", "prune", "--entries", "--json"]),
        box.command(["ledger", "prune", "--older-than", "1ms", "--json"]),
      ]),
    );
  }
  await traffic;
  await Promise.all(clients.map(finish));
  for (const { code, stderr } of pruned.flat()) assertEquals(code, 0, stderr);
  const mirror = (await Deno.readTextFile(box.path("mirror.jsonl"))).trimEnd().split("\n");
  assertEquals(mirror.map((line) => JSON.parse(line).seq), mirror.map((_, seq) => seq), "one mirror of both");
  assert(mirror.length > 300);
  const texts = pruned.map(([{ stdout }]) => JSON.parse(stdout).entries as number);
  assert((texts[0] ?? 0) > 60, "the session that had ended was pruned");
  assertEquals((await verify(box)).status, "intact");
  // With no session running, nothing is too young.
  const alone = await box.command(["ledger", "prune", "--entries"]);
  assertEquals([alone.code, alone.stderr], [0, ""], "nothing that went is left in the file");
  assertEquals((await box.command(["ledger", "prune", "--json"])).stdout.includes('"payloads":0'), true);
  assertEquals((await verify(box)).status, "intact");
  assertEquals(await payloadsKept(box), 0);
});

async function callAll(client: LineClient, count: number): Promise<void> {
  const replies = await Promise.all(
    Array.from({ length: count }, (_, n) => client.call("echo", argumentsOf(n))),
  );
  assertEquals(replies.map(({ result }) => result?.isError), Array(count).fill(undefined));
}

Deno.test("pruning that is killed at any instant leaves a ledger that verifies, and is ended by the next", async () => {
  await using box = await openBox();
  const client = await startRecording(box);
  await callAll(client, 250);
  await finish(client);
  const prune = ["ledger", "prune", "--entries"];
  const began = performance.now();
  assertEquals((await box.command([...prune, "--dry-run"])).code, 0);
  const lastsMs = performance.now() - began;
  for (let kill = 0; kill < KILLS; kill++) {
    const { command, args } = product(prune);
    const child = new Deno.Command(command, {
      args: [...args],
      env: box.env(),
      clearEnv: true,
      cwd: box.folder,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const timer = setTimeout(() => killIfRunning(child), lastsMs * (0.3 + Math.random()));
    const { success } = await child.status;
    clearTimeout(timer);
    const { status, finding } = await verify(box);
    assert(SOUND.includes(status), `after kill ${kill + 1}: ${status} ${JSON.stringify(finding)}`);
    if (success) break; // it was faster, and left nothing to prune
  }
  const last = await box.command(prune);
  assertEquals(last.code, 0, last.stderr);
  assert(["intact", "recovered"].includes((await verify(box)).status));
  assertEquals(await payloadsKept(box), 0);
});

function killIfRunning(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown; // it has just ended by itself
  }
}
