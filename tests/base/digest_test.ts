import { assertEquals } from "@std/assert";
import {
  hmacSha256,
  leafHash,
  nodeHash,
  randomBytes,
  sha256,
  sha256Hex,
  toHex,
  utf8,
} from "../../lib/base/mod.ts";

Deno.test("sha256() gives the digests of FIPS 180-4", () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals([toHex(sha256("")), toHex(sha256(utf8("abc")))], [empty, abc]);
  assertEquals([sha256Hex(""), sha256Hex("abc")], [empty, abc]);
});

Deno.test("hmacSha256() gives case 2 of RFC 4231", () => {
  const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  assertEquals(toHex(hmacSha256(utf8("Jefe"), "what do ya want for nothing?")), expected);
});

Deno.test("leafHash() and nodeHash() are those of RFC 6962: a leaf is never a node", () => {
  // The leaf hash of the empty entry, and the root of two of them, as in the reference implementation's tests.
  const leaf = leafHash(new Uint8Array(0));
  assertEquals(toHex(leaf), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  assertEquals(
    toHex(nodeHash(utf8("N123"), utf8("N456"))),
    "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
  );
});

Deno.test("randomBytes() gives as many as asked for, and others each time", () => {
  assertEquals([randomBytes(0).length, randomBytes(32).length], [0, 32]);
  assertEquals(toHex(randomBytes(16)) === toHex(randomBytes(16)), false);
});
