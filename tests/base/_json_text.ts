/** Arbitrary JSON texts, written the one way that our encoder writes them: compact, strings as `JSON.stringify` has them. */
import fc from "fast-check";

/** Runs of a property: enough to find what breaks often, many more under `SLOW=1`. */
export const RUNS = { numRuns: Deno.env.get("SLOW") === "1" ? 5000 : 300 };

// NUL is refused by the parser, and half surrogates are not in the unit.
const text = fc.string({ unit: "binary", maxLength: 12 }).map((value) => value.replaceAll("\0", "0"));
const stringText = text.map((value) => JSON.stringify(value));
const keyText = fc.oneof(
  stringText,
  fc.constantFrom(
    '"__proto__"',
    '"constructor"',
    '"toJSON"',
    '"rawJSON"',
    '"hasOwnProperty"',
    '""',
    '"a"',
    '"b"',
  ),
  fc.nat(20).map((index) => `"${index}"`),
  fc.constantFrom('"4294967294"', '"4294967295"', '"01"', '"-1"', '"1.0"'),
);

const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 25 });
const numberText = fc.tuple(
  fc.constantFrom("", "-"),
  digits.map((value) => value.replace(/^0+(?=\d)/, "")),
  fc.option(digits),
  fc.option(fc.tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.nat(400))),
).map(([sign, whole, fraction, exponent]) =>
  sign + whole + (fraction === null ? "" : `.${fraction}`) + (exponent === null ? "" : exponent.join(""))
);

const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 6 },
    fc.constantFrom("null", "true", "false"),
    numberText,
    stringText,
    tie("array"),
    tie("object"),
  ),
  array: fc.array(tie("value"), { maxLength: 5 }).map((items) => `[${items.join(",")}]`),
  object: fc.uniqueArray(fc.tuple(keyText, tie("value")), { maxLength: 6, selector: ([key]) => key })
    .map((members) => `{${members.map(([key, member]) => `${key}:${member}`).join(",")}}`),
}));

/** Any strict JSON value as canonical text. */
export const jsonText: fc.Arbitrary<string> = value;

/** A JSON object as canonical text. */
export const jsonObjectText: fc.Arbitrary<string> = fc.uniqueArray(fc.tuple(keyText, value), {
  maxLength: 6,
  selector: ([key]) => key,
}).map((members) => `{${members.map(([key, member]) => `${key}:${member}`).join(",")}}`);

/** JSON with a few characters changed: mostly broken, sometimes strict, sometimes something between. */
export const nearlyJsonText: fc.Arbitrary<string> = fc.tuple(
  value,
  fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat(2),
      insert: fc.oneof(
        fc.constantFrom(
          ...'{}[]:,"\\0-+.eE \t\r\nu',
          "\0",
          "\ud800",
          "\udc00",
          "\u2028",
          "\ufeff",
          "\\u0000",
          "\\ud800",
        ),
        fc.constantFrom('"a":1,"a":2', "1.0", "01", "nul", "//", "'a'"),
      ),
    }),
    { maxLength: 3 },
  ),
).map(([source, edits]) =>
  edits.reduce((text, { at, remove, insert }) => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + insert + text.slice(start + remove);
  }, source)
);
