import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { Fault } from "../../../lib/base/mod.ts";
import { generateKeys, verifyAgentToken } from "../../../lib/identity/mod.ts";
import {
  type Attestation,
  ATTESTATION_TYPE,
  attestationReport,
  checkCertificate,
  verifyAttestation,
} from "../../../lib/ledger/evidence/mod.ts";
import { signJws } from "../../../lib/ledger/evidence/jws.ts";
import { answerCall, type Entry } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import type { Written } from "../../../lib/verdict/mod.ts";
import {
  call,
  decision,
  entriesIn,
  heldCall,
  locksIn,
  openIn,
  outcome,
  type World,
  world,
} from "../support.ts";

const FOR = "https://mcp.example.com";

async function attested(over: Parameters<typeof call>[0] = {}): Promise<{ here: World; written: Written }> {
  const here = world(), ledger = await openIn(here);
  const written = await ledger.write(call({ attestFor: FOR, ...over }));
  await ledger.close("done");
  return { here, written };
}

function claimsOf(here: World, token: string | undefined): Attestation {
  const checked = verifyAttestation(token ?? "", { publicKeys: [here.keys.publicKey], audience: FOR });
  if (!checked.ok) throw new Error(checked.error.detail);
  return checked.value;
}

function reasonFor(here: World, token: string, over: Partial<Parameters<typeof verifyAttestation>[1]> = {}) {
  const checked = verifyAttestation(token, { publicKeys: [here.keys.publicKey], ...over });
  return checked.ok ? "valid" : checked.error.reason;
}

Deno.test("an attestation says what the entry of its call says", async () => {
  const { here, written } = await attested({ masked: true });
  const entry = (await entriesIn(here))[written.ref.seq] as unknown as Entry;
  assertEquals(claimsOf(here, written.attestation), {
    agent: { id: "my-agent", verified: false },
    aud: FOR,
    entry: written.ref.seq,
    hash: written.ref.hash,
    iat: Math.floor(here.clock.nowMicros() / 1e6),
    input: entry.input,
    iss: "countersign",
    jti: entry.id,
    ledger: `countersign/${here.keys.id}`,
    method: "tools/call",
    policy: entry.policy,
    server: "files",
    tool: "read_file",
  });
});

Deno.test("arguments that are easy to guess cannot be guessed from an attestation", async () => {
  const input = '{"arguments":{"pin":"1234"},"name":"read_file"}';
  const [one, other] = await Promise.all([attested({ input }), attested({ input })]);
  const digests = [one, other].map(({ here, written }) => claimsOf(here, written.attestation).input?.digest);
  assert(digests[0] !== digests[1], "the same arguments have the same digest");
  const plain = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(input));
  assert(!digests.includes(new Uint8Array(plain).toHex()));
});

Deno.test("what may not leave is not attested, and neither is what nobody asked for", async (t) => {
  const rows: readonly (readonly [string, Parameters<typeof call>[0]])[] = [
    ["refused", { decision: decision({ outcome: "deny" }) }],
    ["held", { decision: decision({ outcome: "ask" }) }],
    ["invalid", { invalid: "invalid-params" }],
    ["not asked for", { attestFor: undefined as never }],
    ["a dry run", { enforced: false }],
    ["a fault of the scanner", { faults: ["scan"] }],
  ];
  for (const [name, over] of rows) {
    await t.step(name, async () => assertEquals((await attested(over)).written.attestation, undefined));
  }
});

Deno.test("a ledger is called in its attestations what its checkpoints call it", async () => {
  const here = world();
  const first = await openIn(here, { request: { origin: "example.org/agents" } });
  assertEquals(
    claimsOf(here, (await first.write(call({ attestFor: FOR }))).attestation).ledger,
    "example.org/agents",
  );
  await first.close("done");
});

