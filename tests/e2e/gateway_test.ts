/** Several servers behind one client, as people run them: a configuration, real processes, and what is left in the ledger. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { counting, ECHO, finish, gateway, processOf } from "./forms/gateway_run.ts";
import { receivedBy } from "./forms/upstream_view.ts";
import { assertVerifies, fixture, fixtureWithPackages, openBox, poll, signal } from "./harness.ts";
import { HttpSession, modernCall } from "./harness/http_client.ts";
import { startHttpPeer } from "./harness/http_peer.ts";

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

Deno.test("two servers with one command and other tools have pins of their own, together and alone", async () => {
  await using box = await openBox();
  const serving = (name: string) => {
    const tools = [{ name: "query", description: `Asks ${name}.`, inputSchema: { type: "object" } }];
    Deno.writeTextFileSync(box.path(name), JSON.stringify({ tools }));
    return { ...fixture("changing_upstream.ts"), env: { E2E_TOOLS: box.path(name) } };
  };
  const servers = { prod: serving("prod"), test: serving("test") };
  for (const flags of [[], [], ["--server", "test"]]) {
    const client = box.start(gateway(box, servers, { flags }));
    await client.initialize();
    const { result } = await client.request("tools/list", {});
    const names = result.tools.map(({ name }: { readonly name: string }) => name);
    assertEquals(names, flags.length === 0 ? ["prod_query", "test_query"] : ["query"]);
    await finish(client);
    assertEquals(client.stderr.includes("drift"), false, client.stderr);
  }
  await assertVerifies(box);
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

Deno.test("a server at a URL stands beside one that is a command", async () => {
  await using box = await openBox();
  const web = await box.serve(fixtureWithPackages("http_modern_server.ts"));
  const client = box.start(gateway(box, { web: web.url, local: ECHO }));
  await client.initialize();
  const sum = (await client.call("web_add", { a: 2, b: 3 })).result.content[0].text;
  assertEquals(JSON.parse(sum).sum, 5);
  assertEquals((await client.call("local_echo", { a: 1 })).result.content[0].text, '{"a":1}');
  await finish(client);
  await web.stop();
  await assertVerifies(box);
});
