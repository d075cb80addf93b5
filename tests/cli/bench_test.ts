import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { BenchClient, type Question } from "../../lib/cli/bench_client.ts";
import { difference, histogram, median, percentiles, perSecond } from "../../lib/cli/bench_numbers.ts";
import { ownCommand } from "../../lib/cli/build_kind.ts";
import { serveEcho } from "../../lib/cli/echo_server.ts";

Deno.test("percentiles(): nearest rank, whatever the order", () => {
  const samples = Array.from({ length: 100 }, (_, i) => 100 - i);
  assertEquals(percentiles(samples), { p50_us: 50, p95_us: 95, p99_us: 99 });
  assertEquals(percentiles([7]), { p50_us: 7, p95_us: 7, p99_us: 7 });
  assertEquals(percentiles([]), { p50_us: 0, p95_us: 0, p99_us: 0 });
});

Deno.test("difference(), median(), perSecond()", () => {
  const direct = { p50_us: 1.1, p95_us: 2, p99_us: 3 }, proxied = { p50_us: 4.4, p95_us: 5, p99_us: 2 };
  assertEquals(difference(direct, proxied), { p50_us: 3.3, p95_us: 3, p99_us: -1 });
  assertEquals([median([3, 1, 2]), median([])], [2, 0]);
  assertEquals([perSecond(10, 500), perSecond(0, 0)], [20, 0]);
});

Deno.test("histogram(): one axis for both ways, and nothing where there is nothing to show", () => {
  const rows = histogram([10, 20, 20, 40], [100, 200, 200, 1000], false).trimEnd().split("\n");
  assertEquals(rows.length, 25);
  assertStringIncludes(rows[0] ?? "", "direct");
  assert(rows.some((row) => row.includes("█")));
  assertEquals(histogram([], [], false), "");
  assertEquals(histogram([5, 5], [5], false), "");
});

const REQUESTS: readonly string[] = [
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}',
  '{"jsonrpc":"2.0","method":"notifications/initialized"}',
  '{"jsonrpc":"2.0","id":"a\\"b","method":"ping"}',
  '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hällo\\n"}}}',
  '{"jsonrpc":"2.0","id":3,"method":"nope"}',
];

for (const chunkBytes of [1, 7, 1_000_000]) {
  Deno.test(`serveEcho(): answers each request once, in chunks of ${chunkBytes} bytes`, () => {
    const replies = echo(`${REQUESTS.join("\n")}\n`, chunkBytes).map((line) => JSON.parse(line));
    assertEquals(replies.map(({ id }) => id), [1, 'a"b', 2, 3]);
    assertEquals(replies[0].result.protocolVersion, "2025-06-18");
    assertEquals(replies[2].result.content, [{ type: "text", text: "hällo\n" }]);
    assertEquals(replies[3].error.code, -32601);
  });
}

/** What the echo server writes for `input`, by line, when it arrives in pieces. */
function echo(input: string, chunkBytes: number): readonly string[] {
  const bytes = new TextEncoder().encode(input);
  let at = 0, written = "";
  const source = {
    readSync(buffer: Uint8Array): number | null {
      if (at === bytes.length) return null;
      const chunk = bytes.subarray(at, at + Math.min(chunkBytes, buffer.length));
      buffer.set(chunk);
      at += chunk.length;
      return chunk.length;
    },
  };
  const decoder = new TextDecoder();
  // Takes a few bytes at a time, as a full pipe does.
  const sink = {
    writeSync(some: Uint8Array): number {
      const taken = some.subarray(0, 5);
      written += decoder.decode(taken, { stream: true });
      return taken.length;
    },
  };
  serveEcho(source, sink);
  return written.trimEnd().split("\n");
}

const ECHO: Question = {
  text: (n) => `"tools/call","params":{"name":"echo","arguments":{"message":"call ${n}"}}`,
  expected: (n) => `"call ${n}"`,
};

Deno.test("BenchClient: every call of a block is answered, one by one and many at once", async () => {
  const { program, args } = ownCommand();
  const client = new BenchClient({ program, args: [...args, "echo-server"] });
  try {
    assert(await client.initialize() > 0);
    for (const concurrency of [1, 16]) {
      const block = await client.block({ calls: 100, concurrency, question: ECHO });
      assertEquals([block.micros.length, block.lost, block.refusal], [100, 0, undefined]);
    }
    const wrong = await client.block({
      calls: 3,
      concurrency: 2,
      question: { ...ECHO, expected: () => "no" },
    });
    assertEquals([wrong.micros.length, wrong.lost], [0, 3]);
    assertStringIncludes(wrong.refusal ?? "", "call");
  } finally {
    assertEquals(await client.close(), "");
  }
});

const MUTE = "console.error('out of order'); Deno.exit(3);";

Deno.test("BenchClient: a server that does not answer is an error with its last words", async () => {
  const client = new BenchClient({ program: Deno.execPath(), args: ["eval", "--quiet", MUTE] });
  const fault = await assertRejects(() => client.initialize(), Fault, "did not answer to initialize");
  assertEquals([fault.code, fault.hint], ["upstream", "it said: out of order"]);
});

const TELLTALE = "console.error('token: ' + Deno.env.get('COUNTERSIGN_AGENT_TOKEN')); Deno.exit(3);";

Deno.test("BenchClient: a server that is measured gets no agent's token", async () => {
  Deno.env.set("COUNTERSIGN_AGENT_TOKEN", "a.b.c");
  try {
    const client = new BenchClient({ program: Deno.execPath(), args: ["eval", "--quiet", TELLTALE] });
    const fault = await assertRejects(() => client.initialize(), Fault);
    assertEquals(fault.hint, "it said: token:");
  } finally {
    Deno.env.delete("COUNTERSIGN_AGENT_TOKEN");
  }
});
