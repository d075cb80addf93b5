/** Which policy decides where several are on their way. */
import { assertEquals } from "@std/assert";
import { type Loading, PolicyInForce } from "../../lib/policy/mod.ts";
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

function loading(fallback: string): Loading {
  const text = `version = 1\nname = "p"\ndefault = "${fallback}"\n`;
  return { sources: [{ name: "p", file: "p.toml", format: "toml", text }], options: {} };
}

Deno.test("of two policies that are loaded the last stays in force, whichever is ready first", async () => {
  const policy = new PolicyInForce();
  const slow = loading("allow");
  const rules = Array.from(
    { length: 200 },
    (_, i) => `[[rules]]\nid = "r${i}"\neffect = "allow"\ntools = ["x${i}"]\nwhen = 'args.a == ${i}'\n`,
  ).join("");
  const first = { ...slow, sources: slow.sources.map((s) => ({ ...s, text: s.text + rules })) };
  await Promise.all([policy.load(first), policy.load(loading("deny"))]);
  assertEquals((await policy.decide(REQUEST, EMPTY_REPORT)).outcome, "deny");
});
