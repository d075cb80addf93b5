/** Lines of real programs in which something was found that is none, and their twins in which something is. */
import { assertEquals } from "@std/assert";
import { inspectValue, secretsOf } from "./_harness.ts";

const BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

const NOTHING: Readonly<Record<string, string>> = {
  "a check for a header of a key":
    `if (pem.indexOf("-----BEGIN PRIVATE KEY-----") !== 0) throw new TypeError();`,
  "a key that is put together":
    "return '-----BEGIN PRIVATE KEY-----\\n' + lines.join('\\n') + '\\n-----END PRIVATE KEY-----\\n';",
  "such a check in JSON": JSON.stringify({ patch: `+ pem.startsWith("-----BEGIN RSA PRIVATE KEY-----")` }),
  "a type that is called like its parameter":
    "function protect(folder: string, passphrase: Passphrase): void {",
  "a call that makes bytes": "await argon2id({ password: utf8(passphrase), salt })",
  "a table of characters": "5538 552E 555C 552C 5563 5533 5541 5557 5708 570B\n5709 57DF 5805",
  "a dump of bytes": "00000010: 5c6e 5a2e 4111 1111 1111 1111 0a2b ff00  \\nZ.A.......",
  "a dump with a row of zeros": "00000ed0: 2600 0000 0000 0000 a502 0000 1100 1a00  &...............",
  "a dump with a row of digits":
    "00000000: 7f45\n00015770: 4889 5424 3044 8844 2428 e891 eafe ff44  H.T$0D.D$(.....D\n",
  "an included header": "#include <system_error>\n#include <bits/functexcept.h>\nnever call it",
};

for (const [name, text] of Object.entries(NOTHING)) {
  Deno.test(`nothing is found in ${name}`, () => {
    for (const direction of ["to-upstream", "to-client"] as const) {
      assertEquals(inspectValue({ content: [{ type: "text", text }] }, { direction }).report.findings, []);
    }
  });
}

const FOUND: Readonly<Record<string, string>> = {
  "a key in quotes after its header": `["-----BEGIN PRIVATE KEY-----", "${BODY}"]`,
  "a key that is put together in source": `'-----BEGIN PRIVATE KEY-----\\n' + '${BODY}'`,
  "a header that a cut left": "-----BEGIN PRIVATE KEY-----",
  "a password with a colon behind it": "password: Tr0ub4dor&3xyz:",
  "a card behind a hexadecimal word": "face 4111 1111 1111 1111",
  "a card behind the number of a line": "00000010: 4111 1111 1111 1111 was declined",
  "a card between words": "dead beef 4111 1111 1111 1111 cafe",
};

for (const [name, text] of Object.entries(FOUND)) {
  Deno.test(`something is found in ${name}`, () => {
    assertEquals(secretsOf(inspectValue({ content: [{ type: "text", text }] })).length, 1);
  });
}
