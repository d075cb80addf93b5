/** Whatever it wears, a secret is stopped on its way out and masked on its way back. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { idsOf, inspectText, inspectValue, SAMPLES, secretsOf } from "./_harness.ts";
import { DRESSES } from "./_dresses.ts";

for (const [name, dress] of Object.entries(DRESSES)) {
  Deno.test(`every secret is seen ${name}, and is nowhere in what is handed over`, () => {
    const missed: string[] = [];
    for (const { id, text, secret } of SAMPLES) {
      const { value, hidden } = dress(text, secret);
      const out = inspectValue(value, { direction: "to-upstream" });
      const back = inspectValue(value);
      const left = back.withhold ? "" : back.clean ?? JSON.stringify(value);
      const decoded = JSON.stringify(JSON.parse(left || '""'));
      const bare = [secret, ...hidden].some((part) => decoded.includes(JSON.stringify(part).slice(1, -1)));
      const seen = idsOf(out).includes(id) && idsOf(back).includes(id);
      if (!seen || bare || !out.report.complete) missed.push(`${id}${bare ? " is bare" : ""}`);
      if (back.clean !== undefined) JSON.parse(back.clean);
    }
    assert(SAMPLES.length > 30);
    assertEquals(missed, []);
  });
}

Deno.test("a property of it: a dress in a dress hides nothing, three layers deep", () => {
  const layers = ["in base64", "percent-encoded", "in entities", "in hex", "in escapes"] as const;
  const encoders = layers.map((name) => (text: string) => {
    const { hidden: [encoded = ""] } = DRESSES[name]?.(text, text) ?? { hidden: [] };
    return encoded;
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(fc.constantFrom(...encoders), { minLength: 1, maxLength: 3 }),
      ({ id, text }, chain) => {
        const dressed = chain.reduce((inner, encode) => encode(inner), text);
        fc.pre(dressed.length < 20_000);
        const { report, clean } = inspectValue({ note: `x ${dressed} y` });
        assert(report.findings.some((finding) => finding.id === id), report.findings.map((f) => f.id).join());
        assert(clean !== undefined && !clean.includes(dressed));
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("a property of it: what holds nothing is handed over as it is", () => {
  const word = fc.constantFrom(
    "the",
    "quick",
    "naïve",
    "日本語",
    "привет",
    "100%",
    "a & b",
    "C:\\new",
    "x;y",
    "🙂",
    "é\n",
    "[1]",
    "{}",
    "src/index.ts",
  );
  const text = fc.array(word, { maxLength: 8 }).map((words) => words.join(" "));
  const value = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("a", "text", "name", "value", "id"), tie("node"), { maxKeys: 4 }),
    ),
  })).node;
  fc.assert(
    fc.property(value, (message) => {
      const seen = inspectValue(message);
      assertEquals([secretsOf(seen), seen.clean, seen.report.complete], [[], undefined, true]);
    }),
    { numRuns: 500 },
  );
});

interface Shape {
  readonly name: string;
  readonly value: unknown;
  readonly clean: unknown;
}

const KEY = "AKIAIOSFODNN7EXAMPLE";
const SHAPES: readonly Shape[] = [
  {
    name: "a number in JSON in a string becomes a string there",
    value: { t: '{"card": 4111111111111111, "n": 1.0}' },
    clean: { t: '{"card": "[REDACTED:pan]", "n": 1.0}' },
  },
  {
    name: "JSON in JSON in a string stays JSON",
    value: { t: JSON.stringify({ a: JSON.stringify({ card: 4111111111111111, k: KEY }) }) },
    clean: {
      t: JSON.stringify({ a: JSON.stringify({ card: "[REDACTED:pan]", k: "[REDACTED:aws-access-key]" }) }),
    },
  },
  {
    name: "a name beside a value",
    value: {
      env: [{ value: "hunter2hunter2", name: "DB_PASSWORD" }, {
        key: "api_key",
        value: "abcd1234efgh5678ijkl",
      }],
    },
    clean: {
      env: [{ value: "[REDACTED:password-assignment]", name: "DB_PASSWORD" }, {
        key: "api_key",
        value: "[REDACTED:api-key-assignment]",
      }],
    },
  },
  {
    name: "a name beside a value, in JSON in a string",
    value: { t: '[{"name":"password","value":"hunter2hunter2"}]' },
    clean: { t: '[{"name":"password","value":"[REDACTED:password-assignment]"}]' },
  },
  {
    name: "a key in lines, each an element",
    value: {
      lines: [
        "x",
        "-----BEGIN PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0B",
        "AQEFAASC",
        "-----END PRIVATE KEY-----",
        "y",
      ],
    },
    clean: {
      lines: ["x", ...Array(4).fill("[REDACTED:private-key-pem]"), "y"],
    },
  },
  {
    name: "what is base64 from end to end is that again",
    value: { file: btoa(`a note and ${KEY} behind it`) },
    clean: { file: btoa("a note and [REDACTED:aws-access-key] behind it") },
  },
  {
    name: "an address stays one",
    value: { uri: `https://example.org/a?key=%41${KEY.slice(1)}&b=1` },
    clean: { uri: "https://example.org/a?key=[REDACTED:aws-access-key]&b=1" },
  },
  {
    name: "what stands around a token in two blocks",
    value: {
      content: [{ type: "text", text: `a ${KEY.slice(0, 9)}` }, { type: "text", text: `${KEY.slice(9)} b` }],
    },
    clean: {
      content: [{ type: "text", text: "a [REDACTED:aws-access-key]" }, {
        type: "text",
        text: "[REDACTED:aws-access-key] b",
      }],
    },
  },
];

for (const { name, value, clean } of SHAPES) {
  Deno.test(`masking keeps the shape: ${name}`, () => {
    const { clean: text = "null" } = inspectValue(value);
    assertEquals(JSON.parse(text), clean);
    assertEquals(secretsOf(inspectText(text)), []);
  });
}

Deno.test("neighbours that belong together by accident are left alone", () => {
  for (
    const value of [
      ["20231231", "20240131", "41111111", "11111111"],
      { ids: ["4111", "1111", "1111", "1111"] },
      { content: [{ type: "text", text: "done" }, { type: "text", text: "password policy" }] },
      { fields: [{ name: "password", label: "Password", type: "password", value: "" }] },
      { name: "password", description: "what you log in with", required: "yes" },
      [{ label: "Password:" }, { label: "Confirmation" }],
    ]
  ) assertEquals(secretsOf(inspectValue(value)), [], JSON.stringify(value));
});

Deno.test("what is encoded more often than is looked into is incomplete, and never clean", () => {
  let text = `a note and ${KEY} behind it`;
  for (let layer = 0; layer < 6; layer++) text = btoa(text);
  const { report } = inspectValue({ t: text });
  assertEquals([report.complete, report.gap], [
    false,
    "what is encoded more than 3 times is not looked into",
  ]);
});
