import { assertEquals } from "@std/assert";
import { call, charge, limited, openIn, world } from "./support.ts";

const ONCE = limited(charge({ limit: "1" }));

Deno.test("a limit used up by an earlier session holds, whenever the call joins a commit that is being drafted", async () => {
  const here = world();
  const first = await openIn(here);
  const within = await first.write(call({ decision: ONCE }));
  assertEquals(within.settled?.verdict, "forward");
  await first.close("done");
  for (let turns = 0; turns < 40; turns++) {
    const ledger = await openIn(here);
    const other = ledger.write(call({ tool: "another" }));
    for (let turn = 0; turn < turns; turn++) await null;
    const beyond = await ledger.write(call({ decision: ONCE }));
    assertEquals([turns, beyond.settled?.verdict], [turns, "refuse"]);
    await other;
    await ledger.close("done");
  }
});
