import { assertEquals } from "@std/assert";
import { agentPrincipal } from "../../lib/cli/agent_identity.ts";
import type { IdentityConfig } from "../../lib/config/mod.ts";
import { CLAIMS, EDDSA, eddsa, HS256, hs256, NOW_MS, PUBLIC_PEM, SECRET } from "../identity/tokens.ts";

const CONFIGURED = { id: "configured", verified: false, roles: [], authorizedBy: "jane@example.com" };
const NOBODY = { ...CONFIGURED, roles: [] };
const VERIFIED = {
  id: "support-bot",
  verified: true,
  roles: ["support-agent", "dpo"],
  authorizedBy: "jane@example.com",
};
const EXPIRES_MS = NOW_MS + 3_600_000;

/** Runs `test` with an [identity] table that names a file of the public key, of that mode. */
async function withKey(
  test: (identity: IdentityConfig, path: string) => Promise<void>,
  mode = 0o600,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-identity-" });
  try {
    const path = `${folder}/agents.pub`;
    await Deno.writeTextFile(path, PUBLIC_PEM);
    if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
    await test({ required: true, tokens: { scheme: "ed25519", publicKeys: [path] } }, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const NOTHING: readonly (readonly [name: string, token: string | undefined])[] = [
  ["no token", undefined],
  ["an empty one", ""],
  ["white space", " \n"],
];
for (const [name, token] of NOTHING) {
  Deno.test(`agentPrincipal(): ${name} is the configured id, unverified, and no key is read`, async () => {
    const tokens = { scheme: "ed25519", publicKeys: ["/nowhere/agents.pub"] } as const;
    const question = { token, configured: CONFIGURED, nowMs: NOW_MS };
    const agent = await agentPrincipal({ required: true, tokens }, question);
    if (!agent.ok) throw new Error(agent.error.message);
    assertEquals([agent.value.required, agent.value.expiresMs], [true, undefined]);
    assertEquals(agent.value.principal(NOW_MS), NOBODY);
  });
}

Deno.test("agentPrincipal(): a token gives id and roles until it expires, and then its id alone", async () => {
  await withKey(async (identity) => {
    const token = `${eddsa(EDDSA, CLAIMS)}\n`; // as `$(cat token)` leaves none, and a file has one
    const agent = await agentPrincipal(identity, { token, configured: CONFIGURED, nowMs: NOW_MS });
    if (!agent.ok) throw new Error(agent.error.message);
    assertEquals([agent.value.required, agent.value.expiresMs], [true, EXPIRES_MS]);
    assertEquals(agent.value.principal(NOW_MS), VERIFIED);
    assertEquals(agent.value.principal(EXPIRES_MS - 1), VERIFIED);
    assertEquals(agent.value.principal(EXPIRES_MS), { ...VERIFIED, verified: false, roles: [] });
  });
});

Deno.test("agentPrincipal(): a shared secret does as well", async () => {
  const secret = { kind: "env", variable: "AGENT_SECRET", value: SECRET } as const;
  const agent = await agentPrincipal(
    { required: false, tokens: { scheme: "hmac", secret } },
    { token: hs256(HS256, CLAIMS), configured: CONFIGURED, nowMs: NOW_MS },
  );
  if (!agent.ok) throw new Error(agent.error.message);
  assertEquals([agent.value.required, agent.value.principal(NOW_MS)], [false, VERIFIED]);
});

Deno.test("agentPrincipal(): a bad token is an error, also where none is required", async () => {
  await withKey(async (identity) => {
    const token = eddsa(EDDSA, { ...CLAIMS, exp: 1 });
    const question = { token, configured: CONFIGURED, nowMs: NOW_MS };
    const agent = await agentPrincipal({ ...identity, required: false }, question);
    assertEquals(agent, {
      ok: false,
      error: {
        reason: "expired",
        message: "Cannot use the agent token: it expired at 1970-01-01T00:00:01Z",
        hint: "make a new token: countersign identity token --help",
      },
    });
  });
});

Deno.test("agentPrincipal(): a token where nothing is configured to verify it is an error", async () => {
  const question = { token: eddsa(EDDSA, CLAIMS), configured: CONFIGURED, nowMs: NOW_MS };
  const agent = await agentPrincipal({ required: false }, question);
  assertEquals(!agent.ok && agent.error.reason, "no-keys");
});

Deno.test({
  name: "agentPrincipal(): a key file that others can write is not used",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withKey(async (identity, path) => {
      const question = { token: eddsa(EDDSA, CLAIMS), configured: CONFIGURED, nowMs: NOW_MS };
      const agent = await agentPrincipal(identity, question);
      assertEquals(!agent.ok && agent.error, {
        reason: "unusable-key",
        message:
          `Cannot check agent tokens: ${path} has mode 0622, so others can write it; at most 0600 is safe`,
        hint: `chmod go-w ${path}`,
      });
    }, 0o622);
  },
});
