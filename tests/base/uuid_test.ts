import { assertEquals, assertMatch } from "@std/assert";
import { uuidv7 } from "../../lib/base/mod.ts";

Deno.test("uuidv7() has version, variant and time where RFC 9562 wants them", () => {
  const id = uuidv7(0x017f22e279b0);
  assertMatch(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

Deno.test("uuidv7() sorts by time, and differs within a millisecond", () => {
  const ids = [1, 2, 300, 70_000, 2 ** 40].map(uuidv7);
  assertEquals([...ids].sort(), ids);
  assertEquals(new Set(Array.from({ length: 1000 }, () => uuidv7(5))).size, 1000);
});
