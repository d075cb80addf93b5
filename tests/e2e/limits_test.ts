/** Limits are exact: for calls that come all at once, from several products, and after a restart. */
import { assertEquals } from "@std/assert";
import { fateOf, finish, startUnder } from "./forms/policy_run.ts";
import { assertVerifies, forwarded, type LineClient, openBox } from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "deny"
[[rules]]
id = "refunds"
effect = "allow"
tools = ["refund"]
within = { sum = "amount", limit = 2000, per = "ledger", key = "refund_total" }
[[rules]]
id = "thrice"
effect = "deny"
tools = ["ping-me"]
over = { calls = 3, per = "ledger" }
[[rules]]
id = "pings"
effect = "allow"
tools = ["ping-me"]
`;

/** As many refunds of 100 at once; how many went. */
async function refund(client: LineClient, count: number): Promise<number> {
  const fates = await Promise.all(
    Array.from({ length: count }, () => fateOf(client, "refund", { amount: 100 })),
  );
  assertEquals([...new Set(fates)].filter((fate) => fate !== "went" && fate !== "default"), []);
  return fates.filter((fate) => fate === "went").length;
}

Deno.test("a budget of 2,000 lets 20 of 50 parallel refunds of 100 through, and none after a restart", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY);
  assertEquals(await refund(client, 50), 20);
  await finish(client);
  const later = await startUnder(box, POLICY);
  assertEquals(await refund(later, 5), 0);
  await finish(later);
  const entries = await assertVerifies(box);
  assertEquals(forwarded(entries).filter(({ tool }) => tool === "refund").length, 20);
});

Deno.test("four products on one ledger share the budget exactly", async () => {
  await using box = await openBox();
  const clients = await Promise.all(Array.from({ length: 4 }, () => startUnder(box, POLICY)));
  const went = await Promise.all(clients.map((client) => refund(client, 50)));
  assertEquals(went.reduce((a, b) => a + b), 20, String(went));
  await Promise.all(clients.map(finish));
  const entries = await assertVerifies(box);
  assertEquals(forwarded(entries).filter(({ tool }) => tool === "refund").length, 20);
});

Deno.test("a refused call is not charged, and an amount in words is no amount", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY);
  assertEquals(await fateOf(client, "refund", { amount: 1999.99 }), "went");
  assertEquals(await fateOf(client, "refund", { amount: 5 }), "default");
  assertEquals(await fateOf(client, "refund", { amount: "much" }), "default");
  assertEquals(await fateOf(client, "refund", { amount: "0.01" }), "went");
  assertEquals(await fateOf(client, "refund", { amount: 0.01 }), "default");
  const fates = [];
  for (let n = 0; n < 5; n++) fates.push(await fateOf(client, "ping-me"));
  assertEquals(fates, ["went", "went", "went", "rule:thrice", "rule:thrice"]);
  await finish(client);
  await assertVerifies(box);
});
