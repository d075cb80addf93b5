/** A witness that saw a ledger grow tells when somebody with the key shows it another one. Real processes, real HTTP. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Box, fixture, openBox, poll, product } from "./harness.ts";

/** The ledger gets one session more. */
async function runOnceMore(box: Box): Promise<void> {
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  await client.call("echo", { text: "hello" });
  await client.closeInput();
  await client.exited();
}

/** The ledger's witnesses: one, which is started here and listens on a port of its own. */
async function startWitness(box: Box): Promise<void> {
  const made = await box.command(["witness", "init", "--name", "witness.example/w1", "--dir", "w1"]);
  assertEquals(made.code, 0, made.stderr);
  const key = (await box.command(["witness", "key", "--dir", "w1"])).stdout.trim();
  const shown = await box.command(["key", "show", "--json", "--config", box.configPath]);
  const verifier: string = JSON.parse(shown.stdout).verifier_key;
  const args = ["witness", "serve", "--dir", "w1", "--log", verifier, "--listen", "127.0.0.1:0"];
  const server = box.start({ ...product(args), env: box.env(), cwd: box.folder });
  const url = await poll(() => /http:\/\/[\d.:]+/.exec(server.stderr)?.[0], {
    what: "the witness to listen",
    detail: () => server.stderr,
  });
  const policy = `log ${verifier}\nwitness w1 ${key} ${url}\nquorum w1\n`;
  await Deno.writeTextFile(box.path("witnesses.policy"), policy);
}

function checkpoint(box: Box) {
  return box.command([
    "checkpoint",
    "--config",
    box.configPath,
    "--witnesses",
    "witnesses.policy",
    "-o",
    "note.txt",
    "--force",
  ]);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o700 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else {
      await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
      await Deno.chmod(`${to}/${name}`, 0o600);
    }
  }
}

Deno.test("a witness cosigns a ledger that grows, and the quorum verifies", async () => {
  await using box = await openBox();
  await runOnceMore(box);
  await startWitness(box);
  for (let i = 0; i < 2; i++) {
    await runOnceMore(box);
    const made = await checkpoint(box);
    assertEquals(made.code, 0, made.stderr);
    assertStringIncludes(made.stderr, "witness w1 cosigned");
  }
  const verified = await box.command([
    "verify",
    "ledger",
    "--checkpoint",
    "note.txt",
    "--policy",
    "witnesses.policy",
  ]);
  assertEquals(verified.code, 0, verified.stdout + verified.stderr);
  assertMatch(verified.stdout, /^intact /);
});

Deno.test("a ledger that is rolled back, and goes on with its own key, is found by its witness and by a kept checkpoint", async () => {
  await using box = await openBox();
  await runOnceMore(box);
  await startWitness(box);
  await copyFolder(box.ledgerPath, box.path("older"));
  await runOnceMore(box);
  assertEquals((await checkpoint(box)).code, 0);
  await Deno.copyFile(box.path("note.txt"), box.path("kept.txt"));

  await Deno.remove(box.ledgerPath, { recursive: true });
  await copyFolder(box.path("older"), box.ledgerPath);
  const rolledBack = await checkpoint(box);
  assertEquals(rolledBack.code, 1, rolledBack.stderr);
  assertStringIncludes(rolledBack.stderr, "rolled back");
  const truncated = await box.command(["verify", "ledger", "--checkpoint", "kept.txt"]);
  assertEquals([truncated.code, truncated.stdout.split(" ")[0]], [1, "truncated"]);

  for (let i = 0; i < 2; i++) await runOnceMore(box);
  const forked = await checkpoint(box);
  assertEquals(forked.code, 1, forked.stderr);
  assertStringIncludes(forked.stderr, "two histories");
  const found = await box.command(["verify", "ledger", "--checkpoint", "kept.txt"]);
  assertEquals([found.code, found.stdout.split(" ")[0]], [1, "forked"]);
  // Without what others saw, nothing is wrong with it: that is what they are for.
  assertEquals((await box.command(["verify", "ledger"])).code, 0);
});

Deno.test("a run shows its last checkpoint to the configured witnesses, and ends in peace without them", async () => {
  await using box = await openBox();
  await runOnceMore(box);
  await startWitness(box);
  const config = '[ledger]\npath = "ledger"\nwitnesses = "witnesses.policy"\n';
  await Deno.writeTextFile(box.configPath, `version = 1\n[policy]\nfiles = ["permissive"]\n${config}`);
  const upstream = fixture("echo_upstream.ts");
  const run = () => {
    const args = ["run", "--config", box.configPath, "--", upstream.command, ...upstream.args];
    return box.start({ ...product(args), env: box.env(), cwd: box.folder });
  };
  const told = async (): Promise<string> => {
    const client = run();
    await client.initialize();
    await client.closeInput();
    assertEquals((await client.exited()).code, 0, client.stderr);
    return client.stderr;
  };
  assertStringIncludes(await told(), "witness w1 cosigned the checkpoint of");
  const policy = await Deno.readTextFile(box.path("witnesses.policy"));
  await Deno.writeTextFile(box.path("witnesses.policy"), policy.replace(/http:\S+/, "http://127.0.0.1:9"));
  assertStringIncludes(await told(), "witness w1 did not cosign: it gave no answer");
});
