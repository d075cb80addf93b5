/** The product under exactly the permissions that the README names, and nothing more. */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixture, isBinary, openBox, ROOT } from "./harness.ts";

/**
 * The flags of `deno run` for one box. `kill`: the program that ends the server's process group, as Deno itself lets
 * nobody do that under a list. Reading: the product's own workers and policies, and the configuration with its ledger.
 */
function lockedDown(box: Box): string[] {
  return [
    "--no-prompt",
    `--allow-run=${Deno.execPath()},kill`,
    `--allow-read=${ROOT},${box.folder}`,
    `--allow-write=${box.ledgerPath}`,
    "--allow-env",
  ];
}

const ignore = isBinary();

Deno.test({
  name: "a whole session works under the locked-down permissions",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const client = box.start(box.proxied(fixture("echo_upstream.ts"), { permissions: lockedDown(box) }));
    await client.initialize();
    const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => client.call("echo", { n })));
    assertEquals(replies.map(({ result }) => result?.content[0].text), replies.map((_, n) => `{"n":${n}}`));
    await client.closeInput();
    assertEquals((await client.exited()).code, 0, client.stderr);
    assert(!/Requires .* access|NotCapable/.test(client.stderr), client.stderr);
    await box.noneLeft();
    await assertVerifies(box);
  },
});

Deno.test({
  name: "an upstream that does not want to end is ended under the locked-down permissions, with its children",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const options = { permissions: lockedDown(box), env: { E2E_GRANDCHILDREN: "2" } };
    const client = box.start(box.proxied(fixture("hanging_upstream.ts"), options));
    await client.initialize();
    await client.closeInput();
    await client.exited();
    await box.noneLeft();
    await assertVerifies(box);
  },
});
