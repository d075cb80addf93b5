/** On whose stream a message of an upstream came, over HTTP: questions are put to clients by it. */
import { assertEquals } from "@std/assert";
import {
  event,
  INITIALIZE,
  INITIALIZED,
  initializeResult,
  line,
  result,
  type Script,
  stream,
  withUpstream,
} from "../transport/http_upstream_kit.ts";

const QUESTION = { jsonrpc: "2.0", id: 1, method: "roots/list" };

/** Asks something on each stream there is. A stream that breaks goes on elsewhere. */
const asking: Script = ({ method, body, headers }) => {
  if (method === "GET" && headers.get("last-event-id") === "e1") return stream(event(result(8)));
  if (method === "GET") return stream(event(QUESTION));
  if (body?.method === "initialize") return initializeResult(body.id);
  if (body?.id === undefined) return new Response(null, { status: 202 });
  if (body.id === 8) return stream(`retry: 50\n${event(QUESTION, "e1")}`);
  // It claims the id of another request: what it says about itself counts for nothing.
  return stream(event({ ...QUESTION, params: { about: 8 } }) + event(result(body.id)) + event(QUESTION));
};

Deno.test("each message says on the stream of which request it came, and one of no request says nothing", async () => {
  await withUpstream(asking, async ({ link, batch }) => {
    link.write(INITIALIZE);
    assertEquals((await batch()).about, 1);
    link.write(line({ id: 7, method: "tools/call", params: { name: "a" } }));
    assertEquals([(await batch()).about, (await batch()).about], [7, 7]);
    // Behind the reply it is still the stream of that request; the gate knows that nobody waits there any more.
    assertEquals((await batch()).about, 7);
    link.write(line({ id: 8, method: "tools/call", params: { name: "a" } }));
    assertEquals([(await batch()).about, (await batch()).about], [8, 8]);
    link.write(INITIALIZED);
    assertEquals((await batch()).about, undefined);
  });
});
