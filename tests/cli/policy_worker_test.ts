/** Which policy decides: after a reload, after a restart of the worker, and after both. */
import { assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { WorkerClient } from "../../lib/channel/mod.ts";
import { BadPolicy, type PolicyWorker, startPolicyWorker } from "../../lib/cli/run/policy_worker.ts";
import type { PolicySource } from "../../lib/policy/mod.ts";
import { type AccessRequest, EMPTY_REPORT } from "../../lib/verdict/mod.ts";

const REQUEST: AccessRequest = {
  principal: { id: "a", verified: false, roles: [] },
  action: "tools/call",
  resource: { server: "s", name: "t" },
  direction: "to-upstream",
  judged: true,
  args: "{}",
  context: { session: "s", listing: "unknown", labels: [], calls: 0, nowMs: 0 },
};

function policy(fallback: string, more = ""): readonly PolicySource[] {
  const text = `version = 1\nname = "p"\ndefault = "${fallback}"\n${more}`;
  return [{ name: "p", file: "p.toml", format: "toml", text }];
}

interface Stage {
  readonly client: WorkerClient;
  readonly worker: PolicyWorker;
  /** What the policy in force says to a call that no rule is about. */
  readonly outcome: () => Promise<string>;
}

async function withWorker(run: (stage: Stage) => Promise<void>): Promise<void> {
  const url = new URL("./_policy_worker.ts", import.meta.url);
  const client = new WorkerClient({ name: "policy", url, permissions: "none", resend: true });
  try {
    const loading = { sources: policy("allow"), options: {} };
    const worker = await startPolicyWorker(client, loading, 5_000);
    await run({ client, worker, outcome: async () => (await worker.decide(REQUEST, EMPTY_REPORT)).outcome });
  } finally {
    client.close();
  }
}

/** Ends the worker, as a question does that it hangs over. */
async function hang(client: WorkerClient): Promise<void> {
  await assertRejects(() => client.ask("hang", {}, { deadlineMs: 20 }), Fault, "no answer within");
}

Deno.test("a policy that is only prepared decides nothing; once adopted it decides, also in a restarted worker", () =>
  withWorker(async ({ client, worker, outcome }) => {
    const next = await worker.prepare(policy("deny"));
    assertEquals(await outcome(), "allow");
    await worker.adopt(policy("deny"), next);
    assertEquals([await outcome(), worker.inForce.digest], ["deny", next.digest]);
    await hang(client);
    assertEquals(await outcome(), "deny");
  }));

Deno.test("a worker that was restarted between preparing and adopting adopts all the same", () =>
  withWorker(async ({ client, worker, outcome }) => {
    const next = await worker.prepare(policy("deny"));
    await hang(client);
    assertEquals(await outcome(), "allow", "it begins with the policy in force");
    await worker.adopt(policy("deny"), next);
    assertEquals(await outcome(), "deny");
  }));

Deno.test("a worker that dies twice while it adopts begins with the new policy, and that one is said to be in force", () =>
  withWorker(async ({ client, worker, outcome }) => {
    const next = await worker.prepare(policy("deny"));
    const ask = client.ask.bind(client);
    client.ask = () => Promise.reject(new Fault("worker", "Cannot ask the policy worker: it died"));
    await assertRejects(() => worker.adopt(policy("deny"), next), Fault, "it died");
    client.ask = ask;
    await hang(client);
    assertEquals([await outcome(), worker.inForce.digest], ["deny", next.digest]);
  }));

Deno.test("a policy with errors is not prepared, and what is in force goes on", () =>
  withWorker(async ({ worker, outcome }) => {
    const bad = await assertRejects(() => worker.prepare(policy("perhaps")), BadPolicy);
    assertEquals(bad.diagnostics.length, 1);
    assertEquals(await outcome(), "allow");
  }));

Deno.test("questions behind a restart wait until the policy is loaded again", () =>
  withWorker(async ({ client, outcome }) => {
    await hang(client);
    const many = await Promise.all(Array.from({ length: 50 }, outcome));
    assertEquals(many, Array(50).fill("allow"));
  }));

Deno.test("a policy says when it is loaded whether it hides tools", () =>
  withWorker(async ({ worker }) => {
    assertEquals([worker.hidesTools, await worker.hidden(REQUEST, ["a"])], [false, []]);
    const rule = 'hide_denied_tools = true\n[[rules]]\nid = "x"\neffect = "deny"\ntools = ["a"]\n';
    const sources = policy("allow", rule);
    await worker.adopt(sources, await worker.prepare(sources));
    assertEquals([worker.hidesTools, await worker.hidden(REQUEST, ["a", "b"])], [true, ["a"]]);
  }));
