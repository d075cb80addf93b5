/** Arbitrary JSON-RPC messages as text. */
import fc from "fast-check";
import { jsonObjectText, jsonText } from "../base/_json_text.ts";

const version = fc.constant('"2.0"');
const idText = fc.constantFrom("1", '"1"', '""', "-0", "9007199254740993", '"\\u0031"', '"ü😀"').map(
  canonicalText,
);
const methodText = fc.constantFrom('"tools/call"', '"ping"', '"notifications/progress"', '"x/y"', '""');

/** Messages of every form, their members in any order, written as our encoder writes them. */
export const messageText = fc.oneof(
  inAnyOrder(fc.record({ jsonrpc: version, id: idText, method: methodText, params: jsonObjectText })),
  inAnyOrder(
    fc.record({ jsonrpc: version, method: methodText, params: jsonObjectText }, {
      requiredKeys: ["jsonrpc", "method"],
    }),
  ),
  inAnyOrder(fc.record({ jsonrpc: version, id: idText, result: jsonText })),
  inAnyOrder(fc.record({ jsonrpc: version, id: idText, error: jsonObjectText })),
);

/** Objects that are nearly messages: members present, absent, of the wrong type, in any order. */
export const nearlyMessage = inAnyOrder(fc.record({
  jsonrpc: fc.constantFrom('"2.0"', '"2.0"', '"2.0"', "2.0", '"1.0"', "null"),
  id: fc.constantFrom("1", '"1"', "null", "1.0", "[]", '"\\u0000"'),
  method: fc.oneof(methodText, fc.constantFrom("5", '"\\ud800"'), jsonText),
  params: fc.oneof(jsonObjectText, jsonText, fc.constant('{"name":"a","name":"b"}')),
  result: jsonText,
  error: fc.oneof(jsonObjectText, jsonText),
  extra: jsonText,
}, { requiredKeys: [] }));

function inAnyOrder(members: fc.Arbitrary<Readonly<Record<string, string>>>): fc.Arbitrary<string> {
  return members.chain((texts) =>
    fc.shuffledSubarray(Object.entries(texts), { minLength: Object.keys(texts).length }).map((entries) =>
      `{${entries.map(([key, text]) => `"${key}":${text}`).join(",")}}`
    )
  );
}

function canonicalText(text: string): string {
  return text.startsWith('"') ? JSON.stringify(JSON.parse(text)) : text;
}
