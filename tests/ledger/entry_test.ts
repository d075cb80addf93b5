import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalJson, type JsonValue, utf8Length } from "../../lib/base/mod.ts";
import { encodeEntry, type Entry, MAX_ENTRY_BYTES } from "../../lib/ledger/mod.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 2000 : 200;

/** Every field that an entry can have. */
const FULL: Required<Entry> = {
  v: 1,
  seq: 7,
  id: "01a0c450-6c00-732e-97b2-9dc2b7eee311",
  time: "2026-11-20T09:07:46.123456Z",
  prev: "ab".repeat(32),
  kind: "call",
  labels: ["untrusted"],
  session: "01a0c450-6c00-7b24-888c-a7dd2003e295",
  agent: { authorized_by: "jane@example.com", id: "my-agent", roles: ["reader"], verified: true },
  by: "jane",
  call: 3,
  calls: [1, 2],
  charges: [{ amount: "1", limit: "60", meter: '["rate","files","read_file"]', window_ms: 60_000 }],
  cleared: ["untrusted"],
  cut: { findings: 2 },
  decision: "allow",
  detail: "time budget",
  direction: "to-client",
  enforced: true,
  envelope: { parts: ["max_calls"], percent: 60 },
  fields: ["description"],
  findings: [{ at: "/arguments/key", count: 2, id: "aws-access-key" }],
  form: "notice",
  hidden: 3,
  hidden_tools: ["delete_all"],
  input: { bytes: 12, digest: "cd".repeat(32) },
  latency_us: { decision: 1, total: 3, upstream: 2 },
  method: "tools/call",
  more: 4,
  next_key: {
    id: "0".repeat(16),
    old_public_key: "1".repeat(64),
    public_key: "2".repeat(64),
    sig: "3".repeat(128),
  },
  note: "fine by me",
  output: { bytes: 9, digest: "ef".repeat(32) },
  policy: `sha256:${"12".repeat(32)}`,
  reason: "rule:allow-read",
  rules: ["standard/allow-read"],
  server: "files",
  threat: 2.5,
  threat_parts: ["shell"],
  tool: "read_file",
  tools: ["read_file"],
  until: 3,
  verdict: "forward",
};

function parsed(entry: Entry): JsonValue {
  return JSON.parse(encodeEntry(entry)) as JsonValue;
}

Deno.test("encodeEntry() writes every field, and writes canonical JSON", () => {
  assertEquals(encodeEntry(FULL), canonicalJson(FULL as unknown as JsonValue));
  assertEquals(parsed(FULL), FULL as unknown as JsonValue);
});

Deno.test("encodeEntry() is canonical for any subset of fields and any text", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const optional = Object.keys(FULL).filter((key) =>
    !["v", "seq", "id", "time", "prev", "kind", "session"].includes(key)
  );
  fc.assert(
    fc.property(fc.subarray(optional), text, text, (kept, one, other) => {
      const entry = {
        ...Object.fromEntries(
          Object.entries(FULL).filter(([key]) => !optional.includes(key) || kept.includes(key)),
        ),
        tool: one,
        reason: other,
      } as unknown as Entry;
      const written = encodeEntry(entry);
      assertEquals(written, canonicalJson(JSON.parse(written) as JsonValue));
    }),
    { numRuns: RUNS },
  );
});

const MANY: Readonly<Record<string, Partial<Entry>>> = {
  "ten thousand findings": {
    findings: Array.from({ length: 10_000 }, (_, i) => ({ at: `/arguments/${i}`, count: 1, id: "email" })),
  },
  "findings at long places, of characters that JSON escapes": {
    findings: Array.from(
      { length: 100 },
      () => ({ at: "\u0001".repeat(256), count: 1, id: "\u0002".repeat(256) }),
    ),
  },
  "long lists everywhere": {
    findings: Array.from({ length: 500 }, () => ({ at: "語".repeat(256), count: 1, id: "語".repeat(256) })),
    rules: Array.from({ length: 500 }, () => "規".repeat(256)),
    labels: Array.from({ length: 500 }, () => "標".repeat(256)),
    threat_parts: Array.from({ length: 500 }, () => "脅".repeat(256)),
    charges: Array.from(
      { length: 500 },
      () => ({ amount: "1", limit: "1", meter: "計".repeat(200), window_ms: 1 }),
    ),
  },
};

for (const [name, over] of Object.entries(MANY)) {
  Deno.test(`encodeEntry() cuts ${name}, says by how many, and fits the store`, () => {
    const { cut: _, ...entry } = { ...FULL, ...over };
    const written = encodeEntry(entry);
    assert(utf8Length(written) <= MAX_ENTRY_BYTES, `${utf8Length(written)} bytes`);
    const back = JSON.parse(written) as Entry;
    for (const list of ["findings", "labels", "rules", "threat_parts", "charges"] as const) {
      assertEquals((back[list]?.length ?? 0) + (back.cut?.[list] ?? 0), entry[list].length, list);
    }
    assertEquals(written, canonicalJson(JSON.parse(written) as JsonValue));
  });
}

Deno.test("encodeEntry() leaves a hundred short findings whole", () => {
  const findings = Array.from({ length: 100 }, (_, i) => ({ at: `/arguments/${i}`, count: 1, id: "email" }));
  const { cut: _, ...entry } = { ...FULL, findings };
  assertEquals((JSON.parse(encodeEntry(entry)) as Entry).findings?.length, 100);
});
