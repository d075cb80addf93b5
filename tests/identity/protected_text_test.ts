import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Fault, sha256Hex, utf8 } from "../../lib/base/mod.ts";
import { Passphrase, PASSPHRASE_VARIABLE, passphraseFrom } from "../../lib/identity/mod.ts";
import { KEY_PASSPHRASE_VARIABLE } from "../../lib/transport/mod.ts";

const SECRET = "-----BEGIN PRIVATE KEY-----\nnot really one\n-----END PRIVATE KEY-----\n";
const WORDS = "correct horse battery staple";

/** One file as it was written on 2026-11-20: whatever is changed here, it must still open. */
const KEPT = `countersign/protected-key/v1
for blinding
argon2id m=65536 t=3 p=1 salt=ab3992c1b90056a53c665e21e3c9bd25
aes-256-gcm nonce=b8f2c89cd72b49dbee1dbea0
yVh4N6ZsNLS/sCG87Thc5s+S2kModLyQgTaCt5gSCkYtKhhVdJRey4S/A9q65/svH9PL4K9J3wVFfwYsIzXSSnIkX9DSjZMSxn5V4rW66qk7
sha256 d053d8f1fb84a11b4e9061d49c7dc0238e38512a9df2df54f2f475fda97a0f5e
`;

/** A file that is protected with {@link WORDS}; made once, as each takes a quarter of a second. */
const FILE = await new Passphrase(WORDS).seal(SECRET, "signing");

/** The file with a change, and the checksum that fits it: what a hostile hand would write. */
function changed(change: (body: string) => string, file: string = FILE): string {
  const body = change(file.slice(0, file.lastIndexOf("sha256 ")));
  return `${body}sha256 ${sha256Hex(utf8(body))}\n`;
}

/** Two other digits, whatever the random ones are. */
function another(digits: string): string {
  return digits === "00" ? "11" : "00";
}

async function refusal(text: string, words: string = WORDS): Promise<Fault> {
  return await assertRejects(() => new Passphrase(words).open(text, "signing", "keys/x.key"), Fault);
}

Deno.test("a protected file opens with its passphrase, shows its cost, and has nothing of the secret", async () => {
  assertEquals(await new Passphrase(WORDS).open(FILE, "signing", "x"), SECRET);
  assert(
    /^countersign\/protected-key\/v1\nfor signing\nargon2id m=65536 t=3 p=1 salt=[0-9a-f]{32}\n/.test(FILE),
  );
  assert(!FILE.includes("PRIVATE") && !FILE.includes(btoa(SECRET).slice(0, 16)));
});

Deno.test("a file that was protected long ago opens", async () => {
  assertEquals(await new Passphrase("Grüße, 世界 🔑").open(KEPT, "blinding", "x"), `${"ab".repeat(32)}\n`);
});

Deno.test("two files of one passphrase share its salt and no nonce; another passphrase object has another salt", async () => {
  const passphrase = new Passphrase(WORDS);
  const [one, other] = [await passphrase.seal(SECRET, "signing"), await passphrase.seal(SECRET, "signing")];
  const salt = (text: string) => /salt=(\w+)/.exec(text)?.[1],
    nonce = (text: string) => /nonce=(\w+)/.exec(text)?.[1];
  assertEquals(salt(one), salt(other));
  assertNotEquals(nonce(one), nonce(other));
  assertNotEquals(salt(one), salt(FILE));
});

Deno.test("what was opened and is sealed again keeps its salt: one derivation for a whole folder", async () => {
  const passphrase = new Passphrase(WORDS);
  await passphrase.open(FILE, "signing", "x");
  assertEquals(
    (await passphrase.seal("y", "blinding")).split("salt=")[1]?.slice(0, 32),
    FILE.split("salt=")[1]?.slice(0, 32),
  );
});

