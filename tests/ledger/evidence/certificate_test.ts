import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createLocalJWKSet, exportJWK, importJWK, jwtVerify, SignJWT } from "jose";
import { generateKeys } from "../../../lib/identity/mod.ts";
import {
  CERTIFICATE_TYPE,
  checkCertificate,
  issueCertificate,
  PeriodCount,
} from "../../../lib/ledger/evidence/certificate.ts";
import { readJwks } from "../../../lib/ledger/evidence/jwks.ts";
import { signJws } from "../../../lib/ledger/evidence/jws.ts";
import type { Entry } from "../../../lib/ledger/mod.ts";
import { entriesIn, type World } from "../support.ts";
import { checkpointIn, someLedger } from "./support.ts";

const NOW = 1_790_000_000, DAY = 86_400;

async function certificateIn(here: World): Promise<string> {
  const count = new PeriodCount({
    since: "2026-01-01T00:00:00.000000Z",
    until: "2027-01-01T00:00:00.000000Z",
  });
  for (const entry of await entriesIn(here)) count.take(entry as unknown as Entry);
  return issueCertificate(count.claims(), {
    origin: `countersign/${here.keys.id}`,
    issuedSeconds: NOW,
    expiresSeconds: NOW + 90 * DAY,
    integrity: { status: "intact", entries: 10 },
    checkpoint: await checkpointIn(here),
  }, here.keys);
}

function check(here: Pick<World, "keys">, token: string, nowSeconds = NOW) {
  const checked = checkCertificate(token, { publicKeys: [here.keys.publicKey], nowSeconds });
  return checked.ok ? "valid" : checked.error.reason;
}

function jwk(publicKey: Uint8Array) {
  return { kty: "OKP", crv: "Ed25519", x: publicKey.toBase64({ alphabet: "base64url", omitPadding: true }) };
}

Deno.test("a certificate says what the entries of the period add up to", async () => {
  const here = await someLedger();
  const checked = checkCertificate(await certificateIn(here), {
    publicKeys: [generateKeys().publicKey, here.keys.publicKey],
    nowSeconds: NOW,
  });
  const claims = checked.ok ? checked.value : undefined;
  assertEquals([claims?.entries, claims?.integrity.status], [10, "intact"]);
  assertEquals(claims?.decisions, { allow: 3, deny: 0, ask: 1 });
  assertEquals(claims?.verdicts, { forward: 3, hold: 1 });
  assertEquals(claims?.policies, [`sha256:${"ab".repeat(32)}`]);
});

Deno.test("a certificate counts from its first instant to before its last", () => {
  const [a, b, c] = [
    "2026-01-01T00:00:00.000000Z",
    "2026-01-02T00:00:00.000000Z",
    "2026-01-03T00:00:00.000000Z",
  ];
  const count = new PeriodCount({ since: a ?? "", until: c ?? "" });
  for (const time of [a, b, c]) count.take({ time, kind: "fault" } as Entry);
  assertEquals(count.claims().entries, 2);
});

Deno.test("a certificate is a JWT that a library verifies", async () => {
  const here = await someLedger();
  const keys = createLocalJWKSet({ keys: [{ ...jwk(here.keys.publicKey), kid: here.keys.id }] });
  const { payload, protectedHeader } = await jwtVerify(await certificateIn(here), keys, {
    typ: CERTIFICATE_TYPE,
    issuer: "countersign",
    algorithms: ["EdDSA"],
    currentDate: new Date((NOW + 1) * 1000),
  });
  assertEquals(payload.sub, `countersign/${here.keys.id}`);
  assertEquals(protectedHeader, { alg: "EdDSA", kid: here.keys.id, typ: CERTIFICATE_TYPE });
});

const TIMES: readonly (readonly [string, number, string])[] = [
  ["a second before its time", NOW - 1, "not-yet-valid"],
  ["at its first second", NOW, "valid"],
  ["a second before its end", NOW + 90 * DAY - 1, "valid"],
  ["at its end", NOW + 90 * DAY, "expired"],
  ["long after", NOW + 900 * DAY, "expired"],
];

for (const [name, nowSeconds, want] of TIMES) {
  Deno.test(`a certificate ${name} is ${want}`, async () => {
    const here = await someLedger(1);
    assertEquals(check(here, await certificateIn(here), nowSeconds), want);
  });
}

