import { assert, assertEquals } from "@std/assert";
import { utf8 } from "../../lib/base/mod.ts";
import { generateKeys } from "../../lib/identity/mod.ts";
import { checkSignatures, SIGNATURE_ITEM_BYTES, verifySignature } from "../../lib/ledger/mod.ts";

const VECTORS = new URL("../vectors/", import.meta.url);

interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[];
  }[];
}

interface Cctv {
  readonly number: number;
  readonly key: string;
  readonly sig: string;
  readonly msg: string;
  readonly flags: readonly string[] | null;
}

async function vectors<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(path, VECTORS)));
}

const wycheproof = await vectors<Wycheproof>("wycheproof/ed25519_test.json");

Deno.test("Wycheproof: the corpus is there, all of it", () => {
  assertEquals(wycheproof.testGroups.flatMap(({ tests }) => tests).length, wycheproof.numberOfTests);
  assert(wycheproof.numberOfTests >= 150);
});

for (const { publicKey, tests } of wycheproof.testGroups) {
  for (const { tcId, comment, msg, sig, result } of tests) {
    Deno.test(`Wycheproof ed25519 ${tcId}: ${comment || result}`, () => {
      const key = Uint8Array.fromHex(publicKey.pk);
      assertEquals(
        verifySignature(key, Uint8Array.fromHex(msg), Uint8Array.fromHex(sig)),
        result === "valid",
      );
    });
  }
}

// What a strict, cofactorless verifier refuses. It takes keys and commitments of low order, as RFC 8032 lets it: whoever
// trusts such a key has trusted everybody, and no key of ours is one.
const REFUSED = ["low_order_residue", "non_canonical_A", "non_canonical_R"];

Deno.test("CCTV ed25519: every edge case is decided as a strict verifier without cofactor decides it", async () => {
  const cases = await vectors<Cctv[]>("ed25519-cctv/ed25519vectors.json");
  assertEquals(cases.length, 914);
  for (const { number, key, sig, msg, flags } of cases) {
    const accepted = verifySignature(Uint8Array.fromHex(key), utf8(msg), Uint8Array.fromHex(sig));
    assertEquals(accepted, !(flags ?? []).some((flag) => REFUSED.includes(flag)), `case ${number}`);
  }
});

Deno.test("checkSignatures() names the items that do not fit, and only those", () => {
  const keys = generateKeys();
  const items = new Uint8Array(20 * SIGNATURE_ITEM_BYTES);
  for (let i = 0; i < 20; i++) {
    const hash = new Uint8Array(32).fill(i);
    const signature = keys.sign(Uint8Array.from([...utf8("countersign/entry/v1\n"), ...hash]));
    items.set(hash, i * SIGNATURE_ITEM_BYTES);
    items.set(signature, i * SIGNATURE_ITEM_BYTES + 32);
  }
  assertEquals(checkSignatures({ publicKey: keys.publicKey, items }), []);
  for (const bad of [0, 7, 19]) {
    items[bad * SIGNATURE_ITEM_BYTES + 40] = (items[bad * SIGNATURE_ITEM_BYTES + 40] ?? 0) ^ 1;
  }
  assertEquals(checkSignatures({ publicKey: keys.publicKey, items }), [0, 7, 19]);
  const all = Array.from({ length: 20 }, (_, i) => i);
  assertEquals(checkSignatures({ publicKey: generateKeys().publicKey, items }), all);
  assertEquals(
    checkSignatures({ publicKey: new Uint8Array(31), items }),
    all,
    "what is no key has signed nothing",
  );
});

Deno.test("verifySignature() is false for a signature or a key of the wrong length", () => {
  const keys = generateKeys();
  const signature = keys.sign(utf8("x"));
  assertEquals(verifySignature(keys.publicKey, utf8("x"), signature), true);
  assertEquals(verifySignature(keys.publicKey, utf8("x"), signature.subarray(0, 63)), false);
  assertEquals(verifySignature(keys.publicKey.subarray(1), utf8("x"), signature), false);
  assertEquals(verifySignature(keys.publicKey, utf8("y"), signature), false);
});