// Each of these costs a derivation: the cipher alone tells.
const WRONG: readonly (readonly [name: string, words: string, text: string])[] = [
  ["another passphrase", "correct horse battery stable", FILE],
  ["the passphrase and a space", `${WORDS} `, FILE],
  [
    "a changed box with a checksum that fits",
    WORDS,
    changed((body) =>
      body.replace(/\n(.)([^\n]+\n)$/, (_, first, rest) => `\n${first === "A" ? "B" : "A"}${rest}`)
    ),
  ],
  ["a changed nonce", WORDS, changed((body) => body.replace(/(?<=nonce=)../, another))],
  ["a changed salt", WORDS, changed((body) => body.replace(/(?<=salt=)../, another))],
  ["another cost within the bounds", WORDS, changed((body) => body.replace("t=3", "t=4"))],
];
for (const [name, words, text] of WRONG) {
  Deno.test(`open(): refuses ${name}, and says that the passphrase does not fit`, async () => {
    const fault = await refusal(text, words);
    assertEquals(fault.code, "key");
    assertEquals(fault.message, "Cannot open the protected key in keys/x.key: the passphrase does not fit");
    assert(fault.hint?.includes(PASSPHRASE_VARIABLE));
    assertEquals(fault.cause, undefined);
  });
}

const cost = (line: string) => changed((body) => body.replace("argon2id m=65536 t=3 p=1", line));
// None of these may cost a derivation, least of all the one that it asks for.
const HOSTILE: readonly (readonly [name: string, text: string, says: string])[] = [
  [
    "100 GiB",
    cost("argon2id m=99999999 t=3 p=1"),
    "it asks for argon2id m=99999999 t=3 p=1, want argon2id m=65536",
  ],
  ["one KiB more than the most", cost("argon2id m=262145 t=3 p=1"), "it asks for"],
  ["less memory than ours", cost("argon2id m=8 t=3 p=1"), "it asks for"],
  ["a hundred passes", cost("argon2id m=65536 t=100 p=1"), "it asks for"],
  ["one pass", cost("argon2id m=65536 t=1 p=1"), "it asks for"],
  ["99 lanes", cost("argon2id m=65536 t=3 p=99"), "it asks for"],
  ["no memory", cost("argon2id m=0 t=3 p=1"), "not the form"],
  ["a number beyond all numbers", cost(`argon2id m=${"9".repeat(400)} t=3 p=1`), "not the form"],
  ["negative memory", cost("argon2id m=-65536 t=3 p=1"), "not the form"],
  ["memory in hex", cost("argon2id m=0x10000 t=3 p=1"), "not the form"],
  ["memory with a leading zero", cost("argon2id m=065536 t=3 p=1"), "not the form"],
  ["memory as a float", cost("argon2id m=65536.5 t=3 p=1"), "not the form"],
  ["another derivation", cost("argon2i m=65536 t=3 p=1"), "not the form"],
  ["a cost twice", cost("argon2id m=65536 m=65536 t=3 p=1"), "not the form"],
  ["a short salt", changed((body) => body.replace(/salt=../, "salt=")), "not the form"],
  ["another cipher", changed((body) => body.replace("aes-256-gcm", "aes-128-gcm")), "not the form"],
  ["no box", changed((body) => body.replace(/\n[^\n]+\n$/, "\n\n")), "not the form"],
  [
    "a box of 64 KiB",
    changed((body) => body.replace(/\n[^\n]+\n$/, `\n${"A".repeat(65_536)}\n`)),
    "not the form",
  ],
  [
    "a box that is no base64",
    changed((body) => body.replace(/\n[^\n]+\n$/, `\n${"A".repeat(25)}\n`)),
    "not the form",
  ],
  ["a line more", changed((body) => `${body}more\n`), "not the form"],
  ["Windows line ends", FILE.replaceAll("\n", "\r\n"), "another version"],
  ["no line end", FILE.slice(0, -1), "not the form"],
  ["text behind it", `${FILE}\n`, "not the form"],
  ["text before it", ` ${FILE}`, "another version"],
  ["a later version", changed((body) => body.replace("/v1\n", "/v2\n")), "another version than v1"],
  ["nothing", "", "another version"],
  [
    "a flipped character",
    FILE.replace(/nonce=(.)/, (_, a) => `nonce=${a === "0" ? "1" : "0"}`),
    "checksum does not fit",
  ],
  [
    "another file's box",
    changed((body) => body.replace("for signing", "for blinding")),
    "a key for blinding, want one for signing",
  ],
  ["a use of its own", changed((body) => body.replace("for signing", "for everything")), "not the form"],
  ["NUL in the middle", changed((body) => body.replace("p=1", "p=\0")), "not the form"],
];
for (const [name, text, says] of HOSTILE) {
  Deno.test(`open(): refuses a file with ${name}, before anything is derived`, async () => {
    const fault = await refusal(text);
    assertEquals(fault.code, "key");
    assert(fault.message.includes(says), fault.message);
    assert(fault.message.length < 250);
  });
}

