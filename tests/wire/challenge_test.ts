import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { challengeOf } from "../../lib/wire/mod.ts";

const TAKEN: readonly string[] = [
  "Bearer",
  "Negotiate",
  'Bearer realm="mcp"',
  'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource", scope="files:read files:write"',
  'Bearer error="insufficient_scope", error_description="Additional \\"write\\" permission"',
  'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
  "Negotiate YWJjZA==, Basic realm=x",
  "Bearer , Basic realm=x".replace(" ,", ","),
  'Bearer realm = "spaces" ,\tscope=a',
  'Bearer realm=""',
];
const REFUSED: readonly string[] = [
  "",
  " Bearer",
  ",",
  "Bearer,",
  'Bearer realm="open',
  'Bearer realm="a" scope="b"',
  'Bearer realm="a",, scope="b"',
  'Bearer realm="a"; scope="b"',
  'Bearer realm="\u0007"',
  'Bearer realm="caf\u00e9"',
  'Bearer realm="a"\r\nSet-Cookie: x=1',
  'Bearer realm="a\\',
  "Bearer (comment)",
  `Bearer realm="${"a".repeat(3000)}"`,
];

for (const value of TAKEN) {
  Deno.test(`challengeOf() takes ${value}`, () => {
    assertEquals(challengeOf(401, value), { status: 401, value });
    assertEquals(challengeOf(403, value), { status: 403, value });
    assertEquals(
      [200, 400, 404, 407, 500].map((status) => challengeOf(status, value)),
      Array(5).fill(undefined),
    );
  });
}

for (const value of REFUSED) {
  Deno.test(`challengeOf() refuses ${JSON.stringify(value.slice(0, 60))}`, () => {
    assertEquals(challengeOf(401, value), undefined);
  });
}

Deno.test("challengeOf() of no header is none", () => assertEquals(challengeOf(401, null), undefined));

Deno.test("property: what challengeOf() takes holds nothing that ends a header or a line", () => {
  const piece = fc.constantFrom(
    "Bearer",
    " ",
    ",",
    "=",
    '"',
    "\\",
    "a",
    "\t",
    "\r\n",
    "\u0000",
    "\u00e9",
    "realm",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const taken = challengeOf(401, pieces.join(""));
      return taken === undefined || /^[\t\x20-\x7e]*$/.test(taken.value);
    }),
    { numRuns: 2000 },
  );
});
