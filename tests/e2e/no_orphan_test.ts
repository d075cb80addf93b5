/** A client that dies without a word leaves no process behind: not the product, not the upstream, not what that started. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
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

/**
 * Starts a client of its own process that speaks through the product, and resolves once it has `replies` replies: all of
 * them, or those that do not wait for a person.
 */
async function startClient(
  box: Box,
  upstream: string,
  env: Record<string, string>,
  options: { readonly policy?: string; readonly replies?: number } = {},
): Promise<Deno.ChildProcess> {
  const { policy, replies = 2 } = options;
  const launch = box.proxied(fixture(upstream), { env, ...(policy === undefined ? {} : { policy }) });
  const client = fixture("killable_client.ts");
  const child = new Deno.Command(client.command, {
    args: [...client.args, launch.command, ...launch.args],
    env: { ...launch.env, E2E_MESSAGES: MESSAGES, E2E_REPLIES: String(replies) },
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

/** How many clients die at the same time; more would measure the machine. */
const WIDTH = 4;

/** Kills clients again and again, each in a box of its own. */
async function killTimes(times: number, upstream: string, env: Record<string, string> = {}): Promise<void> {
  for (let done = 0; done < times; done += WIDTH) {
    const count = Math.min(WIDTH, times - done);
    await Promise.all(Array.from({ length: count }, () => killOne(upstream, env)));
  }
}

async function killOne(upstream: string, env: Record<string, string>): Promise<void> {
  await using box = await openBox();
  const child = await startClient(box, upstream, env);
  child.kill("SIGKILL");
  await child.status;
  await box.noneLeft(15_000);
  await assertVerifies(box);
}

Deno.test({
  name: `no process is left after the client was killed, ${KILLS} times`,
  ignore,
  fn: () => killTimes(KILLS, "echo_upstream.ts"),
});

const ASK = 'version = 1\ndefault = "allow"\n[[rules]]\nid = "ask"\neffect = "ask"\ntools = ["any"]\n';

async function killWhileHeld(): Promise<void> {
  await using box = await openBox();
  const child = await startClient(box, "echo_upstream.ts", {}, { policy: ASK, replies: 1 });
  child.kill("SIGKILL");
  await child.status;
  await box.noneLeft(15_000);
  const entries = await assertVerifies(box);
  assert(entries.filter(({ verdict }) => verdict === "hold").length <= 1);
}

Deno.test({
  name: "no process is left when the client is killed while a call of it is held, and the ledger ends well",
  ignore,
  // Several, as the end of input and the news of the client's death come in either order.
  fn: async () => void await Promise.all(Array.from({ length: rounds(4, 16) }, killWhileHeld)),
});

const STUBBORN = { E2E_GRANDCHILDREN: "2" };

Deno.test({
  name: "no process is left of an upstream that ignores SIGTERM and the end of input, nor of its children",
  ignore,
  fn: () => killTimes(rounds(1, 12), "hanging_upstream.ts", STUBBORN),
});

/** Ways to end the product other than its client's death. */
const ENDS: readonly (Deno.Signal | "the end of input")[] = [
  "SIGTERM",
  "SIGINT",
  "the end of input",
];

async function endBy(way: (typeof ENDS)[number]): Promise<void> {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("hanging_upstream.ts"), { env: STUBBORN }));
  await client.initialize();
  await client.call("any");
  if (way === "the end of input") await client.closeInput();
  else client.kill(way);
  await client.exited();
  await box.noneLeft();
  await assertVerifies(box);
}

Deno.test({
  name: "SIGTERM, SIGINT and the end of input end a stubborn upstream with all that it started",
  ignore,
  // At the same time, as each waits for the upstream to leave politely first.
  fn: async () => void await Promise.all(ENDS.map(endBy)),
});

Deno.test("a command of the product that is not `run` leaves nothing behind either", async () => {
  await using box = await openBox();
  const { code } = await runOnce({ ...product(["version"]), env: box.env() });
  assertEquals(code, 0);
  await box.noneLeft();
});
