import { assertEquals, assertThrows } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { MeterBook } from "../../lib/ledger/meter_book.ts";
import { call, charge, decision, openIn, world } from "./support.ts";

const CHARGES = [charge({ limit: 1 })];

Deno.test("a meter that was not read from the store cannot be charged", () => {
  assertThrows(() => new MeterBook().charge(CHARGES, 1), Fault, "was not read");
});

Deno.test("a limit used up by an earlier session holds, whenever the call joins a commit that is being drafted", async () => {
  const here = world();
  const first = await openIn(here);
  const within = await first.write(call({ decision: decision({ charges: CHARGES }) }));
  assertEquals(within.settled?.verdict, "forward");
  await first.close("done");
  for (let turns = 0; turns < 40; turns++) {
    const ledger = await openIn(here);
    const other = ledger.write(call({ tool: "another" }));
    for (let turn = 0; turn < turns; turn++) await null;
    const beyond = await ledger.write(call({ decision: decision({ charges: CHARGES }) }));
    assertEquals([turns, beyond.settled?.verdict], [turns, "refuse"]);
    await other;
    await ledger.close("done");
  }
});