Deno.test("open(): a file that was cut off anywhere is damaged, and never a wrong passphrase", async () => {
  for (let length = 0; length < FILE.length; length++) {
    const fault = await refusal(FILE.slice(0, length));
    assert(!fault.message.includes("passphrase"), `${length}: ${fault.message}`);
  }
});

Deno.test("open(): any one character that changes is noticed before anything is derived", async () => {
  const at = fc.integer({ min: 0, max: FILE.length - 1 }),
    by = fc.constantFrom("0", "a", "B", " ", "\n", "é", "\0");
  await fc.assert(fc.asyncProperty(at, by, async (place, char) => {
    fc.pre(FILE[place] !== char);
    const fault = await refusal(`${FILE.slice(0, place)}${char}${FILE.slice(place + 1)}`);
    assert(!fault.message.includes("the passphrase does not fit"), fault.message);
  }));
});

Deno.test("a passphrase is the same however its letters were composed, and keeps everything else", async () => {
  const file = await new Passphrase("Gru\u0308ße\0 und mehr").seal("x", "signing");
  assertEquals(await new Passphrase("Gr\u00fcße\0 und mehr").open(file, "signing", "x"), "x");
  await assertRejects(() => new Passphrase("Gr\u00fcße").open(file, "signing", "x"), Fault, "does not fit");
});

Deno.test("a passphrase of a million characters works, to the last of them", async () => {
  const long = "x".repeat(1_000_000);
  const file = await new Passphrase(`${long}y`).seal("x", "signing");
  assertEquals(await new Passphrase(`${long}y`).open(file, "signing", "x"), "x");
  await assertRejects(() => new Passphrase(`${long}z`).open(file, "signing", "x"), Fault, "does not fit");
});

Deno.test("passphraseFrom(): none where the variable is not set, or is empty as for a child of ours", () => {
  assertEquals(passphraseFrom(() => undefined), undefined);
  assertEquals(passphraseFrom(() => ""), undefined);
  assert(passphraseFrom((name) => name === PASSPHRASE_VARIABLE ? WORDS : undefined) instanceof Passphrase);
});

Deno.test("passphraseFrom(): a value that is no text is a Fault without the value, which the system's own words quote", () => {
  const quote = () => {
    throw new TypeError('environment variable was not valid unicode: "hunter2\\xFF"');
  };
  const fault = assertThrows(() => passphraseFrom(quote), Fault, "is not UTF-8 text");
  assertEquals([fault.code, fault.cause], ["key", undefined]);
  assert(!`${fault.message}${fault.stack}`.includes("hunter2"));
});

Deno.test("checkStrength(): fewer than 8 characters protect nothing; they are counted as people do", () => {
  for (const short of ["#", "1234567", "🔑".repeat(7)]) {
    const fault = assertThrows(() => new Passphrase(short).checkStrength(), Fault, "too short");
    assert(!fault.message.includes(short));
  }
  for (const enough of ["12345678", "🔑".repeat(8)]) new Passphrase(enough).checkStrength();
});

Deno.test("nothing that is printed of a passphrase shows it", () => {
  const shown = `${Deno.inspect(new Passphrase(WORDS))} ${
    JSON.stringify(new Passphrase(WORDS))
  } ${new Passphrase(WORDS)}`;
  assert(!shown.includes("horse"), shown);
});

Deno.test("the variable that is withheld from upstreams is the one that the passphrase is read from", () => {
  assertEquals(KEY_PASSPHRASE_VARIABLE, PASSPHRASE_VARIABLE);
});

Deno.test("hash-wasm is loaded in one place, and only when a protected file is opened or made", async () => {
  const found: string[] = [];
  for await (const path of sources(new URL("../../lib/", import.meta.url))) {
    const text = await Deno.readTextFile(path);
    for (const line of text.split("\n").filter((line) => line.includes('"hash-wasm"'))) {
      found.push(`${path.pathname.split("/lib/").at(-1)}: ${line.trim()}`);
    }
  }
  assertEquals(found, ['identity/protected_text.ts: const { argon2id } = await import("hash-wasm");']);
});

async function* sources(folder: URL): AsyncIterable<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}
