import { assert, assertEquals } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { toHex } from "../../lib/base/mod.ts";
import { type TokenKeys, type TokenProblemCode, verifyAgentToken } from "../../lib/identity/mod.ts";
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
  part,
  PUBLIC_BYTES,
  PUBLIC_PEM,
  RFC_8037_KEY,
  SECRET,
} from "./tokens.ts";

const NOW = NOW_MS / 1000;
const OTHER_KEY = generateKeyPairSync("ed25519").privateKey;
const GOOD_TOKEN = eddsa(EDDSA, CLAIMS);
const [HEADER = "", PAYLOAD = "", SIGNATURE = ""] = GOOD_TOKEN.split(".");
/** The claims without one of them. */
function without(name: keyof typeof CLAIMS): unknown {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([key]) => key !== name));
}
function ed(claims: Record<string, unknown>): string {
  return eddsa(EDDSA, { ...CLAIMS, ...claims });
}

type Bad = readonly [code: TokenProblemCode, token: string, keys?: TokenKeys];
const BAD: Readonly<Record<string, Bad>> = {
  // Form.
  "nothing": ["malformed", ""],
  "a word": ["malformed", "hello"],
  "two parts": ["malformed", `${HEADER}.${PAYLOAD}`],
  "four parts": ["malformed", `${GOOD_TOKEN}.${SIGNATURE}`],
  "five parts, as an encrypted token has": ["malformed", "a.b.c.d.e"],
  "too long a token": ["too-long", `${HEADER}.${"A".repeat(8192)}.${SIGNATURE}`],
  "padding": ["malformed", `${HEADER}.${PAYLOAD}.${SIGNATURE}==`],
  "base64 in place of base64url": ["malformed", `${HEADER}.${PAYLOAD}.+/${SIGNATURE.slice(2)}`],
  "white space inside": ["malformed", `${HEADER}. ${PAYLOAD}.${SIGNATURE}`],
  "a newline at its end": ["malformed", `${GOOD_TOKEN}\n`],
  "unused bits set in the last character": ["malformed", `${HEADER}.${PAYLOAD}.${SIGNATURE.slice(0, -1)}B`],
  "a part of an impossible length": ["malformed", `${HEADER}.${PAYLOAD}.AAAAA`],
  "the JSON form of JWS": ["malformed", JSON.stringify({ payload: PAYLOAD, signatures: [] })],
  // Header.
  "a header that is no JSON": ["malformed", eddsa("EdDSA", CLAIMS)],
  "a header that is a list": ["malformed", eddsa(["EdDSA"], CLAIMS)],
  "a header with alg twice": ["malformed", eddsa('{"alg":"EdDSA","alg":"none"}', CLAIMS)],
  "a header without alg": ["malformed", eddsa({ typ: "JWT" }, CLAIMS)],
  "an alg that is a list": ["malformed", eddsa({ alg: ["EdDSA"] }, CLAIMS)],
  "a kid that is a number": ["malformed", eddsa({ ...EDDSA, kid: 1 }, CLAIMS)],
  "crit": ["unsupported-header", eddsa({ ...EDDSA, crit: ["exp"], exp: 1 }, CLAIMS)],
  "b64": ["unsupported-header", eddsa({ ...EDDSA, b64: false }, CLAIMS)],
  "a key that it brings along (jwk)": [
    "unsupported-header",
    eddsa({ ...EDDSA, jwk: { kty: "OKP", crv: "Ed25519", x: RFC_8037_KEY.x } }, CLAIMS),
  ],
  "the address of a key (jku)": [
    "unsupported-header",
    eddsa({ ...EDDSA, jku: "https://evil.example" }, CLAIMS),
  ],
  "a certificate (x5c)": ["unsupported-header", eddsa({ ...EDDSA, x5c: ["MIIB"] }, CLAIMS)],
  // Scheme.
  "alg none and no signature": ["wrong-scheme", `${part({ alg: "none" })}.${PAYLOAD}.`],
  "alg nOnE": ["wrong-scheme", `${part({ alg: "nOnE" })}.${PAYLOAD}.`],
  "alg none with hmac configured": ["wrong-scheme", `${part({ alg: "none" })}.${PAYLOAD}.`, HMAC],
  "HS256 with the public key's bytes as secret": ["wrong-scheme", hs256(HS256, CLAIMS, PUBLIC_BYTES)],
  "HS256 with the public key's PEM as secret": ["wrong-scheme", hs256(HS256, CLAIMS, PUBLIC_PEM)],
  "HS256 with the public key's hex as secret": ["wrong-scheme", hs256(HS256, CLAIMS, toHex(PUBLIC_BYTES))],
  "HS512": ["wrong-scheme", hs256({ alg: "HS512" }, CLAIMS), HMAC],
  "EdDSA with hmac configured": ["wrong-scheme", GOOD_TOKEN, HMAC],
  "the other name of the algorithm (RFC 9864)": ["wrong-scheme", eddsa({ alg: "Ed25519" }, CLAIMS)],
  "alg in small letters": ["wrong-scheme", eddsa({ alg: "eddsa" }, CLAIMS)],
  // Signature.
  "no signature": ["bad-signature", `${HEADER}.${PAYLOAD}.`],
  "a short signature": ["bad-signature", `${HEADER}.${PAYLOAD}.${SIGNATURE.slice(0, 40)}`],
  "a signature of zeros": ["bad-signature", `${HEADER}.${PAYLOAD}.${"A".repeat(86)}`],
  "other claims under the same signature": [
    "bad-signature",
    `${HEADER}.${part({ ...CLAIMS, roles: ["admin"] })}.${SIGNATURE}`,
  ],
  "another header under the same signature": [
    "bad-signature",
    `${part({ alg: "EdDSA" })}.${PAYLOAD}.${SIGNATURE}`,
  ],
  "another key": ["bad-signature", eddsa(EDDSA, CLAIMS, OTHER_KEY)],
  "another key under the name of ours": [
    "bad-signature",
    eddsa({ ...EDDSA, kid: KEY_ID }, CLAIMS, OTHER_KEY),
  ],
  "another key under its own name": ["unknown-key", eddsa({ ...EDDSA, kid: "other" }, CLAIMS, OTHER_KEY)],
  "another secret": ["bad-signature", hs256(HS256, CLAIMS, `${SECRET}!`), HMAC],
  "HS256 signed by our key in place of the secret": ["bad-signature", eddsa(HS256, CLAIMS), HMAC],
  // Claims.
  "claims that are no JSON": ["bad-claims", eddsa(EDDSA, "hello")],
  "claims that are a list": ["bad-claims", eddsa(EDDSA, [CLAIMS])],
  "a claim twice": ["bad-claims", eddsa(EDDSA, `{"sub":"a",${JSON.stringify(CLAIMS).slice(1)}`)],
  "claims that are not UTF-8": ["bad-claims", eddsa(EDDSA, Uint8Array.of(0x7b, 0xff, 0x7d))],
  "no claims at all": ["bad-claims", eddsa(EDDSA, "")],
  "no audience": ["wrong-audience", eddsa(EDDSA, without("aud"))],
  "another audience": ["wrong-audience", ed({ aud: "toll" })],
  "an audience that only begins so": ["wrong-audience", ed({ aud: "countersign.example" })],
  "an audience in capitals": ["wrong-audience", ed({ aud: "Countersign" })],
  "an empty list of audiences": ["wrong-audience", ed({ aud: [] })],
  "no subject": ["no-subject", eddsa(EDDSA, without("sub"))],
  "an empty subject": ["no-subject", ed({ sub: "" })],
  "a subject that is a number": ["no-subject", ed({ sub: 1 })],
  "a subject of 129 characters": ["no-subject", ed({ sub: "a".repeat(129) })],
  "a subject with a newline": ["no-subject", ed({ sub: "a\nb" })],
  "a subject with an invisible character": ["no-subject", ed({ sub: "admin\u200b" })],
  "a subject with a space at its end": ["no-subject", ed({ sub: "admin " })],
  "a subject that is not in NFC": ["no-subject", ed({ sub: "cafe\u0301" })],
  "roles as one text": ["bad-roles", ed({ roles: "admin" })],
  "roles that are null": ["bad-roles", ed({ roles: null })],
  "33 roles": ["bad-roles", ed({ roles: Array.from({ length: 33 }, (_, i) => `r${i}`) })],
  "a role that is a number": ["bad-roles", ed({ roles: ["a", 1] })],
  "an empty role": ["bad-roles", ed({ roles: [""] })],
  "a role with a control character": ["bad-roles", ed({ roles: ["a\u001b[2J"] })],
  "no end": ["no-expiry", eddsa(EDDSA, without("exp"))],
  "an end that is a text": ["bad-claims", ed({ exp: "2030-01-01" })],
  "an end in milliseconds": ["bad-claims", ed({ exp: NOW_MS })],
  "an end below zero": ["bad-claims", ed({ exp: -1 })],
  "an end of an hour ago": ["expired", ed({ exp: NOW - 3600 })],
  "an end of this very moment": ["expired", ed({ exp: NOW })],
  "a beginning in an hour": ["not-yet-valid", ed({ nbf: NOW + 3600 })],
  "an issue in an hour": ["not-yet-valid", ed({ iat: NOW + 3600 })],
  "a beginning that is a text": ["bad-claims", ed({ nbf: "now" })],
};
for (const [name, [code, token, keys = ED25519]] of Object.entries(BAD)) {
  Deno.test(`verifyAgentToken(): refuses ${name} as ${code}`, async () => {
    const agent = await verifyAgentToken(token, keys, { nowMs: NOW_MS });
    if (agent.ok) throw new Error("it was taken");
    const { message, hint } = agent.error;
    assertEquals(agent.error.code, code, message);
    assert(/^Cannot use the agent token: [^.]+$/.test(message) && hint !== "");
    const said = `${message} ${hint}`;
    assert(!said.includes(SECRET) && !token.split(".").some((one) => one.length > 8 && said.includes(one)));
  });
}
