/** Where a secret may stand, and what is done about it on the way out and on the way back. */
import { assert, assertEquals } from "@std/assert";
import { idsOf, inspectText, inspectValue, SAMPLES } from "./_harness.ts";

interface Place {
  readonly name: string;
  readonly wrap: (text: string) => unknown;
  readonly at: string;
}

const PLACES: readonly Place[] = [
  { name: "a string", wrap: (text) => text, at: "" },
  { name: "an argument", wrap: (text) => ({ path: "/tmp/a", content: text }), at: "/content" },
  { name: "an array of arguments", wrap: (text) => ({ lines: ["a", text, "b"] }), at: "/lines/1" },
  {
    name: "objects in arrays in objects",
    wrap: (text) => ({ a: [{ b: [[{ c: text }]] }] }),
    at: "/a/0/b/0/0/c",
  },
  {
    name: "text content",
    wrap: (text) => ({ content: [{ type: "text", text: `before ${text} behind` }] }),
    at: "/content/0/text",
  },
  {
    name: "structured content",
    wrap: (text) => ({ structuredContent: { rows: [{ v: text }] } }),
    at: "/structuredContent/rows/0/v",
  },
  {
    name: "an embedded resource",
    wrap: (text) => ({
      content: [{ type: "resource", resource: { uri: "file:///a", mimeType: "text/plain", text } }],
    }),
    at: "/content/0/resource/text",
  },
  {
    name: "a resource link",
    wrap: (text) => ({
      content: [{ type: "resource_link", name: "a", uri: `https://example.org/?q=${text}` }],
    }),
    at: "/content/0/uri",
  },
  {
    name: "the title of a link",
    wrap: (text) => ({ content: [{ type: "resource_link", name: "a", uri: "a:b", title: text }] }),
    at: "/content/0/title",
  },
  {
    name: "a tool's description",
    wrap: (text) => ({ tools: [{ name: "a", description: text, inputSchema: { type: "object" } }] }),
    at: "/tools/0/description",
  },
  {
    name: "metadata",
    wrap: (text) => ({ content: [], _meta: { "example.org/x": text } }),
    at: "/_meta/example.org~1x",
  },
  { name: "an error's message", wrap: (text) => ({ code: -32000, message: text }), at: "/message" },
  {
    name: "an error's data",
    wrap: (text) => ({ code: -32000, message: "no", data: { why: text } }),
    at: "/data/why",
  },
  {
    name: "a log notice",
    wrap: (text) => ({ level: "info", data: `saw ${text}` }),
    at: "/data",
  },
  {
    name: "a progress notice",
    wrap: (text) => ({ progressToken: 1, progress: 2, message: text }),
    at: "/message",
  },
];

for (const { id, text, secret } of SAMPLES) {
  for (const { name, wrap, at } of PLACES) {
    Deno.test(`${id} in ${name} is blocked on the way out and masked on the way back`, () => {
      const out = inspectValue(wrap(text), { direction: "to-upstream" });
      assertEquals(out.report.findings, [{ id, at, action: "block", count: 1 }]);
      assertEquals([out.clean, out.withhold], [undefined, undefined]);

      const back = inspectValue(wrap(text));
      assertEquals(back.report.findings, [{ id, at, action: "redact", count: 1 }]);
      assertEquals(back.withhold, undefined);
      const clean = back.clean ?? "";
      assert(!clean.includes(secret.split("\n")[0] ?? ""), clean);
      const marked = text.replace(valueIn(id, text), `[REDACTED:${id}]`);
      assertEquals(JSON.parse(clean), JSON.parse(JSON.stringify(wrap(marked))));
    });
  }

  Deno.test(`${id} in an object key is blocked on the way out and withholds the result`, () => {
    const value = { a: { [`x ${text} y`]: 1 } };
    const at = `/a/x ${text.replace(valueIn(id, text), `[REDACTED:${id}]`).replaceAll("/", "~1")} y`;
    const out = inspectValue(value, { direction: "to-upstream" });
    assertEquals(out.report.findings, [{ id, at, action: "block", count: 1 }]);
    const back = inspectValue(value);
    assertEquals(back.report.findings, [{ id, at, action: "withhold", count: 1 }]);
    assertEquals([back.clean, back.withhold], [undefined, true]);
  });
}

/** What is masked of a sample: of an assignment only the value. */
function valueIn(id: string, text: string): string {
  return id.endsWith("-assignment") || id === "aws-secret-key" ? text.replace(/^.*?=\s*/, "") : text;
}

interface Member {
  readonly name: string;
  readonly value: unknown;
  readonly found: readonly string[];
}

