/** Hashed and signed, and no canonical JSON: what a lax parser would take for an entry, and each parser for another one. */
import { type Case, KEYS, type Parts, type Trap, whole } from "./case.ts";
import { VectorLedger } from "./maker.ts";

/** A signed session whose second entry is of exactly this text, made from an ordinary one. */
export function odd(change: (text: string) => string): Parts {
  const ledger = new VectorLedger(KEYS.first);
  ledger.open();
  ledger.call();
  const text = ledger.entries.pop()?.text ?? "";
  const other = change(text);
  if (other === text) throw new Error("the change changes nothing");
  ledger.addText(other);
  ledger.outcome(1);
  ledger.close();
  return whole(ledger);
}

export const JSON_TRAPS: readonly Trap[] = [
  ["duplicate_key", "a key that stands twice", (text) => text.replace('"tool":', '"tool":"rm","tool":')],
  [
    "duplicate_deep",
    "a key that stands twice in an object within",
    (text) => text.replace('"roles":[]', '"roles":[],"roles":[]'),
  ],
  ["white_space", "a space", (text) => text.replace('"seq":1', '"seq": 1')],
  ["order", "keys in another order", (text) => text.replace(/^\{("agent":\{.*?\}),(.*)\}$/, "{$2,$1}")],
  [
    "big_integer",
    "a whole number that a double cannot hold",
    (text) => text.replace('"threat":0', '"threat":9007199254740993'),
  ],
  ["huge_number", "a number beyond a double", (text) => text.replace('"threat":0', '"threat":1e400')],
  [
    "long_number",
    "five thousand digits",
    (text) => text.replace('"threat":0', `"threat":1${"0".repeat(5000)}`),
  ],
  ["minus_zero", "-0", (text) => text.replace('"threat":0', '"threat":-0')],
  ["fraction_zero", "0.0", (text) => text.replace('"threat":0', '"threat":0.0')],
  ["exponent", "1e1", (text) => text.replace('"threat":0', '"threat":1e1')],
  ["leading_zero", "a leading zero", (text) => text.replace('"threat":0', '"threat":01')],
  ["nan", "NaN, which some programs read", (text) => text.replace('"threat":0', '"threat":NaN')],
  [
    "infinity",
    "Infinity, which some programs read",
    (text) => text.replace('"threat":0', '"threat":Infinity'),
  ],
  ["lone_surrogate", "a lone surrogate", (text) => text.replace('"read_file"', '"\\ud800"')],
  [
    "lone_surrogate_key",
    "a key that is a lone surrogate",
    (text) => text.replace('"verdict"', '"\\udead":1,"verdict"'),
  ],
  ["escaped_letter", "a letter as an escape", (text) => text.replace('"read_file"', '"re\\u0061d_file"')],
  ["escaped_slash", "an escaped slash", (text) => text.replace('"read_file"', '"read\\/file"')],
  [
    "raw_control",
    "a control character as it is",
    (text) => text.replace('"read_file"', '"read\u0001file"'),
  ],
  [
    "depth",
    "65 arrays within one another",
    (text) => text.replace('"roles":[]', `"roles":${"[".repeat(65)}${"]".repeat(65)}`),
  ],
  [
    "deep_depth",
    "5,000 arrays within one another",
    (text) => text.replace('"roles":[]', `"roles":${"[".repeat(5000)}${"]".repeat(5000)}`),
  ],
  ["byte_order_mark", "a byte order mark", (text) => `\ufeff${text}`],
  ["trailing_comma", "a comma too many", (text) => text.replace('"roles":[]', '"roles":[],')],
  ["comment", "a comment", (text) => text.replace('"roles":[]', '"roles":[]/**/')],
  [
    "proto",
    "its version is in a `__proto__`, from which some programs would read it",
    (text) => text.replace('"agent"', '"__proto__":{"v":1},"agent"').replace('"v":1,"verdict"', '"verdict"'),
  ],
];

export const TRAPPED: readonly Case[] = [
  ...JSON_TRAPS.map(([name, what, change]): Case => ({
    name: `broken_json_${name}`,
    expect: "broken",
    about: `Hashed and signed, and no entry in canonical JSON: ${what}.`,
    make: () => odd(change),
  })),
];