Deno.test("a certificate by another key, or another kind of token, is refused", async (t) => {
  const here = await someLedger(1);
  const good = await certificateIn(here);
  const [header = "", payload = "", signature = ""] = good.split(".");
  const claims = JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" })),
  );
  const encoded = (fields: object) =>
    new TextEncoder().encode(JSON.stringify(fields)).toBase64({ alphabet: "base64url", omitPadding: true });
  const withHeader = (fields: object) => [encoded(fields), payload, signature].join(".");
  const base = { alg: "EdDSA", kid: here.keys.id, typ: CERTIFICATE_TYPE };
  const cases: readonly (readonly [string, string, string])[] = [
    ["another key", signJws(claims, CERTIFICATE_TYPE, generateKeys()), "unknown-key"],
    [
      "another key under our name",
      signJws(claims, CERTIFICATE_TYPE, { ...generateKeys(), id: here.keys.id }),
      "bad-signature",
    ],
    ["another typ of ours", signJws(claims, "JWT", here.keys), "malformed"],
    ["no algorithm", withHeader({ ...base, alg: "none" }), "malformed"],
    ["a shared secret", withHeader({ ...base, alg: "HS256" }), "malformed"],
    ["a key that it brings", withHeader({ ...base, jwk: jwk(here.keys.publicKey) }), "malformed"],
    ["crit", withHeader({ ...base, crit: ["b64"], b64: false }), "malformed"],
    ["no kid", withHeader({ alg: "EdDSA", typ: CERTIFICATE_TYPE }), "malformed"],
    ["other claims", [header, encoded({ ...claims, entries: 99 }), signature].join("."), "bad-signature"],
    ["no signature", `${header}.${payload}.`, "malformed"],
    ["padding", `${header}.${payload}.${signature}=`, "malformed"],
    ["a part more", `${good}.x`, "malformed"],
    ["no exp", signJws({ ...claims, exp: undefined }, CERTIFICATE_TYPE, here.keys), "malformed"],
    [
      "an exp that is a text",
      signJws({ ...claims, exp: "9999999999" }, CERTIFICATE_TYPE, here.keys),
      "malformed",
    ],
    ["another issuer", signJws({ ...claims, iss: "x" }, CERTIFICATE_TYPE, here.keys), "malformed"],
    [
      "another ledger's checkpoint",
      signJws(
        { ...claims, checkpoint: await checkpointIn(await someLedger(1)) },
        CERTIFICATE_TYPE,
        here.keys,
      ),
      "bad-checkpoint",
    ],
    ["nothing", "", "malformed"],
  ];
  for (const [name, token, want] of cases) {
    await t.step(name, () => assertEquals(check(here, token), want));
  }
});

Deno.test("a token of a library with our key and type is taken, and one that it made for somebody else is not", async () => {
  const here = await someLedger(1);
  const secret = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const { x = "" } = await exportJWK(secret.publicKey);
  const token = await new SignJWT({ iss: "countersign" })
    .setProtectedHeader({ alg: "EdDSA", kid: here.keys.id, typ: CERTIFICATE_TYPE }).sign(secret.privateKey);
  assertEquals(check(here, token), "bad-signature");
  assertEquals(x.length, 43);
  await assertRejects(async () => void await importJWK({ kty: "OKP", crv: "Ed25519" }, "EdDSA"));
});

Deno.test("whatever a certificate is made of, checking it answers and does not throw", async () => {
  const here = await someLedger(1);
  const good = await certificateIn(here);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.constantFrom("A", ".", "=", "\u0000", ""), (at, by) => {
      const token = good.slice(0, at) + by + good.slice(at + 1);
      return token === good || check(here, token) !== "valid";
    }),
    { numRuns: 500 },
  );
});

Deno.test("readJwks() takes Ed25519 keys, leaves others alone, and refuses what is no set of public keys", () => {
  const { publicKey } = generateKeys();
  const ours = jwk(publicKey), rsa = { kty: "RSA", n: "AQAB", e: "AQAB" };
  const read = (keys: unknown) => readJwks(JSON.stringify({ keys }));
  const found = read([rsa, ours, { ...ours, use: "enc" }, { ...ours, alg: "ES256" }, {
    ...ours,
    x: "short",
  }]);
  assertEquals(found, { ok: true, value: [publicKey] });
  for (
    const [name, keys] of Object.entries({
      none: [],
      others: [rsa],
      private: [{ ...ours, d: "AA" }],
      text: "x",
    })
  ) {
    assertEquals([name, read(keys).ok], [name, false]);
  }
  assertEquals(readJwks("{}").ok, false);
  assertEquals(readJwks("nothing").ok, false);
});
