import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, hmacSha256, toHex, utf8 } from "../../lib/base/mod.ts";
import { makeDigester } from "../../lib/ledger/mod.ts";

const ID = "01a0c450-6c00-732e-97b2-9dc2b7eee311";
const BLINDING = new Uint8Array(32).map((_, i) => i);

/** The specification, word for word, with the platform's own HMAC. */
function byTheBook(blinding: Uint8Array, id: string, text: string): string {
  const k = hmacSha256(blinding, concatBytes(utf8("countersign/digest/v1\n"), utf8(id)));
  return toHex(hmacSha256(k, utf8(text)));
}

Deno.test("payload() is HMAC-SHA-256 under a key of the entry, which is HMAC-SHA-256 of its id", () => {
  const digester = makeDigester(BLINDING);
  fc.assert(
    fc.property(fc.uuid({ version: 7 }), fc.string({ unit: "grapheme", maxLength: 300 }), (id, text) => {
      assertEquals(digester.payload(id, text), {
        bytes: utf8(text).length,
        digest: byTheBook(BLINDING, id, text),
      });
    }),
  );
});

Deno.test("payload() of texts around and beyond the size of its buffer", () => {
  const digester = makeDigester(BLINDING);
  for (const length of [0, 1, 21_844, 21_845, 21_846, 65_536, 1_048_576]) {
    const text = "é".repeat(length);
    assertEquals(digester.payload(ID, text), { bytes: 2 * length, digest: byTheBook(BLINDING, ID, text) });
  }
  assertEquals(digester.payload(ID, "x").digest, byTheBook(BLINDING, ID, "x"), "after a long one");
});

Deno.test("a known digest, so that the format never changes by accident", () => {
  assertEquals(
    makeDigester(BLINDING).payload(ID, '{"name":"read_file"}').digest,
    "73fe5d1a4057d23a03849102121e5c19534f2bdab845ed9464a54b8c50833439",
  );
});

Deno.test("the same text has another digest in another entry, and under another blinding key", () => {
  const one = makeDigester(BLINDING).payload(ID, "+49 170 1234567").digest;
  assertNotEquals(one, makeDigester(BLINDING).payload(ID.replace("e3", "f3"), "+49 170 1234567").digest);
  assertNotEquals(one, makeDigester(new Uint8Array(32)).payload(ID, "+49 170 1234567").digest);
});

Deno.test("keyOf() is a copy: what a receipt discloses does not change with the next entry", () => {
  const digester = makeDigester(BLINDING);
  const key = digester.keyOf(ID);
  const before = toHex(key);
  digester.payload(ID.replace("e3", "f3"), "other");
  assertEquals(toHex(key), before);
  assertEquals(digester.payload(ID, "text").digest, toHex(hmacSha256(key, "text")));
});

Deno.test("name() leaves 256 characters alone, and shortens more to a beginning, a length and a keyed digest", () => {
  const digester = makeDigester(BLINDING);
  assertEquals(digester.name(ID, "read_file"), "read_file");
  assertEquals(digester.name(ID, "x".repeat(256)), "x".repeat(256));
  const long = "x".repeat(1_048_576);
  const short = digester.name(ID, long);
  assertEquals(short, `${"x".repeat(160)}…[1048576 bytes, hmac ${byTheBook(BLINDING, ID, long)}]`);
  assertNotEquals(short, digester.name(ID, `${long}y`));
});

Deno.test("name() never makes half a character", () => {
  const digester = makeDigester(BLINDING);
  for (const name of [`${"x".repeat(159)}😀${"y".repeat(200)}`, "\ud800", "a\udc00b"]) {
    assert(digester.name(ID, name).isWellFormed());
  }
});
