/** Short bodies whose length is told are taken at once: with the same bounds as those that come in pieces. */
import { assertEquals } from "@std/assert";
import { ask, House, openSession, request, settle } from "./_fake.ts";

const PEER = "127.0.0.1";
const TEXT = JSON.stringify(request(1, "initialize", {}));

function pieces(text: string, end: (controller: ReadableStreamDefaultController<Uint8Array>) => void) {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      end(controller);
    },
  });
}

interface Row {
  readonly name: string;
  readonly body: () => ReadableStream<Uint8Array>;
  readonly bodyMs?: number;
  readonly status: number;
}

const ROWS: readonly Row[] = [
  { name: "comes whole", body: () => pieces(TEXT, (controller) => controller.close()), status: 200 },
  { name: "never ends", body: () => pieces(TEXT, () => {}), bodyMs: 5, status: 408 },
  {
    name: "breaks off",
    body: () => pieces(TEXT, (controller) => controller.error(new Error("gone"))),
    status: 400,
  },
];

for (const { name, body, bodyMs = 60_000, status } of ROWS) {
  Deno.test(`a short body that ${name} is answered with ${status}`, async () => {
    const front = new House({ limits: { bodyMs } }).front();
    const headers = { "content-length": String(TEXT.length) };
    assertEquals((await front.handle(ask({ headers, body: body() }), PEER)).status, status);
  });
}

Deno.test("a length beside chunks is refused, and its connection read no more", async () => {
  const front = new House({}).front();
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(100));
    },
  });
  const headers = { "content-length": "10", "transfer-encoding": "chunked" };
  const { status, headers: said } = await front.handle(ask({ headers, body: endless }), PEER);
  assertEquals([status, said.connection], [400, "close"]);
  assertEquals(pulled < 20, true);
});

Deno.test("short bodies that are announced count as held, until they are read or given up", async () => {
  const most = TEXT.length + 100;
  const front = new House({ limits: { bodyBytesInAll: most, bodyMs: 60_000 } }).front();
  const session = await openSession(front);
  const text = JSON.stringify(request(2, "tools/call", { name: "echo", arguments: {} }));
  const headers = { ...session, "content-length": String(text.length) };
  const rest = Promise.withResolvers<void>();
  const half = pieces(text, (controller) => void rest.promise.then(() => controller.close()));
  const hanging = front.handle(
    ask({ headers: { ...headers, "content-length": String(most) }, body: half }),
    PEER,
  );
  await settle();
  assertEquals((await front.handle(ask({ headers, body: text }), PEER)).status, 429);
  rest.resolve();
  assertEquals((await hanging).status, 200);
  for (let i = 0; i < 5; i++) {
    assertEquals((await front.handle(ask({ headers, body: text }), PEER)).status, 200);
  }
});
