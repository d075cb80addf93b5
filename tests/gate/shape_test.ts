import { assertEquals } from "@std/assert";
import { warnAboutShape } from "../../lib/gate/shape.ts";
import type { Envelope, SettledCall } from "../../lib/verdict/mod.ts";
import { decided } from "./_harness.ts";

const ENVELOPE: Envelope = {
  ref: "p/envelope",
  scope: "s",
  parts: [],
  workflows: [],
  workflowsAfter: 1,
  thresholds: { warn: 0.4, ask: 0.6, kill: 0.8 },
};
const SETTLED: SettledCall = {
  verdict: "forward",
  decision: "allow",
  reason: "default",
  rules: [],
  message: "",
  charged: true,
};

for (const [percent, lines] of [[undefined, 0], [39, 0], [40, 1]] as const) {
  Deno.test(`a session that is off by ${percent ?? "nothing"} makes ${lines} lines at a warning from 40 on`, () => {
    const log: string[] = [];
    const open = {
      layers: [],
      envelopes: [ENVELOPE],
      fallback: { outcome: "allow", rules: [], reason: "default", message: "" },
    } as const;
    const settled = percent === undefined
      ? SETTLED
      : { ...SETTLED, envelope: { percent, parts: ["max_calls"] } };
    warnAboutShape((line) => void log.push(line), { settled, decision: decided("allow", { open }), seq: 7 });
    assertEquals(log.length, lines);
    if (lines === 1) {
      assertEquals(
        log[0],
        "warning: the session does not look as it should: 40 of 100 (max_calls), warn at 40 (entry 7)",
      );
    }
  });
}
