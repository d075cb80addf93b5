/** Attestations: what a forwarded call takes along, alone and against the receipt of its entry. */
import { type Case, KEYS, oneSession, type Parts } from "./case.ts";
import type { VectorKey, VectorLedger } from "./maker.ts";
import { receiptOf } from "./receipts.ts";

const { first, stranger } = KEYS;
const TYPE = "countersign-attestation+jwt", AUDIENCE = "https://mcp.example.com";
const CALL = 3;

type Fields = Readonly<Record<string, unknown>>;

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function part(value: unknown): string {
  return base64url(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));
}

function headerOf(key: VectorKey): Fields {
  return { alg: "EdDSA", kid: key.id, typ: TYPE };
}

/** What the attestation of the entry `seq` says. */
function claimsOf(ledger: VectorLedger, seq = CALL): Fields {
  const made = ledger.entries[seq];
  const entry = JSON.parse(made?.text ?? "{}");
  const { agent, id, input, method, policy, server, tool } = entry;
  return {
    agent: { id: agent.id, verified: agent.verified },
    aud: AUDIENCE,
    entry: seq,
    hash: made?.hash,
    iat: 1_790_000_000,
    ...input && { input },
    iss: "countersign",
    jti: id,
    ledger: `countersign/${first.id}`,
    method,
    policy,
    server,
    tool,
  };
}

interface Change {
  /** In place of the header or the claims; a text is taken as it is. */
  readonly header?: unknown;
  readonly claims?: unknown;
  readonly signer?: VectorKey;
}