const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const MEMBERS: readonly Member[] = [
  { name: "a password", value: { password: "hunter2hunter2" }, found: ["password-assignment"] },
  {
    name: "a password by another name",
    value: { dbPassword: "hunter2hunter2" },
    found: ["password-assignment"],
  },
  { name: "a password of letters", value: { db: { PASSWD: "swordfish" } }, found: ["password-assignment"] },
  {
    name: "a password with quotes in it",
    value: { password: `a"b'c\\d\`e` },
    found: ["password-assignment"],
  },
  {
    name: "several passwords",
    value: { password: ["hunter2hunter2", "short"] },
    found: ["password-assignment"],
  },
  { name: "a password as a number", value: { password: 12345678 }, found: ["password-assignment"] },
  { name: "pwd", value: { pwd: "hunter2hunter2" }, found: ["password-assignment"] },
  { name: "an API key", value: { apiKey: "abcdefghijklmnopqrstuvwx" }, found: ["api-key-assignment"] },
  {
    name: "an API key in a header",
    value: { "X-API-Key": "abcd1234efgh5678ijkl" },
    found: ["api-key-assignment"],
  },
  { name: "an AWS secret", value: { SecretAccessKey: SECRET_KEY }, found: ["aws-secret-key"] },
  {
    name: "an AWS secret in a snake",
    value: { aws_secret_access_key: ` ${SECRET_KEY}` },
    found: ["aws-secret-key"],
  },
  { name: "a placeholder", value: { password: "changeme", api_key: "${THE_API_KEY_FROM_VAULT}" }, found: [] },
  { name: "a marker", value: { password: "[REDACTED:password-assignment]" }, found: [] },
  { name: "a label", value: { password: "Your password, please" }, found: [] },
  { name: "a schema", value: { password: { type: "string", description: "hunter2hunter2" } }, found: [] },
  { name: "a short value", value: { password: "short" }, found: [] },
  {
    name: "something about a password",
    value: { resetPassword: "hunter2hunter2", hasPassword: "certainly" },
    found: [],
  },
  { name: "a path", value: { passwordFile: "/run/secrets/db", password: "/run/secrets/db" }, found: [] },
  { name: "the working directory", value: { pwd: "/workspace" }, found: [] },
  { name: "the key alone", value: { password: null, api_key: true, secret_access_key: {} }, found: [] },
  { name: "the next member", value: { password: "", other: "hunter2hunter2" }, found: [] },
];

for (const { name, value, found } of MEMBERS) {
  Deno.test(`key and value together: ${name}`, () => {
    assertEquals(idsOf(inspectValue(value)), [...found]);
    assertEquals(idsOf(inspectValue({ structuredContent: [value] })), [...found]);
  });
}

Deno.test("key and value together, as JSON in a text, and as JSON in JSON in a text", () => {
  for (
    const [name, secret, id] of [
      ["password", "hunter2hunter2", "password-assignment"],
      ["pwd", "hunter2hunter2", "password-assignment"],
      ["api_key", "abcd1234efgh5678ijkl", "api-key-assignment"],
      ["SecretAccessKey", SECRET_KEY, "aws-secret-key"],
    ] as const
  ) {
    const inner = JSON.stringify({ user: "a", [name]: secret }, null, 2);
    for (const text of [inner, JSON.stringify({ body: inner })]) {
      const { report, clean } = inspectValue({ content: [{ type: "text", text }] });
      assertEquals(report.findings, [{ id, at: "/content/0/text", action: "redact", count: 1 }]);
      assertEquals(JSON.parse(clean ?? "").content[0].text, text.replace(secret, `[REDACTED:${id}]`));
    }
  }
});

interface NumberRow {
  readonly text: string;
  readonly found: boolean;
}

const NUMBERS: readonly NumberRow[] = [
  { text: "4111111111111111", found: true },
  { text: "-4111111111111111", found: true },
  { text: "4111111111111111.0", found: true },
  { text: "4.111111111111111e15", found: true },
  { text: "6250000000000000005", found: true },
  { text: "1731234567893", found: false },
  { text: "1731234567890123", found: false },
  { text: "4111111111111112", found: false },
  { text: "0.4111111111111111", found: false },
  { text: "4111111111111111.5", found: false },
  { text: "4111111111111111e400", found: false },
  { text: "1e400", found: false },
];

