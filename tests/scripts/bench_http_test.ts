/** The client of bench:http and its table: what they read and what they say. */
import { assertEquals, assertRejects } from "@std/assert";
import { Connection } from "../../scripts/bench_http/connection.ts";
import type { Leg } from "../../scripts/bench_http/legs.ts";
import { Load } from "../../scripts/bench_http/load.ts";
import { rowsOf, tableOf } from "../../scripts/bench_http/table.ts";

/** A server that answers each request with these pieces, each a write of its own. */
async function answering(pieces: readonly string[], use: (port: number) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const socket = await listener.accept();
    socket.setNoDelay(true);
    const buffer = new Uint8Array(4096);
    while (await socket.read(buffer) !== null) {
      for (const piece of pieces) {
        await socket.write(new TextEncoder().encode(piece));
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    socket.close();
  })();
  try {
    await use(listener.addr.port);
  } finally {
    listener.close();
    await serving;
  }
}

const ROWS: readonly (readonly [name: string, pieces: readonly string[]])[] = [
  ["a length", ["HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"]],
  ["a length, in pieces", ["HTTP/1.1 200 OK\r\ncont", "ent-length: 11\r\n\r", "\nhello", " world"]],
  ["chunks", ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"]],
  ["chunks, in pieces", [
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    "5\r\nhel",
    "lo\r\n6",
    "\r\n world\r\n0\r",
    "\n\r\n",
  ]],
];

for (const [name, pieces] of ROWS) {
  Deno.test(`a response with ${name} is read whole, again and again`, async () => {
    await answering(pieces, async (port) => {
      const connection = await Connection.open(port);
      for (let i = 0; i < 3; i++) {
        const { status, body } = await connection.ask("GET / HTTP/1.1\r\n\r\n");
        assertEquals([status, body], [200, "hello world"]);
      }
      connection.close();
    });
  });
}

Deno.test("a server that closes in the middle is told of", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connection = await Connection.open(listener.addr.port);
  const socket = await listener.accept();
  const asked = connection.ask("GET / HTTP/1.1\r\n\r\n");
  await socket.read(new Uint8Array(100));
  await socket.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"));
  socket.close();
  await assertRejects(() => asked, Error, "closed the connection");
  connection.close();
  listener.close();
});

Deno.test("an answer that is not the expected one is a lost call, and ends the block", async () => {
  await answering(["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"], async (port) => {
    const load = new Load(port, "modern");
    const { micros, lost, refusal } = await load.block(10, 1);
    assertEquals([micros.length, lost, refusal], [0, 1, "HTTP 200 {}"]);
    load.close();
  });
});

function leg(name: string, micros: readonly number[], problem?: string): Leg {
  const found = { micros: [...micros], lost: 0, elapsedMs: 100, cpuMs: 2 };
  return {
    name,
    era: "legacy",
    load: new Load(0, "legacy"),
    server: { port: 0, cpuMs: () => 0, rssMb: () => 12.34, end: () => Promise.resolve() },
    found: new Map(micros.length === 0 ? [] : [[1, found]]),
    problem,
  };
}

Deno.test("what a way adds is said against the direct one of its era", () => {
  const rows = rowsOf([leg("direct", [100, 100, 100, 100]), leg("firewall", [600, 800, 700, 900])], [1]);
  const [direct, proxied] = rows;
  assertEquals([direct?.p50_us, direct?.added_p50_us], [100, 0]);
  assertEquals([proxied?.p50_us, proxied?.added_p50_us, proxied?.calls_per_second], [700, 600, 40]);
  assertEquals([proxied?.cpu_us_per_call, proxied?.rss_mb], [500, 12.3]);
});

Deno.test("a way that could not be measured has a line with its reason, and no numbers", () => {
  const rows = rowsOf([leg("direct", [100]), leg("other", [], "HTTP 400")], [1]);
  const lines = tableOf(rows).split("\n");
  assertEquals(lines.length, 4); // head, rule, direct, the reason
  assertEquals(lines.at(-1), "other, legacy: HTTP 400");
});
