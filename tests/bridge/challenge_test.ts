/** A server that does not know who calls, behind the bridge: the client hears of it as it does without one. */
import { assertEquals } from "@std/assert";
import { type JsonObject } from "../../lib/base/mod.ts";
import { type Challenge, readFrame } from "../../lib/wire/mod.ts";
import { call } from "../gate/_harness.ts";
import { BridgeBench, modern, modernCall, Place } from "./_harness.ts";

const CHALLENGE: Challenge = { status: 401, value: "Bearer" };

class ChallengedPlace extends Place {
  readonly heard: string[] = [];

  override reply(line?: string): void {
    super.reply(line);
    this.heard.push("reply");
  }

  challenge({ status }: Challenge): void {
    this.heard.push(String(status));
  }
}

/** The server refuses its newest request of that method. */
async function challenge(bench: BridgeBench, method: string): Promise<void> {
  const { id = null } = bench.sent(method);
  const answer: JsonObject = { jsonrpc: "2.0", id, error: { code: -32603, message: "who?" } };
  const bytes = new TextEncoder().encode(JSON.stringify(answer));
  const incoming = readFrame({ kind: "line", bytes });
  bench.gate.fromUpstream({ kind: "read", incoming, bytes: bytes.length, challenge: CHALLENGE });
  await bench.settle();
}

Deno.test("a challenge reaches the modern client whose call a legacy server refuses, ahead of the reply", async () => {
  const bench = new BridgeBench(), place = new ChallengedPlace("x2");
  await bench.legacyServer(modernCall(1), new Place("x1"));
  await bench.client(modernCall(1), place);
  await challenge(bench, "tools/call");
  assertEquals(place.heard, ["401", "reply"]);
});

Deno.test("a challenge reaches the legacy client whose call a modern server refuses, ahead of the reply", async () => {
  const bench = new BridgeBench(), place = new ChallengedPlace("s");
  await bench.modernServer();
  await bench.client(call(1, "t"), place);
  await challenge(bench, "tools/call");
  assertEquals(place.heard, ["401", "reply"]);
});

Deno.test("a challenge to the client's own discovery reaches it, whatever else is asked meanwhile", async () => {
  const bench = new BridgeBench(), place = new ChallengedPlace("x1");
  await bench.client(modern(1, "server/discover"), place);
  await challenge(bench, "server/discover");
  await challenge(bench, "initialize");
  assertEquals(place.heard, ["401", "reply"]);
});
