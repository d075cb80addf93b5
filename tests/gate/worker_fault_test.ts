/** The gate with real workers that hang and die: the call is refused and says so, the next one works. */
import { assertEquals } from "@std/assert";
import { WorkerClient } from "../../lib/channel/mod.ts";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, result } from "./_harness.ts";

function worker(): WorkerClient {
  const url = new URL("../channel/_worker.ts", import.meta.url);
  return new WorkerClient({ name: "test", url, permissions: "none", resend: true });
}

for (const [way, deadlineMs] of [["hang", 100], ["crash", 20_000]] as const) {
  Deno.test(`a scan worker that comes to a ${way} over a call costs that call, and no other`, async () => {
    const scan = worker();
    await scan.ask("echo", "warm");
    const bench = new Bench({
      inspect: async ({ text }) => {
        await scan.ask(text.includes("hostile") ? way : "echo", text, { deadlineMs });
        return { report: EMPTY_REPORT };
      },
      decide: () => decided("allow"),
    });
    bench.client(call(1, "hostile"), call(2, "harmless"));
    while (bench.toUpstream.length === 0) await bench.settle();
    bench.upstream(result(2, {}));
    await bench.gate.idle();
    scan.close();
    assertEquals(bench.toUpstream.map(({ params }) => (params as { name: string }).name), ["harmless"]);
    assertEquals(bench.toClient.map(({ id }) => id), [1, 2]);
    const faults = bench.calls().map(({ tool, faults }) => [tool, ...faults]);
    assertEquals(faults.sort(), [["[NOT SCANNED]", "scan"], ["harmless"]]);
  });
}
