/** A client that dies without a word leaves no process behind: not the product, not the upstream, not what that started. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertVerifies, type Box, fixture, openBox, product, rounds, runOnce, within } from "./harness.ts";

const KILLS = rounds(8, 100);
const ignore = Deno.build.os === "windows";

const MESSAGES = JSON.stringify([
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "killed", version: "1" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
  { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "any", arguments: {} } },
]);

/** Starts a client of its own process that speaks through the product, and resolves once it has its replies. */
async function startClient(
  box: Box,
  upstream: string,
  env: Record<string, string>,
): Promise<Deno.ChildProcess> {
  const { command, args, env: proxiedEnv } = box.proxied(fixture(upstream), { env });
  const client = fixture("killable_client.ts");
  const child = new Deno.Command(client.command, {
    args: [...client.args, command, ...args],
    env: { ...proxiedEnv, E2E_MESSAGES: MESSAGES },
    clearEnv: true,
    cwd: box.folder,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await within(reader.read(), { what: "the client to be ready" });
  await reader.cancel();
  assertStringIncludes(new TextDecoder().decode(value), "ready");
  return child;
}

/** Kills the client again and again, each time in a box of its own. */
async function killTimes(times: number, upstream: string, env: Record<string, string> = {}): Promise<void> {
  for (let kill = 0; kill < times; kill++) {
    await using box = await openBox();
    const child = await startClient(box, upstream, env);
    child.kill("SIGKILL");
    await child.status;
    await box.noneLeft(15_000);
    if (kill === 0) await assertVerifies(box, ["intact"]);
  }
}

Deno.test({
  name: `no process is left after the client was killed, ${KILLS} times`,
  ignore,
  fn: () => killTimes(KILLS, "echo_upstream.ts"),
});

Deno.test({
  name: "no process is left of an upstream that ignores SIGTERM and the end of input, nor of its children",
  ignore,
  fn: () => killTimes(rounds(1, 10), "hanging_upstream.ts", { E2E_GRANDCHILDREN: "2" }),
});

for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test({
    name: `${name} ends the product with its upstream and the children of that`,
    ignore,
    fn: async () => {
      await using box = await openBox();
      const client = box.start(
        box.proxied(fixture("hanging_upstream.ts"), { env: { E2E_GRANDCHILDREN: "1" } }),
      );
      await client.initialize();
      await client.call("any");
      client.kill(name);
      await client.exited();
      await box.noneLeft();
      await assertVerifies(box);
    },
  });
}

Deno.test({
  name: "the end of input ends an upstream that does not want to, politely first, and all that it started",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const client = box.start(
      box.proxied(fixture("hanging_upstream.ts"), { env: { E2E_GRANDCHILDREN: "2" } }),
    );
    await client.initialize();
    await client.call("any");
    await client.closeInput();
    await client.exited();
    await box.noneLeft();
    await assertVerifies(box);
  },
});

Deno.test("a command of the product that is not `run` leaves nothing behind either", async () => {
  await using box = await openBox();
  const { code } = await runOnce({ ...product(["version"]), env: box.env() });
  assertEquals(code, 0);
  await box.noneLeft();
});
