/** Masks that limits or history ask for: known only when the entry is written, and put on before it is. */
import { assert, assertEquals } from "@std/assert";
import type { CallRecord } from "../../lib/verdict/mod.ts";
import { Bench, call, decided } from "./_harness.ts";

const MASKED = "[REDACTED]";
const ARGS = { bcc: "b", ssn: "s", text: "t" };

function redacting(
  remask: (call: CallRecord) => { remask: string[] } | undefined,
  seen: CallRecord[],
): Bench {
  return new Bench({
    decide: () => decided("allow", { duties: { redactFields: ["bcc"], labels: [] } }),
    remask: (record) => {
      seen.push(record);
      return remask(record);
    },
  });
}

const ROWS = [
  { name: "fewer masks", remask: [], leaves: ARGS, verdict: false },
  { name: "other masks", remask: ["ssn"], leaves: { ...ARGS, ssn: MASKED }, verdict: true },
];

for (const { name, remask, leaves, verdict } of ROWS) {
  Deno.test(`the ledger asks for ${name}: the call is masked so, recorded once more, and leaves so`, async () => {
    const seen: CallRecord[] = [];
    const bench = redacting(({ again }) => again ? undefined : { remask }, seen);
    bench.client(call(1, "send", ARGS));
    await bench.settle();
    assertEquals((bench.toUpstream[0]?.params as { arguments: unknown }).arguments, leaves);
    assertEquals(seen.map(({ again, masks }) => [again, masks]), [[false, ["bcc"]], [true, remask]]);
    assertEquals(bench.calls().length, 1);
    assertEquals(bench.calls()[0]?.masked, verdict);
    assertEquals(JSON.parse(bench.calls()[0]?.input ?? "").arguments, leaves);
  });
}

Deno.test("masks that the ledger has no objection to are recorded once", async () => {
  const seen: CallRecord[] = [];
  const bench = redacting(() => undefined, seen);
  bench.client(call(1, "send", ARGS));
  await bench.settle();
  assertEquals(seen.map(({ masks, masked }) => [masks, masked]), [[["bcc"], true]]);
});

Deno.test("a ledger that asks for other masks again and again stops the call", async () => {
  const bench = redacting(() => ({ remask: ["ssn"] }), []);
  bench.client(call(1, "send", ARGS));
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  assert(bench.log.some((line) => line.startsWith("fault:ledger")));
});
