import { assertEquals } from "@std/assert";
import { newPolicyTexts, policyTextChanges, readPolicyTexts } from "../../lib/ledger/policy_texts.ts";
import { memoryRows, memoryStore } from "../../lib/store/mod.ts";
import { policyTexts } from "../../lib/cli/run/policy_texts.ts";
import { entriesIn, openIn, POLICY, world } from "./support.ts";

const OTHER = `sha256:${"cd".repeat(32)}`;
const TEXTS = [{ name: "policy.toml", text: "version = 1\n" }, { name: "bundled:standard", text: "# two\n" }];

Deno.test("policy texts are there once the entry that names their digest is", async () => {
  const here = world();
  const ledger = await openIn(here, { request: { policyTexts: TEXTS } });
  const store = memoryStore(here.rows);
  assertEquals(await readPolicyTexts(store, POLICY), TEXTS);
  const next = [{ name: "policy.toml", text: "version = 1 # changed\n" }];
  await ledger.write({ type: "policy", digest: OTHER, name: "policy", texts: next });
  assertEquals(await readPolicyTexts(store, OTHER), next);
  await ledger.close("end");
  assertEquals((await entriesIn(here)).map(({ kind }) => kind), ["session-open", "policy", "session-close"]);
});

Deno.test("policy texts are written once: later ones of the same digest change nothing", async () => {
  const here = world();
  await (await openIn(here, { request: { policyTexts: TEXTS } })).close("end");
  await (await openIn(here, { request: { policyTexts: [{ name: "x", text: "y" }] } })).close("end");
  assertEquals(await readPolicyTexts(memoryStore(here.rows), POLICY), TEXTS);
});

Deno.test("policy texts of any length come back whole, in parts that a store takes", async (t) => {
  for (const chars of [0, 10, 60 * 1024, 61 * 1024, 300_000, 2_000_000]) {
    await t.step(`${chars} characters`, async () => {
      const texts = [{ name: "long", text: "é".repeat(chars / 2) }];
      const changes = policyTextChanges(POLICY, texts);
      assertEquals(changes.every(({ value }) => (value?.length ?? 0) <= 60 * 1024), true);
      const store = memoryStore(memoryRows());
      const riding = await newPolicyTexts(store, { digest: POLICY, texts });
      if (riding.length > 0) await store.commit({ checks: [], changes: riding });
      assertEquals(await readPolicyTexts(store, POLICY), texts);
    });
  }
});

Deno.test("policy texts that nobody can have written by hand are left out", () => {
  assertEquals(policyTextChanges(POLICY, [{ name: "x", text: "a".repeat(5_000_000) }]), []);
});

Deno.test("policy rows that somebody else wrote are no texts", async () => {
  const store = memoryStore(memoryRows());
  const value = new TextEncoder().encode('{"name":"x"}');
  await store.commit({ checks: [], changes: [{ table: "policy", key: `${POLICY}/0`, value }] });
  assertEquals(await readPolicyTexts(store, POLICY), undefined);
});

Deno.test("policy texts of a configuration are its guardrails alone", () => {
  const text = `version = 1
[ledger]
path = "/home/jane/secret"
[guardrails]
max_calls = 3
[guardrails.limits]
x = 1
[agent]
id = "a"
`;
  const source = {
    name: "g",
    file: "/home/jane/countersign.toml",
    format: "toml",
    text,
    section: "guardrails",
  };
  assertEquals(policyTexts([source as never]), [{
    name: "countersign.toml",
    text: "[guardrails]\nmax_calls = 3\n[guardrails.limits]\nx = 1\n",
  }]);
});
