/** Who calls is a question of time, and where only verified agents may call, the others get a clear no. */
import { assertEquals } from "@std/assert";
import type { Principal } from "../../lib/verdict/mod.ts";
import { AGENT, ALLOW, Bench, call, notice, request, result } from "./_harness.ts";

const VERIFIED: Principal = { id: "agent", verified: true, roles: ["support"] };

Deno.test("an unverified agent gets its handshake, its lists and a clear no to every call, each an entry", async () => {
  const bench = new Bench({ settings: { verifiedOnly: true } });
  bench.client(
    request(1, "initialize", { protocolVersion: "2025-11-25" }),
    notice("notifications/initialized"),
    request(2, "ping"),
    request(3, "tools/list"),
    call(4, "read"),
    request(5, "resources/read", { uri: "file:///x" }),
    request(6, "x/unknown"),
  );
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ method }) => method), [
    "initialize",
    "notifications/initialized",
    "ping",
    "tools/list",
  ]);
  const [refused] = bench.toClient as { id: number; result: { content: { text: string }[] } }[];
  assertEquals(
    refused?.result.content[0]?.text,
    "Refused by policy: this agent has no valid token. (entry 4)",
  );
  const reasons = bench.calls().map(({ method, invalid }) => [method, invalid]);
  assertEquals(reasons.filter(([, reason]) => reason === "unverified-agent").map(([method]) => method), [
    "tools/call",
    "resources/read",
    "x/unknown",
  ]);
});

Deno.test("an unverified agent gets nothing of a task, also of one that began in another session", async () => {
  const bench = new Bench({ settings: { verifiedOnly: true } });
  const methods = ["tasks/list", "tasks/get", "tasks/result", "tasks/cancel", "tasks/update"];
  bench.client(...methods.map((method, i) => request(i + 1, method, { taskId: "t" })));
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  assertEquals(
    bench.calls().map(({ method, invalid }) => [method, invalid]),
    methods.map((method) => [method, "unverified-agent"]),
  );
});

Deno.test("a token that expires takes the rights with it, from one call to the next", async () => {
  const principals: Principal[] = [];
  const expires = 1_700_000_000_000 + 1000;
  const principal = (nowMs: number) => nowMs < expires ? VERIFIED : AGENT;
  const bench = new Bench({
    settings: { verifiedOnly: true, principal },
    decide: (asked) => {
      principals.push(asked.principal);
      return ALLOW;
    },
  });
  bench.client(call(1, "read"));
  await bench.settle();
  bench.clock.advanceMs(1000);
  bench.client(call(2, "read"));
  bench.upstream(result(1));
  await bench.gate.idle();
  assertEquals(principals, [VERIFIED]);
  assertEquals(bench.calls().map((entry) => [entry.principal.verified, entry.invalid]), [
    [true, undefined],
    [false, "unverified-agent"],
  ]);
  assertEquals(bench.outcomes().map((entry) => entry.principal), [VERIFIED], "who called, not who is left");
});

Deno.test("a call that a person approves after the token expired never leaves, and its outcome says why", async () => {
  const expires = 1_700_000_000_000 + 1000;
  const bench: Bench = new Bench({
    settings: { verifiedOnly: true, principal: (nowMs) => nowMs < expires ? VERIFIED : AGENT },
    decide: () => ({ ...ALLOW, outcome: "ask" }),
    answers: (calls) => calls.map((call) => ({ call, decision: "allow", reason: "rule:r1", cleared: [] })),
  });
  bench.client(call(1, "pay"));
  await bench.settle();
  bench.clock.advanceMs(1000);
  await bench.gate.idle();
  assertEquals(bench.toUpstream, []);
  assertEquals(bench.toClient.map(({ id }) => id), [1]);
  assertEquals(bench.outcomes().map(({ call, reason }) => [call, reason]), [[0, "unverified-agent"]]);
});
