import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { generateKeyPairSync } from "node:crypto";
import { Fault, utf8Decode } from "../../lib/base/mod.ts";
import {
  keyIdOf,
  makeAgentToken,
  readUnproven,
  type TokenKeys,
  verifyAgentToken,
} from "../../lib/identity/mod.ts";
import { readJws, verifyJws } from "../../lib/identity/jws.ts";
import {
  CLAIMS,
  ED25519,
  EDDSA,
  eddsa,
  HMAC,
  HS256,
  hs256,
  KEY_ID,
  NOW_MS,
  PRIVATE_PEM,
  PUBLIC_BYTES,
  PUBLIC_PEM,
  SECRET,
} from "./tokens.ts";

const NOW = NOW_MS / 1000;
const AGENT = { id: "support-bot", roles: ["support-agent", "dpo"], expiresMs: NOW_MS + 3_600_000 };

/** RFC 8037, appendix A.4: a JWS over a text that is no JSON. */
const RFC_8037_JWS = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
  "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/** RFC 7515, appendix A.1: a JWT with HS256, and its key. */
const RFC_7515_JWS = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." +
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const RFC_7515_KEY = Uint8Array.fromBase64(
  "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
  { alphabet: "base64url" },
);

async function payloadOf(token: string, keys: TokenKeys): Promise<string | undefined> {
  const jws = readJws(token);
  if (!jws.ok) throw new Error(jws.error.message);
  return await verifyJws(jws.value, keys) === undefined ? utf8Decode(jws.value.payload) : undefined;
}

Deno.test("verifyJws(): RFC 8037, appendix A.4 (Ed25519)", async () => {
  assertEquals(await payloadOf(RFC_8037_JWS, ED25519), "Example of Ed25519 signing");
  assertEquals(keyIdOf(PUBLIC_BYTES), KEY_ID);
});

Deno.test("verifyJws(): RFC 7515, appendix A.1 (HS256)", async () => {
  const payload = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}';
  assertEquals(await payloadOf(RFC_7515_JWS, { scheme: "hmac", secret: RFC_7515_KEY }), payload);
});

Deno.test("verifyAgentToken(): the tokens of the RFCs are signed well, and none of ours", async () => {
  const first = await verifyAgentToken(RFC_8037_JWS, ED25519, { nowMs: NOW_MS });
  const second = await verifyAgentToken(RFC_7515_JWS, { scheme: "hmac", secret: RFC_7515_KEY }, {
    nowMs: 1_300_819_000_000,
  });
  assertEquals([!first.ok && first.error.code, !second.ok && second.error.code], [
    "bad-claims",
    "wrong-audience",
  ]);
});

interface Good {
  readonly token: string;
  readonly keys?: TokenKeys;
  readonly roles?: readonly string[];
  readonly nowMs?: number;
}

const { roles: _, ...WITHOUT_ROLES } = CLAIMS;
const GOOD: Readonly<Record<string, Good>> = {
  "Ed25519": { token: eddsa(EDDSA, CLAIMS) },
  "HS256": { token: hs256(HS256, CLAIMS), keys: HMAC },
  "no typ": { token: eddsa({ alg: "EdDSA" }, CLAIMS) },
  "a kid of ours": { token: eddsa({ ...EDDSA, kid: KEY_ID }, CLAIMS) },
  "a kid as another issuer names its key": { token: eddsa({ ...EDDSA, kid: "2026-prod" }, CLAIMS) },
  "the second of two keys": {
    token: eddsa(EDDSA, CLAIMS),
    keys: {
      scheme: "ed25519",
      publicKeys: [
        new Uint8Array(32).fill(9),
        PUBLIC_BYTES,
      ],
    },
  },
  "no roles": { token: eddsa(EDDSA, WITHOUT_ROLES), roles: [] },
  "a role twice": { token: eddsa(EDDSA, { ...CLAIMS, roles: ["a", "a"] }), roles: ["a"] },
  "an audience among others": { token: eddsa(EDDSA, { ...CLAIMS, aud: ["x", "countersign"] }) },
  "claims of others": { token: eddsa(EDDSA, { ...CLAIMS, iss: "https://id.example.com", jti: "1" }) },
  "an issuer whose clock is 20 s ahead": {
    token: eddsa(EDDSA, { ...CLAIMS, iat: NOW + 20, nbf: NOW + 20 }),
  },
  "the last millisecond": { token: eddsa(EDDSA, CLAIMS), nowMs: AGENT.expiresMs - 1 },
  "a role with a space in it": {
    token: eddsa(EDDSA, { ...CLAIMS, roles: ["team lead"] }),
    roles: ["team lead"],
  },
};
for (const [name, { token, keys = ED25519, roles = AGENT.roles, nowMs = NOW_MS }] of Object.entries(GOOD)) {
  Deno.test(`verifyAgentToken(): holds with ${name}`, async () => {
    assertEquals(await verifyAgentToken(token, keys, { nowMs }), { ok: true, value: { ...AGENT, roles } });
  });
}

