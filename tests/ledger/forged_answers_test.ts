/** Who can write to the store, and has no key, tries to let a held call pass with answers that we signed once. */
import { assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { answerCall } from "../../lib/ledger/mod.ts";
import { memoryLocks, memoryStore } from "../../lib/store/mod.ts";
import { heldCall, openIn, type World, world } from "./support.ts";

function answer(here: World, call: number, decision: "allow" | "deny") {
  const { keys, clock } = here;
  const deps = { store: memoryStore(here.rows), keys, clock, locks: memoryLocks(here.taken) };
  return answerCall(deps, { call, decision });
}

Deno.test("an approval of another session's call with the same number is not taken", async () => {
  const before = world();
  const first = await openIn(before);
  const { ref } = await first.write(heldCall());
  const approved = await answer(before, ref.seq, "allow");
  const stolen = await memoryStore(before.rows).read("entry", approved.ok ? approved.value.seq : -1);
  await first.close("done");

  const here: World = { ...world(), keys: before.keys };
  const ledger = await openIn(here);
  const held = await ledger.write(heldCall({ tool: "wire_money" }));
  assertEquals(held.ref.seq, ref.seq);
  const real = await answer(here, held.ref.seq, "deny");
  const seq = real.ok ? real.value.seq : -1;
  const store = memoryStore(here.rows);
  await store.commit({
    checks: [],
    changes: [{ table: "entry", key: seq, value: stolen?.value ?? new Uint8Array() }],
  });
  await assertRejects(() => ledger.answers([held.ref.seq]), Fault, "no entry that we signed says it");
});

Deno.test("a hold that is put back after its answer is not answered again", async () => {
  const here = world();
  const ledger = await openIn(here);
  const { ref } = await ledger.write(heldCall());
  const store = memoryStore(here.rows);
  const hold = await store.read("hold", ref.seq);
  await answer(here, ref.seq, "deny");
  await store.commit({
    checks: [],
    changes: [{ table: "hold", key: ref.seq, value: hold?.value ?? new Uint8Array() }],
  });
  const again = await answer(here, ref.seq, "allow");
  assertEquals(again.ok, false);
});
