/** nst/JSONTestSuite, one test a file: what must parse does, what must not does not, and what may is decided here. */
import { assert, assertEquals } from "@std/assert";
import { parseJson, utf8Decode } from "../../lib/base/mod.ts";

const CASES: readonly { name: string; base64: string }[] = JSON.parse(
  Deno.readTextFileSync(new URL("../vectors/json-parsing.json", import.meta.url)),
);

/** RFC 8259 would let these parse; two parsers read them differently, so we do not. */
const REFUSED_ON_TOP: Readonly<Record<string, string>> = {
  "y_object_duplicated_key.json": "duplicate-key",
  "y_object_duplicated_key_and_value.json": "duplicate-key",
  "y_object_escaped_null_in_key.json": "nul",
  "y_string_null_escape.json": "nul",
};

/** Where RFC 8259 leaves the choice: numbers keep their digits whatever their size, everything else is refused. */
const DECIDED: Readonly<Record<string, string>> = {
  "i_number_double_huge_neg_exp.json": "parses",
  "i_number_huge_exp.json": "parses",
  "i_number_neg_int_huge_exp.json": "parses",
  "i_number_pos_double_huge_exp.json": "parses",
  "i_number_real_neg_overflow.json": "parses",
  "i_number_real_pos_overflow.json": "parses",
  "i_number_real_underflow.json": "parses",
  "i_number_too_big_neg_int.json": "parses",
  "i_number_too_big_pos_int.json": "parses",
  "i_number_very_big_negative_int.json": "parses",
  "i_object_key_lone_2nd_surrogate.json": "lone-surrogate",
  "i_string_1st_surrogate_but_2nd_missing.json": "lone-surrogate",
  "i_string_1st_valid_surrogate_2nd_invalid.json": "lone-surrogate",
  "i_string_UTF-16LE_with_BOM.json": "utf8",
  "i_string_UTF-8_invalid_sequence.json": "utf8",
  "i_string_UTF8_surrogate_U+D800.json": "utf8",
  "i_string_incomplete_surrogate_and_escape_valid.json": "lone-surrogate",
  "i_string_incomplete_surrogate_pair.json": "lone-surrogate",
  "i_string_incomplete_surrogates_escape_valid.json": "lone-surrogate",
  "i_string_invalid_lonely_surrogate.json": "lone-surrogate",
  "i_string_invalid_surrogate.json": "lone-surrogate",
  "i_string_invalid_utf-8.json": "utf8",
  "i_string_inverted_surrogates_U+1D11E.json": "lone-surrogate",
  "i_string_iso_latin_1.json": "utf8",
  "i_string_lone_second_surrogate.json": "lone-surrogate",
  "i_string_lone_utf8_continuation_byte.json": "utf8",
  "i_string_not_in_unicode_range.json": "utf8",
  "i_string_overlong_sequence_2_bytes.json": "utf8",
  "i_string_overlong_sequence_6_bytes.json": "utf8",
  "i_string_overlong_sequence_6_bytes_null.json": "utf8",
  "i_string_truncated-utf-8.json": "utf8",
  "i_string_utf16BE_no_BOM.json": "utf8",
  "i_string_utf16LE_no_BOM.json": "utf8",
  "i_structure_500_nested_arrays.json": "depth",
  "i_structure_UTF-8_BOM_empty_object.json": "syntax",
};

Deno.test("the JSON parsing corpus is all there", () => {
  const count = (prefix: string) => CASES.filter(({ name }) => name.startsWith(prefix)).length;
  assertEquals([CASES.length, count("y_"), count("n_"), count("i_")], [318, 95, 188, 35]);
  const names = new Set(CASES.map(({ name }) => name));
  for (const name of [...Object.keys(REFUSED_ON_TOP), ...Object.keys(DECIDED)]) assert(names.has(name), name);
});

for (const { name, base64 } of CASES) {
  Deno.test(`parseJson() on ${name}`, () => {
    const outcome = outcomeOf(Uint8Array.fromBase64(base64));
    if (name.startsWith("y_")) assertEquals(outcome, REFUSED_ON_TOP[name] ?? "parses");
    else if (name.startsWith("n_")) assert(outcome !== "parses", "parsed what is not JSON");
    else assertEquals(outcome, DECIDED[name]);
  });
}

function outcomeOf(bytes: Uint8Array): string {
  const text = utf8Decode(bytes);
  if (text === undefined) return "utf8";
  const parsed = parseJson(text);
  return parsed.ok ? "parses" : parsed.error.code;
}
