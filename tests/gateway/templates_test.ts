/** Whose form a URI has. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { templateFit } from "../../lib/gateway/templates.ts";

const CASES: readonly (readonly [template: string, uri: string, fit: number | undefined])[] = [
  ["x://1", "x://1", 5],
  ["x://1", "x://12", undefined],
  ["x://{id}", "x://1", 4],
  ["x://{id}", "y://1", undefined],
  ["x://{id}/end", "x://1/end", 8],
  ["x://{id}/end", "x://1/en", undefined],
  ["x://{a}-{b}", "x://1-2", 5],
  ["x://{a}-{b}", "x://12", undefined],
  ["x://{+path}", "x://a/b/c", 4],
  ["x://s{?q,r}", "x://s?q=1", 5],
  ["{+any}", "anything", 0],
  ["aa{x}aa", "aaa", undefined],
  ["x://{unclosed", "x://{unclosed", 13],
];

for (const [template, uri, fit] of CASES) {
  Deno.test(`${template} and ${uri}: ${fit ?? "no fit"}`, () =>
    assertEquals(templateFit(template, uri), fit));
}

Deno.test("what a template is expanded to fits it", () => {
  const literal = fc.stringMatching(/^[a-z:/.-]{1,6}$/);
  fc.assert(fc.property(
    fc.array(fc.tuple(literal, fc.string()), { minLength: 1, maxLength: 5 }),
    literal,
    (parts, tail) => {
      const template = parts.map(([text], i) => `${text}{v${i}}`).join("") + tail;
      const uri = parts.map(([text, value]) => text + value).join("") + tail;
      const wanted = parts.reduce((sum, [text]) => sum + text.length, tail.length);
      assertEquals(templateFit(template, uri), wanted);
    },
  ));
});

Deno.test("any template and any URI have an answer", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (template, uri) => {
    const fit = templateFit(template, uri);
    assertEquals(fit === undefined || fit >= 0, true);
  }));
});
