/** Several servers behind one client, as people run them: a configuration, real processes, and what is left in the ledger. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assertVerifies,
  type Box,
  fixture,
  fixtureWithPackages,
  type Launch,
  type LineClient,
  npmServer,
  openBox,
  poll,
  product,
  type Proxying,
  signal,
} from "./harness.ts";
import { HttpSession, modernCall } from "./harness/http_client.ts";
import { startHttpPeer } from "./harness/http_peer.ts";
import { newLegacyClient, recordingStdio } from "./harness/legacy_client.ts";
import { ModernSession } from "./harness/modern_session.ts";
import { installed } from "./harness/npm.ts";
import type { ProductCommand } from "./harness/product.ts";
import { Transcript } from "./harness/transcript.ts";
import { receivedBy } from "./forms/upstream_view.ts";

type Servers = Readonly<Record<string, ProductCommand & { readonly env?: Readonly<Record<string, string>> }>>;

/** Where the packages of the servers are, whatever else they get of our environment. */
const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

/** The product in front of `servers`, each of which gets what tells the box's processes from others, and no more. */
function gateway(
  box: Box,
  servers: Servers,
  { flags = [], config = "", env, ...rest }: Proxying = {},
): Launch {
  const tables = Object.entries(servers).map(([name, { command, args, env }]) => {
    const own = { E2E_MARK: box.mark, DENO_DIR, ...env };
    const variables = Object.entries(own).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return `[servers.${name}]\ncommand = ${JSON.stringify([command, ...args])}\nenv = { ${
      variables.join(", ")
    } }\n`;
  });
  box.writeConfig({ ...rest, config: `${config}\n${tables.join("\n")}` });
  const args = ["run", "--config", box.configPath, ...flags];
  return { ...product(args), env: box.env(env), cwd: box.folder };
}

const ECHO = fixture("echo_upstream.ts");

function counting(box: Box, name: string): Servers[string] {
  return { ...fixture("counting_upstream.ts"), env: { E2E_RECEIVED: box.path(name) } };
}

async function finish(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

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

const TAINT = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "outside"
effect = "allow"
servers = ["web"]
on = "result"
add_labels = ["untrusted"]
[[rules]]
id = "no-leak"
effect = "deny"
servers = ["mail"]
tools = ["send"]
labels = { any = ["untrusted"] }
`;

Deno.test("what was read at one server keeps from sending at another; rules name the tools as their servers do", async () => {
  await using box = await openBox();
  const servers = { web: counting(box, "web"), mail: counting(box, "mail") };
  const client = box.start(gateway(box, servers, { policy: TAINT }));
  await client.initialize();
  assertEquals((await client.call("mail_send")).result.isError, undefined);
  assertEquals((await client.call("web_fetch")).result.isError, undefined);
  const refused = await client.call("mail_send");
  assertEquals(refused.result._meta["dev.countersign/verdict"].reason, "rule:no-leak");
  assertEquals((await client.call("mail_list")).result.isError, undefined);
  await finish(client);
  const sent = receivedBy(box.path("mail")).filter(({ params }) => params?.name === "send");
  assertEquals(sent.length, 1);
  const entries = await assertVerifies(box);
  assertEquals(new Set(entries.map(({ session }) => session)).size, 1, "one session for both");
});

Deno.test("a session that is ended at one server is ended at all of them", async () => {
  await using box = await openBox();
  const canary = "planted-value-8f3a1c5e7b9d2046";
  const servers = { one: counting(box, "one"), two: counting(box, "two") };
  const client = box.start(gateway(box, servers, { config: `[scan]\ncanaries = ["${canary}"]` }));
  await client.initialize();
  assertEquals((await client.call("two_t")).result.isError, undefined);
  assertEquals((await client.call("one_t", { text: canary })).result.isError, true);
  const refused = await client.call("two_t");
  assertEquals(refused.result._meta["dev.countersign/verdict"].reason, "killed");
  await finish(client);
  await assertVerifies(box);
});

Deno.test("a budget of the session counts calls to all servers", async () => {
  await using box = await openBox();
  const policy = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "three"
effect = "deny"
tools = ["*"]
over = { calls = 3, per = "session" }
`;
  const servers = { one: ECHO, two: ECHO };
  const client = box.start(gateway(box, servers, { policy }));
  await client.initialize();
  const fates: boolean[] = [];
  for (const name of ["one_echo", "two_echo", "one_echo", "two_echo", "one_echo"]) {
    fates.push((await client.call(name)).result.isError === true);
  }
  assertEquals(fates, [false, false, false, true, true]);
  await finish(client);
});

/** The process of a server in this box. */
function processOf(box: Box, script: string): number {
  const found = box.processes().filter(({ command }) =>
    command.includes(script) && !command.includes("main.ts")
  );
  assertEquals(found.length, 1, JSON.stringify(found));
  return found[0]?.pid ?? 0;
}

