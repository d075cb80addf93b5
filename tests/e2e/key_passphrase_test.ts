/** Keys under a passphrase, in a real run: they work in the worker, and the passphrase is nowhere else. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertVerifies, type Box, fixture, openBox } from "./harness.ts";

const PASSPHRASE = "correct horse battery staple";
const VARIABLE = "COUNTERSIGN_KEY_PASSPHRASE";
const env = { [VARIABLE]: PASSPHRASE };

function filesUnder(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesUnder(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

function assertNowhere(box: Box): void {
  for (const path of filesUnder(box.folder)) {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
    assert(!text.includes(PASSPHRASE), `the passphrase is in ${path}`);
  }
}

async function session(box: Box, more: Readonly<Record<string, string>>): Promise<string> {
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { env: more }));
  await client.initialize();
  const { result } = await client.call("env");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  assert(!client.stderr.includes(PASSPHRASE), client.stderr);
  return result.content[0].text;
}

Deno.test("the first run under a passphrase makes protected keys; no upstream sees it, and nothing holds it", async () => {
  await using box = await openBox();
  const seen = await session(box, env);
  assert(!seen.includes("COUNTERSIGN_") && seen.includes("E2E_MARK"), seen);
  for (const name of ["signing.key", "blinding.key"]) {
    const text = Deno.readTextFileSync(`${box.ledgerPath}/keys/${name}`);
    assertStringIncludes(text, "countersign/protected-key/v1");
  }
  await session(box, env);
  assertNowhere(box);
  await assertVerifies(box);
});

Deno.test("a run that cannot open its keys says what to set, for a missing passphrase and a wrong one", async () => {
  await using box = await openBox();
  await session(box, env);
  const wrong = { [VARIABLE]: "hunter2 hunter2" };
  for (
    const [more, says] of [[{}, "no passphrase is given"], [wrong, "the passphrase does not fit"]] as const
  ) {
    const client = box.start(box.proxied(fixture("echo_upstream.ts"), { env: more }));
    await client.exited();
    assertStringIncludes(client.stderr, says);
    assertStringIncludes(client.stderr, VARIABLE);
    assert(!client.stderr.includes("hunter2"), client.stderr);
  }
});

Deno.test("keys are protected and rotated between two runs, and a person answers under a passphrase", async () => {
  await using box = await openBox();
  await session(box, {});
  const protect = await box.command(["key", "protect"], env);
  assertEquals(protect.code, 0, protect.stderr);
  const rotate = await box.command(["key", "rotate"], env);
  assertEquals(rotate.code, 0, rotate.stderr);
  const nothingHeld = await box.command(["approve", "0"], env);
  assertEquals(nothingHeld.code, 1, nothingHeld.stderr);
  const locked = await box.command(["approve", "0"]);
  assertStringIncludes(locked.stderr, "no passphrase is given");
  await session(box, env);
  await assertVerifies(box);
  assertNowhere(box);
});