Deno.test("a held call is attested once a person has let it pass, whichever process asks", async () => {
  const here = world(), ledger = await openIn(here);
  const { ref, attestation } = await ledger.write(heldCall({ attestFor: FOR }));
  assertEquals(attestation, undefined);
  await assertRejects(() => ledger.attest(ref.seq, FOR), Fault, "no held call that was let pass");
  const { keys, clock } = here, deps = { store: memoryStore(here.rows), keys, clock, locks: locksIn(here) };
  await answerCall(deps, { call: ref.seq, decision: "allow" });
  // Nobody has looked at the answer yet: it could be anybody's.
  await assertRejects(() => ledger.attest(ref.seq, FOR), Fault);
  await ledger.answers([ref.seq]);
  here.clock.advanceMs(5_000);
  const claims = claimsOf(here, await ledger.attest(ref.seq, FOR));
  assertEquals([claims.entry, claims.hash], [ref.seq, ref.hash]);
  assertEquals(claims.iat, Math.floor(here.clock.nowMicros() / 1e6));
  await ledger.write(outcome(ref.seq));
  await assertRejects(() => ledger.attest(ref.seq, FOR), Fault);
  await ledger.close("done");
});

Deno.test("a held call that was denied, and a call that was not held, are not attested", async () => {
  const here = world(), ledger = await openIn(here);
  const { ref } = await ledger.write(heldCall({ attestFor: FOR }));
  const { keys, clock } = here, deps = { store: memoryStore(here.rows), keys, clock, locks: locksIn(here) };
  await answerCall(deps, { call: ref.seq, decision: "deny" });
  await ledger.answers([ref.seq]);
  const forwarded = await ledger.write(call());
  for (const seq of [ref.seq, forwarded.ref.seq, 0, 999]) {
    await assertRejects(() => ledger.attest(seq, FOR), Fault, "no held call");
  }
  await ledger.close("done");
});

Deno.test("a server checks an attestation with any JOSE library", async () => {
  const { here, written } = await attested();
  const token = written.attestation ?? "";
  const x = here.keys.publicKey.toBase64({ alphabet: "base64url", omitPadding: true });
  const keys = createLocalJWKSet({ keys: [{ kty: "OKP", crv: "Ed25519", x, kid: here.keys.id }] });
  const nowMs = here.clock.nowMicros() / 1000;
  const options = {
    typ: ATTESTATION_TYPE,
    issuer: "countersign",
    audience: FOR,
    algorithms: ["EdDSA"],
    maxTokenAge: "5m",
    currentDate: new Date(nowMs + 60_000),
  };
  const { payload, protectedHeader } = await jwtVerify(token, keys, options);
  assertEquals([payload["tool"], payload["entry"]], ["read_file", written.ref.seq]);
  assertEquals(protectedHeader, { alg: "EdDSA", kid: here.keys.id, typ: ATTESTATION_TYPE });
  await assertRejects(() => jwtVerify(token, keys, { ...options, audience: "https://other.example.com" }));
  await assertRejects(() => jwtVerify(token, keys, { ...options, currentDate: new Date(nowMs + 600_000) }));
  await assertRejects(() => jwtVerify(token, keys, { ...options, typ: "JWT" }));
});

Deno.test("an attestation is taken for nothing else, and nothing else for one", async () => {
  const { here, written } = await attested();
  const token = written.attestation ?? "", publicKeys = [here.keys.publicKey];
  const nowMs = here.clock.nowMicros() / 1000, nowSeconds = Math.floor(nowMs / 1000);
  const certified = checkCertificate(token, { publicKeys, nowSeconds });
  assertEquals(certified.ok ? "valid" : certified.error.reason, "malformed");
  const asAgent = { aud: "countersign", sub: "root", exp: nowSeconds + 60 };
  // Even one that says all that an agent token says, where somebody made the ledger's key a key of agents.
  for (const claims of [claimsOf(here, token), asAgent]) {
    const tokenOfOurs = signJws(claims, ATTESTATION_TYPE, here.keys);
    const agent = await verifyAgentToken(tokenOfOurs, { scheme: "ed25519", publicKeys }, { nowMs });
    assertEquals(agent.ok ? "valid" : agent.error.code, "unsupported-header");
  }
  for (const typ of ["JWT", "countersign-certificate+jwt", `application/${ATTESTATION_TYPE}`, ""]) {
    assertEquals(reasonFor(here, signJws(claimsOf(here, token), typ, here.keys)), "malformed");
  }
});