Deno.test("one server is killed under load: the others go on, every call is answered once, and it comes back", async () => {
  await using box = await openBox();
  const client = box.start(gateway(box, { mortal: counting(box, "received"), other: ECHO }));
  await client.initialize();
  await client.call("mortal_before");
  const calls: Promise<{ readonly name: string; readonly failed: boolean }>[] = [];
  for (let i = 0; i < 300; i++) {
    if (i === 100) signal(processOf(box, "counting_upstream"), "SIGKILL");
    const name = i % 2 === 0 ? "mortal_t" : "other_echo";
    calls.push(client.call(name, { i }).then(({ error }) => ({ name, failed: error !== undefined })));
  }
  const ends = await Promise.all(calls);
  assertEquals(ends.filter(({ name, failed }) => name === "other_echo" && failed), []);
  await poll(
    () => /mortal: it ended \(exit code 137\); it is started again in \d/.exec(client.stderr) ?? undefined,
    {
      what: "a line for the operator",
      detail: () => client.stderr,
    },
  );
  await client.next(({ method }) => method === "notifications/tools/list_changed", "word of the end");
  await poll(async () => (await client.call("mortal_after")).error === undefined ? true : undefined, {
    what: "the server to be back",
  });
  for (const { id } of client.messages) {
    if (id !== undefined) assertEquals(client.replies(id ?? null).length, 1);
  }
  await finish(client);
  await assertVerifies(box);
});

Deno.test("a server that cannot be started is spoken for, and the others work", async () => {
  await using box = await openBox();
  const servers = { absent: { command: "/nowhere/to/be-found", args: [] }, there: ECHO };
  const client = box.start(gateway(box, servers));
  const { result } = await client.initialize();
  assertEquals(result.serverInfo.name, "countersign");
  assertEquals((await client.call("there_echo", { a: 1 })).result.content[0].text, '{"a":1}');
  const { error } = await client.call("absent_t");
  assertMatch(
    error.message,
    /^The server "absent" cannot be started or reached; it is started again in \d+ s$/,
  );
  await finish(client);
  const entries = await assertVerifies(box);
  assertEquals(entries.filter(({ reason }) => reason === "upstream-down").length, 1);
});

Deno.test("where no server can be started, the run says so and ends", async () => {
  await using box = await openBox();
  const nowhere = { command: "/nowhere/to/be-found", args: [] };
  const client = box.start(gateway(box, { a: nowhere, b: nowhere }));
  const { code } = await client.exited();
  assertEquals(code, 2);
  assertMatch(client.stderr, /error: cannot run: none of the servers can be started/i);
  await assertVerifies(box);
});

Deno.test("a server gets no more of our environment than it must, unless the configuration says so", async () => {
  await using box = await openBox();
  const client = box.start(gateway(box, { one: ECHO }, { env: { MY_SECRET: "x" } }));
  await client.initialize();
  const names = (await client.call("one_env")).result.content[0].text.split(" ");
  assertEquals([names.includes("PATH"), names.includes("E2E_MARK"), names.includes("MY_SECRET")], [
    true,
    true,
    false,
  ]);
  await finish(client);
});

Deno.test("one of the servers can be run by itself, and then its tools have no prefix", async () => {
  await using box = await openBox();
  const client = box.start(
    gateway(box, { one: ECHO, two: counting(box, "two") }, { flags: ["--server", "one"] }),
  );
  await client.initialize();
  assertEquals((await client.call("echo", { a: 1 })).result.content[0].text, '{"a":1}');
  await finish(client);
  const [opening] = await assertVerifies(box);
  assertEquals(Object(opening).server, "one");
});

for (
  const [what, flags, words] of [
    ["a command", ["--", "true"], /a command is given, and the configuration names \[servers\]/],
    ["a URL", ["--upstream-url", "https://mcp.example.com/mcp"], /--upstream-url is given, and/],
    [
      "a server that there is not",
      ["--server", "three"],
      /--server names none of \[servers\][\s\S]*one, two/,
    ],
  ] as const
) {
  Deno.test(`${what} beside [servers] is an error that says what to do`, async () => {
    await using box = await openBox();
    gateway(box, { one: ECHO, two: ECHO });
    const { code, stderr } = await box.look(["run", "--config", box.configPath, ...flags]);
    assertEquals(code, 2);
    assertMatch(stderr, words);
    assertMatch(stderr, /hint: /);
  });
}

Deno.test("over HTTP each session has servers of its own, and no session sees another's", async () => {
  await using box = await openBox();
  const launch = gateway(box, { one: ECHO, two: ECHO }, { flags: ["--listen", "127.0.0.1:0"] });
  const peer = await startHttpPeer({ ...launch, cwd: box.folder }, "stderr");
  const [first, second] = await Promise.all([HttpSession.open(peer.url), HttpSession.open(peer.url)]);
  const children = () => box.processes().filter(({ command }) => command.includes("echo_upstream")).length;
  assertEquals(children(), 4);
  const replies = await Promise.all(
    [first, second].flatMap((session, i) =>
      ["one", "two"].map((name) => session.call(`${name}_echo`, { from: `${i} ${name}` }))
    ),
  );
  const texts = replies.map(({ result }) => JSON.parse(result.content[0].text).from);
  assertEquals(texts, ["0 one", "0 two", "1 one", "1 two"]);
  assertEquals(await first.delete(), 204);
  await poll(() => children() === 2 ? true : undefined, { what: "the servers of the session to end" });
  assertEquals((await second.call("one_echo", { a: 1 })).result.content[0].text, '{"a":1}');
  const modern = await modernCall(peer.url, { id: 1, name: "two_echo", args: { era: "modern" } });
  assertStringIncludes(JSON.stringify(modern.messages), "modern");
  assertEquals(await peer.end("SIGTERM"), 0, peer.said());
  await box.noneLeft();
  const entries = await assertVerifies(box);
  assertEquals(new Set(entries.map(({ session }) => session)).size, 3);
});
