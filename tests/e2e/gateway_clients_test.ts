/** The official clients in front of several real servers, of both eras. */
import { Client } from "@modelcontextprotocol/client";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ECHO, gateway, processOf, type Servers } from "./forms/gateway_run.ts";
import {
  assertVerifies,
  type Box,
  fixtureWithPackages,
  npmServer,
  openBox,
  poll,
  signal,
} from "./harness.ts";
import { newLegacyClient, recordingStdio } from "./harness/legacy_client.ts";
import { ModernSession, stdio } from "./harness/modern_session.ts";
import { installed } from "./harness/npm.ts";
import { Transcript } from "./harness/transcript.ts";

const NPM = ["server-everything", "server-filesystem", "server-memory"].map((name) =>
  `@modelcontextprotocol/${name}@2026.8.31`
);

/** The three, with a legacy era, and a fixture of the modern one. */
async function realServers(box: Box): Promise<Servers> {
  await Promise.all(NPM.map(installed));
  const [everything = "", files = "", memory = ""] = NPM;
  Deno.mkdirSync(box.path("work"), { recursive: true });
  Deno.writeTextFileSync(box.path("work/a.txt"), "what the file says");
  return {
    everything: npmServer(everything, ["stdio"]),
    files: npmServer(files, [box.path("work")]),
    the_memory: { ...npmServer(memory), env: { MEMORY_FILE_PATH: box.path("memory.json") } },
    modern: fixtureWithPackages("modern_server.ts"),
  };
}

const CALLS = [
  ["everything_echo", { message: "hello" }, "hello"],
  ["files_read_text_file", { path: "work/a.txt" }, "what the file says"],
  ["the_memory_read_graph", {}, "entities"],
  ["modern_add", { a: 2, b: 3 }, "5"],
] as const;

interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

/** What every official client sees of four real servers of two eras. */
async function useAll(box: Box, client: AnyClient): Promise<void> {
  const names = (await client.listTools()).tools.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const [name, args, want] of CALLS) {
    assert(names.includes(name), `${name} is missing: ${names}`);
    const path = "path" in args ? { path: box.path(args.path) } : args;
    assertStringIncludes(JSON.stringify(await client.callTool({ name, arguments: path })), want);
  }
  await client.close();
  const entries = await assertVerifies(box);
  const servers = new Set(entries.filter(({ kind }) => kind === "call").map((entry) => Object(entry).server));
  assertEquals(servers, new Set(["everything", "files", "the_memory", "modern"]));
  const tools = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call");
  assertEquals(tools.map(({ tool }) => tool), ["echo", "read_text_file", "read_graph", "add"]);
  const pins = JSON.parse((await box.look(["pins", "list", "--json", "--config", box.configPath])).stdout);
  assertEquals(new Set(pins.map(({ server }: { server: string }) => server)), servers);
}

Deno.test("real servers of both eras behind one client of SDK v1", async () => {
  await using box = await openBox();
  const launch = gateway(box, await realServers(box));
  const { client, forgetTasks } = newLegacyClient({});
  await client.connect(recordingStdio(launch, new Transcript()));
  await useAll(box, client);
  forgetTasks();
  await box.noneLeft();
});

for (const era of ["modern", "legacy"] as const) {
  Deno.test(`real servers of both eras behind one client of SDK v2, ${era} era`, async () => {
    await using box = await openBox();
    const { client } = await ModernSession.connect(gateway(box, await realServers(box)), era);
    await useAll(box, client as unknown as AnyClient);
    await box.noneLeft();
  });
}

Deno.test("a client of the modern era hears on its stream that a server has gone, and that it is back", async () => {
  await using box = await openBox();
  let changes = 0;
  const client = new Client({ name: "client-of-v2", version: "2.0.0" }, {
    capabilities: {},
    listChanged: { tools: { autoRefresh: false, onChanged: () => void changes++ } },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
  });
  const servers = { mortal: fixtureWithPackages("modern_server.ts"), other: ECHO };
  await client.connect(stdio(gateway(box, servers)));
  const add = () => client.callTool({ name: "mortal_add", arguments: { a: 2, b: 3 } });
  assertStringIncludes(JSON.stringify(await add()), "5");
  const before = changes;
  signal(processOf(box, "modern_server"), "SIGKILL");
  await poll(() => changes > before ? true : undefined, { what: "word of the end" });
  await poll(
    () => add().then((result) => JSON.stringify(result).includes("5") ? true : undefined, () => undefined),
    {
      what: "the server to be back",
    },
  );
  await poll(() => changes > before + 1 ? true : undefined, { what: "word of its return" });
  await client.close();
  await box.noneLeft();
});