for (const { text, found } of NUMBERS) {
  Deno.test(`the number ${text} ${found ? "is a card and withholds the result" : "is no card"}`, () => {
    const back = inspectText(`{"a":[${text}]}`);
    const expected = found ? [{ id: "pan", at: "/a/0", action: "withhold", count: 1 }] : [];
    assertEquals(back.report.findings as unknown[], expected);
    assertEquals([back.clean, back.withhold ?? false], [undefined, found]);
    const out = inspectText(`{"a":[${text}]}`, { direction: "to-upstream" });
    assertEquals(out.report.findings.map(({ action }) => action), found ? ["block"] : []);
  });
}

Deno.test("a number of a length that ids share is an id under a key that says so", () => {
  assertEquals(idsOf(inspectText('{"id":4408843597858,"n":4000000000000000006}')), ["pan"]);
  assertEquals(idsOf(inspectText('{"article_ids":[4222222222222],"userId":4000000000000000006}')), []);
  assertEquals(idsOf(inspectText('{"id":4111111111111111}')), ["pan"]);
});

Deno.test("escapes hide nothing: every spelling of a JSON string is read", () => {
  const spelled = [
    '{"t":"\\u0041KIAIOSFODNN7EXAMPLE"}',
    '{"t":"AKIAIOSFODNN7EXAMPL\\u0045"}',
    '{"\\u0070assword":"hunter2hunter2"}',
    '{"password":"\\u0068unter2hunter2"}',
    '{"t":"postgres:\\/\\/app:s3cr3tpw@db\\/app"}',
    '{"t":"4111\\u00201111 1111\\u00201111"}',
    '{"t":"line\\npassword=hunter2hunter2\\n"}',
    '{"t":"\\\\\\"password=hunter2hunter2"}',
  ];
  for (const text of spelled) {
    assertEquals(idsOf(inspectText(text)).length, 1, text);
    assert(!JSON.stringify(JSON.parse(inspectText(text).clean ?? '"AKIA"')).includes("AKIA"), text);
  }
});

Deno.test("a picture stays a picture: digits in base64 are no numbers", () => {
  const base64 = `${"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ".repeat(3)}/4111111111111111/AAAA`;
  for (
    const value of [
      { content: [{ type: "image", data: base64, mimeType: "image/png" }] },
      { contents: [{ uri: "a:b", blob: base64 }] },
      { src: `data:image/png;base64,${base64}` },
    ]
  ) assertEquals(inspectValue(value).report.findings, []);
});

Deno.test("what only looks like base64 is looked at, and a key in real base64 withholds it", () => {
  assertEquals(idsOf(inspectValue({ data: "4111111111111111" })), ["pan"]);
  assertEquals(idsOf(inspectValue({ blob: "1".repeat(60) + "a/4111111111111111" })), ["pan"]);
  const padded = `${"iVBORw0KGgoAAAANSUhEUg".repeat(4)}/AKIAIOSFODNN7EXAMPLE/`;
  const { report, clean, withhold } = inspectValue({ data: padded });
  assertEquals(report.findings.map(({ action }) => action), ["withhold"]);
  assertEquals([clean, withhold], [undefined, true]);
});

for (const { id, text, secret } of SAMPLES) {
  Deno.test(`${id} in base64 that decodes to text is found and masked in it`, () => {
    const bytes = new TextEncoder().encode(`before é\n${text}\nbehind`);
    for (const alphabet of ["base64", "base64url"] as const) {
      const encoded = bytes.toBase64({ alphabet });
      for (
        const [wrap, unwrap, at] of [
          [
            (blob: string) => ({ contents: [{ uri: "a:b", mimeType: "text/plain", blob }] }),
            (value: unknown) => (value as { contents: { blob: string }[] }).contents[0]?.blob ?? "",
            "/contents/0/blob",
          ],
          [
            (blob: string) => ({ src: `data:text/plain;base64,${blob}` }),
            (value: unknown) => (value as { src: string }).src.replace("data:text/plain;base64,", ""),
            "/src",
          ],
        ] as const
      ) {
        const out = inspectValue(wrap(encoded), { direction: "to-upstream" });
        assertEquals(out.report.findings, [{ id, at, action: "block", count: 1 }]);
        const back = inspectValue(wrap(encoded));
        assertEquals(back.report.findings, [{ id, at, action: "redact", count: 1 }]);
        const cleaned = unwrap(JSON.parse(back.clean ?? ""));
        const decoded = new TextDecoder().decode(
          Uint8Array.fromBase64(cleaned, { alphabet: /[-_]/.test(cleaned) ? "base64url" : "base64" }),
        );
        assertEquals(decoded, `before é\n${text.replace(valueIn(id, text), `[REDACTED:${id}]`)}\nbehind`);
        assert(!decoded.includes(secret));
        assertEquals(inspectText(back.clean ?? "").report.findings, []);
      }
    }
  });
}
