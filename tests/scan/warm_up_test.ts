import { assert, assertEquals } from "@std/assert";
import { warmUp } from "../../lib/scan/mod.ts";

Deno.test("warmUp() looks in both directions, a step at a time, and the request's tables come at once", () => {
  const looks: string[] = [], steps: { readonly step: () => void; readonly ms: number }[] = [];
  const scanner = {
    inspect({ direction }: { readonly direction: string }) {
      looks.push(direction);
      return { report: { complete: true, findings: [], threat: { score: 0, parts: [] } } };
    },
  };
  warmUp(scanner, (step, ms) => steps.push({ step, ms }));
  assertEquals(looks, []);
  assertEquals(steps[0]?.ms, 0);
  assert(steps.slice(1).every(({ ms }) => ms > 0));
  steps[0]?.step();
  assertEquals(looks, ["to-upstream"]);
  for (const { step } of steps.slice(1)) step();
  assertEquals([...new Set(looks)].sort(), ["to-client", "to-upstream"]);
});
