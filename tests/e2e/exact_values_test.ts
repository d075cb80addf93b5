/** Values cross as they were written: every digit, every key in its place, in both directions. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertVerifies, fixture, openBox } from "./harness.ts";

/** JSON texts that a careless parser gives back changed. */
const EXACT = [
  "9007199254740993",
  "-9007199254740993",
  "123456789012345678901234567890",
  "1.0",
  "1.10",
  "-0",
  "-0.0",
  "1e400",
  "1E+2",
  "1e-400",
  "0.1000000000000000055511151231257827",
  '{"b":1,"a":2,"10":3,"9":4,"":5,"__proto__":6,"constructor":7}',
  '{"2":{"1":{"0":[]}},"1":{}}',
  '"\ufeff\u2028\u2029\u{1F600}\u00e9e\u0301\u007f"',
  '"\\u0001\\b\\f\\n\\r\\t\\"\\\\/"',
] as const;

Deno.test("numbers keep their digits and objects the order of their keys on the way to the upstream", async () => {
  await using box = await openBox();
  const received = box.path("received");
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { env: { E2E_RECEIVED: received } }));
  await client.initialize();
  for (const [index, text] of EXACT.entries()) {
    const id = `exact-${index}`;
    await client.send(
      `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"name":"take","arguments":{"v":${text}}}}`,
    );
    const { result } = await client.reply(id);
    assert(result !== undefined, `the call with ${text} was not answered`);
  }
  const lines = Deno.readTextFileSync(received).trimEnd().split("\n").slice(2);
  for (const [index, text] of EXACT.entries()) {
    assertStringIncludes(lines[index] ?? "", `"arguments":{"v":${text}}`);
  }
});

Deno.test("numbers keep their digits and objects the order of their keys on the way to the client", async () => {
  await using box = await openBox();
  const upstream = fixture("exact_upstream.ts");
  const client = box.start(box.proxied(upstream, { env: { E2E_RESULTS: JSON.stringify(EXACT) } }));
  await client.initialize();
  for (const [index, text] of EXACT.entries()) {
    await client.send({
      id: `exact-${index}`,
      method: "tools/call",
      params: { name: "give", arguments: { index } },
    });
    await client.reply(`exact-${index}`);
    assertStringIncludes(client.lines.at(-1) ?? "", `"structuredContent":{"v":${text}}`);
  }
  await client.closeInput();
  await client.exited();
  await assertVerifies(box);
});

Deno.test("an id comes back as the client wrote it, whatever type it has", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  for (const id of ["text", "7", 7, 0, -1, 9007199254740991, "", "\u{1F511}", "9007199254740993"]) {
    await client.send({ id, method: "ping" });
    assertEquals((await client.reply(id)).result, {});
  }
  // An integer that no double holds is an integer all the same.
  await client.send('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}');
  await client.send({ id: "after", method: "ping" });
  await client.reply("after");
  assert(
    client.lines.some((line) =>
      line.includes('"id":9007199254740993,') || line.includes('"id":9007199254740993}')
    ),
  );
});
