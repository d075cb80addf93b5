/** An upstream that asks who calls: over HTTP its client is told so by status and header, as if it had asked itself. */
import { assertEquals } from "@std/assert";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import { ask, call, House, jsonOf, modernCall, notice, openSession, textOf } from "./_fake.ts";

const PEER = "127.0.0.1";
const CHALLENGE = { status: 401, value: 'Bearer realm="mcp"' } as const;
const ERROR = { jsonrpc: "2.0", id: 1, error: { code: -32603, message: "who are you?" } };

Deno.test("a challenge is the status and the header of the answer, in both eras", async () => {
  const house = new House(), front = house.front();
  const headers = await openSession(front);
  for (const asking of [{ body: call(1, "wait"), headers }, modernCall(1, "wait")]) {
    for (const challenge of [CHALLENGE, { ...CHALLENGE, status: 403 } as const]) {
      const answering = front.handle(ask(asking), PEER);
      const session = await until(() => house.sessions.find(({ taken }) => taken.some(isWaiting)));
      const { place } = session.last("tools/call");
      session.taken.splice(0);
      place?.challenge?.(challenge);
      session.say(place, ERROR);
      const answer = await answering;
      assertEquals([answer.status, answer.headers["www-authenticate"]], [challenge.status, challenge.value]);
      assertEquals(await jsonOf(answer), ERROR);
    }
  }
});

Deno.test("an answer that is a success in the end has no challenge", async () => {
  const house = new House(), front = house.front();
  const headers = await openSession(front), session = house.session();
  session.taken.splice(0);
  const answering = front.handle(ask({ body: call(1, "wait"), headers }), PEER);
  const { place } = await session.took(1);
  place?.challenge?.(CHALLENGE);
  session.say(place, { jsonrpc: "2.0", id: 1, result: {} });
  const answer = await answering;
  assertEquals([answer.status, answer.headers["www-authenticate"]], [200, undefined]);
});

Deno.test("an answer that has begun as a stream, or is that of a batch, keeps its status", async () => {
  const house = new House(), front = house.front();
  const headers = await openSession(front, "2025-03-26");
  const session = house.session();
  for (const body of [call(1, "wait"), [call(1, "wait")]]) {
    session.taken.splice(0);
    const answering = front.handle(ask({ body, headers }), PEER);
    const { place } = await session.took(1);
    if (!Array.isArray(body)) {
      place?.beside(encodeFrame(notice("notifications/progress", { progressToken: 1, progress: 1 })));
    }
    place?.challenge?.(CHALLENGE);
    session.say(place, Array.isArray(body) ? [ERROR] : ERROR);
    const answer = await answering;
    assertEquals([answer.status, answer.headers["www-authenticate"]], [200, undefined]);
    await textOf(answer);
  }
});

function isWaiting({ incoming }: House["sessions"][number]["taken"][number]): boolean {
  return incoming.kind === "request" && incoming.method === "tools/call";
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let looks = 0; looks < 1000; looks++) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error("it did not happen");
}
