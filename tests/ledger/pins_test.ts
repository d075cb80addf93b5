/** Bytes that other programs rely on, as literals. Where one of these fails, the format changed: old ledgers break. */
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createPrivateKey, sign } from "node:crypto";
import type { Keys } from "../../lib/ledger/mod.ts";
import { keyIdOf, publicKeyFromText } from "../../lib/identity/mod.ts";
import { headMessage, sealHead } from "../../lib/ledger/head.ts";
import { makeSealer } from "../../lib/ledger/record.ts";

// The secret and public key of RFC 8032, section 7.1, test 1.
const SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

function knownKeys(): Keys {
  const der = Buffer.from(`302e020100300506032b657004220420${SECRET}`, "hex");
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = publicKeyFromText(PUBLIC);
  return {
    id: keyIdOf(publicKey),
    publicKey,
    blinding: new Uint8Array(32),
    sign: (message) => sign(null, message, key),
  };
}

Deno.test("a record: format, leaf hash, signature, key id, zero, canonical bytes", () => {
  const seal = makeSealer(knownKeys());
  const { value, hash } = seal({
    v: 1,
    seq: 0,
    id: "01a0c450-6c00-732e-97b2-9dc2b7eee311",
    time: "2026-11-20T09:07:46.123456Z",
    prev: "0".repeat(64),
    kind: "session-open",
    session: "01a0c450-6c00-7b24-888c-a7dd2003e295",
    agent: { id: "my-agent", roles: [], verified: false },
    server: "files",
    enforced: true,
  });
  const text =
    '{"agent":{"id":"my-agent","roles":[],"verified":false},"enforced":true,"id":"01a0c450-6c00-732e-97b2-9dc2b7eee311","kind":"session-open","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":0,"server":"files","session":"01a0c450-6c00-7b24-888c-a7dd2003e295","time":"2026-11-20T09:07:46.123456Z","v":1}';
  assertEquals(new TextDecoder().decode(value.subarray(106)), text);
  assertEquals(hash, "daaca0308faa3850c4c39ac67d4191d488b569a86714154832c4351a0e2551a4");
  assertEquals(
    value.subarray(0, 106).toHex(),
    `01${hash}298cf85086389c8be18ab712bca4f9009f0c5784bc4259d4ea1710d074ddb74b3ae3e462bf1f70c3baabf582cfe71637ec7f441b89a6b049ff2053b2a56b680a21fe31dfa154a26100`,
  );
});

Deno.test("a head: what is signed, and the row", () => {
  const head = { seq: 41, hash: "ab".repeat(32), timeMicros: 1_790_000_000_123_456 };
  assertEquals(
    new TextDecoder().decode(headMessage(head)),
    `countersign/head/v1\n41\n${"ab".repeat(32)}\n1790000000123456\n`,
  );
  const row = JSON.parse(new TextDecoder().decode(sealHead(head, knownKeys())));
  assertEquals(row, {
    hash: "ab".repeat(32),
    key: "21fe31dfa154a261",
    seq: 41,
    sig:
      "ba2e0775684f98f1a8f244cf864d01fda5804b64a44dd7867d313a7dafb5abc84cc87835407966525abf661111917487ae9d7fdebc1cc53ad6a39461d503f70a",
    time_us: 1790000000123456,
    v: 1,
  });
});
