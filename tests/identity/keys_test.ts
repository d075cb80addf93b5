import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { createPublicKey, verify } from "node:crypto";
import { Fault, fromHex, sha256Hex, toHex, utf8 } from "../../lib/base/mod.ts";
import {
  createKeyFiles,
  generateKeys,
  KEY_FILES,
  keyFilesExist,
  keyIdOf,
  loadKeyFiles,
  loadPublicKeyFile,
  publicKeyFromText,
  publicKeyText,
} from "../../lib/identity/mod.ts";

async function keyFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-keys-" });
  await Deno.mkdir(`${folder}/${KEY_FILES.folder}`, { mode: 0o700 });
  return folder;
}

Deno.test("a signature verifies with the published key, in another library's hands", () => {
  const keys = generateKeys();
  const signature = keys.sign(utf8("message"));
  assertEquals(signature.length, 64);
  assert(verify(null, utf8("message"), createPublicKey(publicKeyText(keys.publicKey)), signature));
});

Deno.test("the key id is the first 8 bytes of SHA-256 of the raw public key", () => {
  const publicKey = new Uint8Array(32).fill(7);
  assertEquals(keyIdOf(publicKey), sha256Hex(publicKey).slice(0, 16));
});

Deno.test("publicKeyFromText() reads back what publicKeyText() wrote, and hex", () => {
  const { publicKey } = generateKeys();
  assertEquals(publicKeyFromText(publicKeyText(publicKey)), publicKey);
  assertEquals(publicKeyFromText(` ${toHex(publicKey)}\n`), publicKey);
  assertEquals(publicKeyFromText(toHex(publicKey).toUpperCase()), publicKey);
});

Deno.test("publicKeyFromText() refuses what is no Ed25519 public key, and a private one", async () => {
  const folder = await keyFolder();
  await createKeyFiles(folder);
  const texts: Readonly<Record<string, string>> = {
    nothing: "",
    "half a key": "ab".repeat(16),
    "no hex": "zz".repeat(32),
    "a broken PEM": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "a private key": await Deno.readTextFile(`${folder}/${KEY_FILES.signing}`),
  };
  for (const [name, text] of Object.entries(texts)) {
    const fault = assertThrows(() => publicKeyFromText(text), Fault, "public key", name);
    assertEquals(fault.code, "key");
    if (text !== "") assert(!fault.message.includes(text.slice(0, 40)), name);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("two generated keys differ, in both secrets", () => {
  const one = generateKeys(), other = generateKeys();
  assertNotEquals(one.id, other.id);
  assertNotEquals(one.blinding, other.blinding);
});

Deno.test("key files: made with owner-only modes, and loaded as the same keys", async () => {
  const folder = await keyFolder();
  assertEquals(await keyFilesExist(folder), false);
  const made = await createKeyFiles(folder);
  assertEquals(await keyFilesExist(folder), true);
  const loaded = await loadKeyFiles(folder);
  assertEquals(loaded.id, made.id);
  assertEquals(loaded.blinding, made.blinding);
  assertEquals(await loadPublicKeyFile(folder), made.publicKey);
  if (Deno.build.os !== "windows") {
    for (const name of [KEY_FILES.signing, KEY_FILES.public, KEY_FILES.blinding]) {
      assertEquals((Deno.statSync(`${folder}/${name}`).mode ?? 0) & 0o777, 0o600, name);
    }
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createKeyFiles() goes on after a crash that left a half-written file", async () => {
  const folder = await keyFolder();
  await Deno.writeTextFile(`${folder}/${KEY_FILES.signing}.new`, "-----BEGIN", { mode: 0o644 });
  await createKeyFiles(folder);
  assertEquals((Deno.statSync(`${folder}/${KEY_FILES.signing}`).mode ?? 0) & 0o777, 0o600);
  await loadKeyFiles(folder);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadKeyFiles() names the key that is missing, and never a key's text", async () => {
  const folder = await keyFolder();
  await createKeyFiles(folder);
  const secret = await Deno.readTextFile(`${folder}/${KEY_FILES.blinding}`);
  await Deno.writeTextFile(`${folder}/${KEY_FILES.blinding}`, secret.slice(0, 20));
  const short = await assertRejects(() => loadKeyFiles(folder), Fault, "blinding");
  assert(!short.message.includes(secret.slice(0, 20)));
  await Deno.remove(`${folder}/${KEY_FILES.signing}`);
  const missing = await assertRejects(() => loadKeyFiles(folder), Fault, "signing.key is missing");
  assertEquals(missing.code, "key");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadKeyFiles() refuses a public key file that belongs to another key", async () => {
  const folder = await keyFolder();
  await createKeyFiles(folder);
  await Deno.writeTextFile(`${folder}/${KEY_FILES.public}`, publicKeyText(generateKeys().publicKey));
  await assertRejects(() => loadKeyFiles(folder), Fault, "another one");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("RFC 8032, test 1: the key id and text of a known public key", () => {
  const raw = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  if (raw === undefined) throw new Error("the literal is hex");
  assertEquals(keyIdOf(raw), "21fe31dfa154a261");
  assertEquals(
    publicKeyText(raw).split("\n")[1],
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
  );
});

const PUBLIC_TEXT = publicKeyText(generateKeys().publicKey);
const BODY = PUBLIC_TEXT.split("\n")[1] ?? "";
const PUBLIC_TEXTS: readonly (readonly [name: string, text: string, read: boolean])[] = [
  ["with Windows line ends", PUBLIC_TEXT.replaceAll("\n", "\r\n"), true],
  ["with a comment above it", `# tokens of the support team\n${PUBLIC_TEXT}`, true],
  ["in two lines", PUBLIC_TEXT.replace(BODY, `${BODY.slice(0, 20)}\n${BODY.slice(20)}`), true],
  ["beside another", `${PUBLIC_TEXT}${PUBLIC_TEXT}`, false],
  ["that ends early", PUBLIC_TEXT.replace(BODY, BODY.slice(0, 40)), false],
  ["that goes on", PUBLIC_TEXT.replace(BODY, `${BODY.slice(0, -1)}AAAA`), false],
  ["of another algorithm", PUBLIC_TEXT.replace("K2Vw", "K2Vu"), false],
  ["that is no base64", PUBLIC_TEXT.replace(BODY, "=".repeat(BODY.length)), false],
  [
    "beside its private half",
    `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${PUBLIC_TEXT}`,
    false,
  ],
  ["without its end", PUBLIC_TEXT.replace("-----END", "-----"), false],
];
for (const [name, text, read] of PUBLIC_TEXTS) {
  Deno.test(`publicKeyFromText(): ${read ? "reads" : "refuses"} a key in PEM ${name}`, () => {
    const known = publicKeyFromText(PUBLIC_TEXT);
    if (read) assertEquals(publicKeyFromText(text), known);
    else assertThrows(() => publicKeyFromText(text), Fault, "want an Ed25519 public key in PEM");
  });
}
