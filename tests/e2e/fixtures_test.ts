/** The fixtures without anything in front of them: a test of the product is worth what its fixtures are worth. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fixture, openBox } from "./harness.ts";

Deno.test("counting upstream writes each line verbatim before it answers", async () => {
  await using box = await openBox();
  const received = box.path("received");
  const client = box.start(box.direct(fixture("counting_upstream.ts"), { E2E_RECEIVED: received }));
  const line =
    '{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"b": 1.0, "a": 9007199254740993}}';
  await client.send(line);
  await client.reply(7);
  assertEquals(Deno.readTextFileSync(received), `${line}\n`);
  await client.sendBytes(Uint8Array.of(0xff, 0x00, 0x0a));
  await client.closeInput();
  await client.exited();
  assertEquals(Deno.readFileSync(received).slice(-3), Uint8Array.of(0xff, 0x00, 0x0a));
});

Deno.test("echo upstream answers each tool, asks the client and reports progress", async () => {
  await using box = await openBox();
  const env = { E2E_PLANTED: JSON.stringify({ value: "PLANTED" }) };
  const client = box.start(box.direct(fixture("echo_upstream.ts"), env));
  await client.initialize();
  const listed = await client.request("tools/list");
  assert(listed.result.tools.length > 10);
  assertEquals((await client.call("echo", { n: 1 })).result.content[0].text, '{"n":1}');
  assertEquals((await client.call("big", { bytes: 400_000 })).result.content[0].text.length, 400_000);
  assertStringIncludes(JSON.stringify(await client.call("planted-error")), "PLANTED");
  const asking = client.call("ask-client", { method: "roots/list" });
  const question = await client.next(({ method }) => method === "roots/list", "the question");
  await client.send({ id: question.id, result: { roots: [] } });
  assertEquals((await asking).result.content[0].text, '{"roots":[]}');
});

Deno.test("noisy upstream is noisy, and still answers each call", async () => {
  await using box = await openBox();
  const client = box.start(box.direct(fixture("noisy_upstream.ts")));
  await client.initialize();
  const { result } = await client.request("tools/list");
  for (const { name } of result.tools) {
    const replies = await client.call(name);
    assert(replies.result !== undefined, name);
  }
  await client.closeInput();
  await client.exited(); // the last tool answers twice: all of it is here only now
  assertStringIncludes(client.lines.join("\n"), "forged");
  assertStringIncludes(client.lines.join("\n"), "the second reply");
  assertStringIncludes(client.lines[0] ?? "", "starting");
});

Deno.test("exiting upstream ends with its code while a call is pending", async () => {
  await using box = await openBox();
  const env = { E2E_EXIT_AFTER: "2", E2E_EXIT_CODE: "42" };
  const client = box.start(box.direct(fixture("exiting_upstream.ts"), env));
  assertEquals((await client.call("fine")).result.content[0].text, "ok");
  await client.send({ id: "last", method: "tools/call", params: { name: "fine" } });
  assertEquals((await client.exited()).code, 42);
  assertEquals(client.replies("last").length, 0);
});

Deno.test("hanging upstream outlives SIGTERM and the end of input, and so do its grandchildren", async () => {
  await using box = await openBox();
  const client = box.start(box.direct(fixture("hanging_upstream.ts"), { E2E_GRANDCHILDREN: "2" }));
  await client.call("any");
  client.kill("SIGTERM");
  await client.call("still there");
  await client.closeInput();
  const names = box.processes().map(({ command }) => command).sort();
  assertEquals(names.filter((name) => name.includes("sleep 3600")).length, 2, names.join("\n"));
  assertEquals(names.filter((name) => name.includes("hanging_upstream")).length, 1, names.join("\n"));
});

Deno.test("a box ends every process of its test, whatever the test did", async () => {
  const box = await openBox();
  const client = box.start(box.direct(fixture("hanging_upstream.ts"), { E2E_GRANDCHILDREN: "2" }));
  await client.call("any");
  await box[Symbol.asyncDispose]();
  await box.noneLeft(1000);
});
