/** `deno bench -A tests/bench/gate_bench.ts`: what the gate itself costs a call, with workers that answer at once. */
import { type JsonObject, pause, systemClock, utf8 } from "../../lib/base/mod.ts";
import { Gate } from "../../lib/gate/mod.ts";
import { EMPTY_REPORT, settleCall } from "../../lib/verdict/mod.ts";
import { AGENT, ALLOW } from "../gate/_harness.ts";

const CALLS_A_ROUND = 1_000;
const META = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
const RESULT = { content: [{ type: "text", text: "line of a file\n".repeat(20) }] };

interface Round {
  readonly gate: Gate;
  /** Replies that the client got over the one connection. */
  replies: number;
}

function openRound(): Round {
  let seq = 0;
  const round: Round = { gate: openGate(), replies: 0 };
  return round;

  function openGate(): Gate {
    return new Gate({
      settings: {
        server: "files",
        principal: () => AGENT,
        verifiedOnly: false,
        session: "s1",
        refusalStyle: "result",
        holdTimeoutMs: 60_000,
        enforced: true,
      },
      ports: {
        scan: {
          inspect: () => Promise.resolve({ report: EMPTY_REPORT }),
          fits: () => Promise.resolve("fits"),
        },
        policy: {
          decide: () => Promise.resolve(ALLOW),
          hidesTools: false,
          hidden: () => Promise.resolve([]),
        },
        ledger: {
          record: (call) => Promise.resolve({ ref: { seq: seq++, hash: "" }, settled: settleCall(call) }),
          write: () => Promise.resolve({ ref: { seq: seq++, hash: "" } }),
          answers: () => Promise.resolve([]),
          attest: () => Promise.reject(new Error("nothing is attested here")),
        },
        client: () => void round.replies++,
        upstream: (line) => {
          const { id } = JSON.parse(line) as JsonObject;
          round.gate.fromUpstream(frameOf({ jsonrpc: "2.0", id: id as number, result: RESULT }));
        },
        log: () => {},
        clock: systemClock,
        pause,
      },
    });
  }
}

function frameOf(message: JsonObject) {
  return { kind: "line", bytes: utf8(JSON.stringify(message)) } as const;
}

const CALLS = Array.from(
  { length: CALLS_A_ROUND },
  (_, i) =>
    frameOf({
      jsonrpc: "2.0",
      id: i,
      method: "tools/call",
      params: { name: "read", arguments: { path: `/srv/${i}` }, _meta: META },
    }),
);

Deno.bench(`${CALLS_A_ROUND} calls through the gate, one connection`, async () => {
  const round = openRound();
  for (const frame of CALLS) round.gate.fromClient(frame);
  await round.gate.idle();
  if (round.replies !== CALLS_A_ROUND) throw new Error(`${round.replies} replies`);
});

Deno.bench(`${CALLS_A_ROUND} calls through the gate, each with a place of its own`, async () => {
  const round = openRound();
  const reply = () => void round.replies++;
  for (const [i, frame] of CALLS.entries()) {
    round.gate.fromClient(frame, { scope: `${i}`, reply, beside: () => {} });
  }
  await round.gate.idle();
  if (round.replies !== CALLS_A_ROUND) throw new Error(`${round.replies} replies`);
});
