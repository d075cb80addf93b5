/**
 * The official inspector's command line, in both eras, in front of the fixture and of the product in front of it. It runs
 * under Node: it reads streams in a way that Deno has not.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, openBox, runOnce } from "./harness.ts";
import { startHttpPeer } from "./harness/http_peer.ts";
import { installedInto } from "./harness/npm.ts";

const INSPECTOR = "@modelcontextprotocol/inspector@2.12.0";
const PROGRAM = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";
const LISTEN = ["--listen", "127.0.0.1:0"] as const;

interface Asked {
  readonly era: "legacy" | "modern";
  readonly what: readonly string[];
}

const ASKED: readonly Asked[] = [
  { era: "legacy", what: ["tools/list"] },
  { era: "legacy", what: ["resources/read", "--uri", "fixture://motd"] },
  { era: "legacy", what: ["tools/call", "--tool-name", "no-such-tool"] },
  { era: "modern", what: ["tools/call", "--tool-name", "add", "--tool-arg", "a=1", "b=2"] },
  { era: "modern", what: ["prompts/get", "--prompt-name", "visit", "--prompt-args", "city=Bern"] },
];

/** What it says of a server: its answer, or its error. */
async function inspect(box: Box, url: URL, { era, what }: Asked) {
  const ask = ["--transport", "http", "--protocol-era", era, "--method", ...what];
  const args = [box.path(`node_modules/${PROGRAM}`), "--cli", url.href, ...ask];
  // It keeps things in the home of whoever runs it.
  const env = box.env({ HOME: box.folder });
  const { code, stdout, stderr } = await runOnce({ command: "node", args, env, cwd: box.folder });
  return { code, said: `${stdout}${stderr}`.replaceAll(url.host, "HOST") };
}

Deno.test("the inspector sees the same through the product as without, in both eras", async () => {
  await using box = await openBox();
  await installedInto(box.folder, INSPECTOR);
  const serve = () => box.serve(fixtureWithPackages("http_modern_server.ts"));
  const [direct, behind] = await Promise.all([serve(), serve()]);
  const stdio = box.proxied(fixtureWithPackages("modern_server.ts"), { flags: LISTEN });
  const listeners = await Promise.all([
    startHttpPeer(box.bridged(behind.url, { flags: LISTEN }), "stderr"),
    startHttpPeer(stdio, "stderr"),
  ]);
  for (const asked of ASKED) {
    const [expected, ...seen] = await Promise.all(
      [direct, ...listeners].map(({ url }) => inspect(box, url, asked)),
    );
    assert((expected?.said.length ?? 0) > 40, `the inspector said ${JSON.stringify(expected)}`);
    for (const one of seen) assertEquals(one, expected, asked.what.join(" "));
  }
  for (const listener of listeners) assertEquals(await listener.end("SIGTERM"), 0, listener.said());
  await Promise.all([direct.stop(), behind.stop()]);
  await box.noneLeft();
  await assertVerifies(box);
});