Deno.test("a token of another key, another algorithm or for another call is refused", async (t) => {
  const { here, written } = await attested();
  const good = written.attestation ?? "", claims = claimsOf(here, good);
  const other = generateKeys(),
    sign = (keys = here.keys, over = {}) => signJws({ ...claims, ...over }, ATTESTATION_TYPE, keys);
  const header = { kid: here.keys.id, typ: ATTESTATION_TYPE };
  const hs256 = await new SignJWT({ ...claims }).setProtectedHeader({ ...header, alg: "HS256" })
    .sign(here.keys.publicKey);
  const rows: readonly (readonly [string, string, string, Parameters<typeof reasonFor>[2]?])[] = [
    ["as it is", good, "valid"],
    ["another key", sign(other), "unknown-key"],
    ["another key under our name", sign({ ...other, id: here.keys.id }), "bad-signature"],
    ["the public key as a shared secret", hs256, "malformed"],
    ["replayed to another server", good, "wrong-audience", { audience: "https://other.example.com" }],
    ["put on another call", good, "wrong-call", { call: { method: "tools/call", tool: "delete_file" } }],
    ["put on another method", good, "wrong-call", { call: { method: "ping" } }],
    ["on its call", good, "valid", { audience: FOR, call: { method: "tools/call", tool: "read_file" } }],
    ["without its agent", sign(here.keys, { agent: undefined }), "malformed"],
    ["of a million characters", `${good}${"A".repeat(1_000_000)}`, "malformed"],
    ["nothing", "", "malformed"],
  ];
  for (const [name, token, want, over] of rows) {
    await t.step(name, () => assertEquals(reasonFor(here, token, over), want));
  }
});

Deno.test("property: no change of a character leaves an attestation valid, and none makes the check throw", async () => {
  const { here, written } = await attested();
  const good = written.attestation ?? "";
  fc.assert(
    fc.property(
      fc.nat(good.length - 1),
      fc.constantFrom("A", "b", ".", "=", "\u0000", "\u{1F687}", ""),
      (at, by) => {
        const token = good.slice(0, at) + by + good.slice(at + 1);
        return token === good || reasonFor(here, token) !== "valid";
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("names of a peer's choosing keep an attestation within what is read, whatever they are", async () => {
  const name = "\u0001".repeat(100_000);
  const { here, written } = await attested({ tool: name, method: name, server: name });
  assertEquals(claimsOf(here, written.attestation).entry, written.ref.seq);
});

Deno.test("held against its ledger, an attestation of an entry that is not there is found", async () => {
  const { here, written } = await attested();
  const token = written.attestation ?? "", publicKeys = [here.keys.publicKey];
  const entries = await entriesIn(here);
  const within = (change: (fields: Record<string, unknown>) => Record<string, unknown> | undefined) => ({
    report: { root: "" },
    entryAt: (seq: number) => {
      const changed = change({ ...entries[seq] });
      const hash = written.ref.hash;
      return Promise.resolve(changed === undefined ? undefined : { seq, hash, fields: changed as never });
    },
  });
  const statusOf = async (change: Parameters<typeof within>[0]) =>
    (await attestationReport(token, { publicKeys, within: within(change) })).status;
  assertEquals(await statusOf((fields) => fields), "intact");
  assertEquals(await statusOf(() => undefined), "broken");
  for (
    const other of [
      { verdict: "refuse" },
      { kind: "outcome" },
      { enforced: false },
      { tool: "rm" },
      { id: "another" },
      { input: { bytes: 62 } },
      { policy: undefined },
      { agent: { id: "my-agent", verified: true, roles: [] } },
    ]
  ) {
    assertEquals([other, await statusOf((fields) => ({ ...fields, ...other }))], [other, "broken"]);
  }
});
