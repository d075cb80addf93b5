/** While the ledger cannot be written, nothing leaves; once it can be again, the session goes on and tells of it. */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { receivedBy } from "./forms/upstream_view.ts";
import { assertVerifies, type Box, fixture, forwarded, openBox } from "./harness.ts";

/** Keeps every other process from writing to the ledger, as a backup program or a full disk would. */
function lockLedger(box: Box): Disposable {
  const database = new DatabaseSync(`${box.ledgerPath}/ledger.db`);
  database.exec("BEGIN IMMEDIATE");
  return { [Symbol.dispose]: () => database.close() };
}

Deno.test("calls are refused while the ledger cannot be written, and none of them leaves", async () => {
  await using box = await openBox();
  const env = { E2E_RECEIVED: box.path("received") };
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { env }));
  await client.initialize();
  await client.call("before");
  {
    using _lock = lockLedger(box);
    const replies = await Promise.all(["during-1", "during-2"].map((name) => client.call(name)));
    for (const { result } of replies) {
      assertEquals(result.isError, true);
      assertEquals(result._meta["dev.countersign/verdict"].reason, "fault:ledger");
    }
  }
  assertEquals((await client.call("after")).result.isError, undefined);
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  const names = receivedBy(box.path("received")).map(({ method, params }) => params?.name ?? method);
  assertEquals(names, ["initialize", "notifications/initialized", "before", "after"]);
  const entries = await assertVerifies(box);
  const answered = new Set(entries.filter(({ kind }) => kind === "outcome").map(({ call }) => call));
  const unanswered = forwarded(entries).filter(({ seq, form }) => form !== "notice" && !answered.has(seq));
  assertEquals(unanswered.map(({ tool }) => tool), [], "a reply was released, and its outcome is nowhere");
  assert(
    entries.some(({ kind, reason }) => kind === "fault" && reason === "fault:ledger"),
    "nothing tells of the fault",
  );
});