const GOOD_TOKEN = eddsa(EDDSA, CLAIMS);

Deno.test("a token of another scheme is refused before any key is touched", async () => {
  const keys: TokenKeys = {
    scheme: "ed25519",
    get publicKeys(): never {
      throw new Error("a key was touched");
    },
  };
  const agent = await verifyAgentToken(hs256(HS256, CLAIMS, PUBLIC_BYTES), keys, { nowMs: NOW_MS });
  assertEquals(!agent.ok && agent.error.code, "wrong-scheme");
});

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
const TOKENS = [["Ed25519", GOOD_TOKEN, ED25519], ["HS256", hs256(HS256, CLAIMS), HMAC]] as const;
for (const [name, token, keys] of TOKENS) {
  Deno.test(`${name}: a token with any one character changed, left out or put in does not verify`, async () => {
    const edit = fc.record({
      at: fc.nat(token.length - 1),
      char: fc.constantFrom(...ALPHABET),
      kind: fc.constantFrom("change", "remove", "insert"),
    });
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, char, kind }) => {
        const rest = token.slice(kind === "insert" ? at : at + 1);
        const edited = `${token.slice(0, at)}${kind === "remove" ? "" : char}${rest}`;
        if (edited === token) return;
        assertEquals((await verifyAgentToken(edited, keys, { nowMs: NOW_MS })).ok, false);
      }),
      { numRuns: 300 },
    );
  });
}

Deno.test("verifyAgentToken(): whatever text comes gets an answer", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join(".")),
    fc.record({ header: fc.json(), claims: fc.json() }).map(({ header, claims }) => eddsa(header, claims)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (token) => {
      const agent = await verifyAgentToken(token, ED25519, { nowMs: NOW_MS });
      assert(!agent.ok);
    }),
    { numRuns: 100 },
  );
});

const NEW = { agentId: "bot", roles: ["a"], issuedMs: NOW_MS + 999, expiresMs: NOW_MS + 60_999 };

Deno.test("makeAgentToken(): makes what verifies, in whole seconds, under the name of its key", async () => {
  const signed = await makeAgentToken(NEW, { scheme: "ed25519", privateKey: PRIVATE_PEM });
  const shared = await makeAgentToken(NEW, { scheme: "hmac", secret: Buffer.from(SECRET) });
  const agent = { ok: true, value: { id: "bot", roles: ["a"], expiresMs: NOW_MS + 60_000 } };
  assertEquals(await verifyAgentToken(signed, ED25519, { nowMs: NOW_MS }), agent as never);
  assertEquals(await verifyAgentToken(shared, HMAC, { nowMs: NOW_MS }), agent as never);
  const claims = { sub: "bot", roles: ["a"], aud: "countersign", iat: NOW, exp: NOW + 60 };
  assertEquals(readUnproven(signed), { ok: true, value: { alg: "EdDSA", kid: KEY_ID, claims } });
  assertEquals(readUnproven(shared), { ok: true, value: { alg: "HS256", claims } });
});

const NOT_MADE: readonly (readonly [name: string, what: Partial<typeof NEW>])[] = [
  ["an id with a control character", { agentId: "a\u0007" }],
  ["an empty role", { roles: [""] }],
  ["33 roles", { roles: Array.from({ length: 33 }, (_, i) => `r${i}`) }],
];
for (const [name, what] of NOT_MADE) {
  Deno.test(`makeAgentToken(): refuses ${name}, which verification would refuse`, async () => {
    const signer = { scheme: "hmac", secret: Buffer.from(SECRET) } as const;
    const fault = await assertRejects(() => makeAgentToken({ ...NEW, ...what }, signer), Fault);
    assertEquals(fault.code, "usage");
  });
}

Deno.test("makeAgentToken(): a key that is none is told without its text", async () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
    format: "pem",
    type: "pkcs8",
  }).toString();
  for (const privateKey of ["hunter2hunter2", PUBLIC_PEM, rsa]) {
    const fault = await assertRejects(
      () => makeAgentToken(NEW, { scheme: "ed25519", privateKey }),
      Fault,
    );
    assertEquals(fault.code, "key");
    assert(!fault.message.includes("hunter2") && !fault.message.includes("MII"));
    assert(fault.hint?.includes("identity keygen"));
  }
});