function tokenOf(
  { header = headerOf(first), claims = claimsOf(oneSession(3)), signer = first }: Change = {},
) {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${base64url(Uint8Array.fromHex(signer.sign(signed)))}`;
}

function alone(attestation: string, over: Partial<Parts> = {}): Parts {
  return { keys: [first.publicKey], attestation: `${attestation}\n`, ...over };
}

/** `token` against the receipt of a call. */
function withReceipt(token: string, seq = CALL): Parts {
  const receipt = `${JSON.stringify(receiptOf(oneSession(3), seq), null, 2)}\n`;
  return alone(token, { receipt });
}

function claiming(over: Fields): string {
  return tokenOf({ claims: { ...claimsOf(oneSession(3)), ...over } });
}

type Row = readonly [name: string, expect: string, about: string, make: () => Parts];

const ROWS: readonly Row[] = [
  ["intact", "intact", "The attestation of a call.", () => alone(tokenOf())],
  ["intact_receipt", "intact", "With the receipt of its entry.", () => withReceipt(tokenOf())],
  [
    "intact_audience",
    "intact",
    "For the one that it is for.",
    () => alone(tokenOf(), { audience: `${AUDIENCE}\n` }),
  ],
  [
    "intact_new_claim",
    "intact",
    "A claim that a later version may add.",
    () => alone(claiming({ later: [1] })),
  ],
  [
    "broken_audience",
    "broken",
    "For another server: somebody replays it.",
    () => alone(tokenOf(), { audience: "https://other.example.com\n" }),
  ],
  [
    "broken_hash",
    "broken",
    "The entry has another hash.",
    () => withReceipt(claiming({ hash: "0".repeat(64) })),
  ],
  ["broken_entry", "broken", "The receipt is of another entry.", () => withReceipt(tokenOf(), 1)],
  ["broken_tool", "broken", "The entry is of another tool.", () => withReceipt(claiming({ tool: "rm" }))],
  [
    "broken_agent",
    "broken",
    "The entry is of an agent that was not verified.",
    () => withReceipt(claiming({ agent: { id: "my-agent", verified: true } })),
  ],
  ["broken_id", "broken", "The entry has another id.", () => withReceipt(claiming({ jti: "other" }))],
  [
    "broken_policy",
    "broken",
    "It names a policy, and the entry does not.",
    () => withReceipt(claiming({ policy: `sha256:${"ab".repeat(32)}` })),
  ],
  [
    "unsigned_swapped",
    "unsigned",
    "The claims of one call under the signature of another.",
    () => {
      const [header, , signature] = tokenOf().split(".");
      return alone(`${header}.${part(claimsOf(oneSession(3), 1))}.${signature}`);
    },
  ],
  [
    "unsigned_stranger",
    "unsigned",
    "Signed by a key that is not trusted.",
    () => alone(tokenOf({ header: headerOf(stranger), signer: stranger })),
  ],
  [
    "unsigned_kid",
    "unsigned",
    "A stranger signs under the trusted key's id.",
    () => alone(tokenOf({ signer: stranger })),
  ],
  [
    "unreadable_none",
    "unreadable",
    "No algorithm.",
    () => alone(tokenOf({ header: { ...headerOf(first), alg: "none" } })),
  ],
  [
    "unreadable_hs256",
    "unreadable",
    "A shared secret, as which the public key could be taken.",
    () => alone(tokenOf({ header: { ...headerOf(first), alg: "HS256" } })),
  ],
  [
    "unreadable_certificate",
    "unreadable",
    "A certificate of the same key.",
    () => alone(tokenOf({ header: { ...headerOf(first), typ: "countersign-certificate+jwt" } })),
  ],
  [
    "unreadable_agent_token",
    "unreadable",
    "An agent token.",
    () => alone(tokenOf({ header: { ...headerOf(first), typ: "JWT" } })),
  ],
  [
    "unreadable_no_typ",
    "unreadable",
    "No type.",
    () => alone(tokenOf({ header: { alg: "EdDSA", kid: first.id } })),
  ],
  [
    "unreadable_header_twice",
    "unreadable",
    "A key of the header stands twice.",
    () => alone(tokenOf({ header: `{"alg":"none","alg":"EdDSA","kid":"${first.id}","typ":"${TYPE}"}` })),
  ],
  [
    "unreadable_claim_twice",
    "unreadable",
    "A claim stands twice.",
    () => {
      const text = JSON.stringify(claimsOf(oneSession(3)));
      return alone(tokenOf({ claims: `{"entry":9,${text.slice(1)}` }));
    },
  ],
  [
    "unreadable_crit",
    "unreadable",
    "An extension that must be understood.",
    () => alone(tokenOf({ header: { ...headerOf(first), crit: ["b64"], b64: false } })),
  ],
  [
    "unreadable_jwk",
    "unreadable",
    "A key that it brings along.",
    () => alone(tokenOf({ header: { ...headerOf(first), jwk: { kty: "OKP", crv: "Ed25519" } } })),
  ],
  [
    "unreadable_truncated",
    "unreadable",
    "Its signature is cut off.",
    () => alone(tokenOf().replace(/\.[^.]*$/, ".")),
  ],
  ["unreadable_padding", "unreadable", "Padding behind a part.", () => alone(`${tokenOf()}=`)],
  [
    "unreadable_loose_bits",
    "unreadable",
    "Bits of the last character that say nothing are set: a second text of the same signature.",
    () => alone(tokenOf().replace(/.$/, (last) => ALPHABET[ALPHABET.indexOf(last) + 1] ?? "")),
  ],
  ["unreadable_fourth_part", "unreadable", "A part more.", () => alone(`${tokenOf()}.AAAA`)],
  [
    "unreadable_huge",
    "unreadable",
    "Longer than one can be.",
    () => alone(claiming({ tool: "x".repeat(40_000) })),
  ],
  ["unreadable_no_hash", "unreadable", "No leaf hash.", () => alone(claiming({ hash: undefined }))],
  [
    "unreadable_entry",
    "unreadable",
    "A number of an entry that is none.",
    () => alone(claiming({ entry: "3" })),
  ],
  ["unreadable_time", "unreadable", "Milliseconds.", () => alone(claiming({ iat: 1_790_000_000_000 }))],
  ["unreadable_issuer", "unreadable", "Another issuer.", () => alone(claiming({ iss: "somebody" }))],
];

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export const ATTESTATIONS: readonly Case[] = ROWS.map(([name, expect, about, make]) => ({
  name: `attestation_${name}`,
  expect,
  about,
  make,
}));
