/** Texts that are written to make views costly, by name: JSON of about `units` characters. */
export const HOSTILE_VIEWS: Readonly<Record<string, (units: number) => string>> = {
  "characters of no width": (units) => inText("\u200b", units),
  "a character of no width behind each letter": (units) => inText("a\u200b", units),
  "characters of no width of several kinds": (units) => inText("\u200b\u200c\u200d", units),
  "wishes in Russian": (units) => inText("игнорируй ", units),
  "secrecy in Russian": (units) => inText("не говори пользователю ", units),
  "wishes in Chinese": (units) => inText("忽略之前的", units),
  "wishes in Japanese": (units) => inText("以前の指示を無視", units),
  "wishes in Korean": (units) => inText("이전 지시를 무시", units),
  "percent-encoding": (units) => inText("%41", units),
  "percent-encoded percent signs": (units) => inText("%25", units),
  "entities": (units) => inText("&#65;", units),
  "entities with a character of no width in each": (units) => inText("&#6\u200b5;", units),
  "backslashes and characters of no width": (units) => inText("\\\u200b", units),
  "marks on letters, and an ampersand": (units) => inText("e\u0301&", units),
  "hex of letters outside of ASCII": (units) => inText("d0bad0bbd18ed187 ", units),
  "one long hex of letters outside of ASCII": (units) => JSON.stringify({ t: fill("e383b6", units) }),
  "one long hex of nothing": (units) => JSON.stringify({ t: fill("e0ff", units) }),
  "halves of tokens": (units) =>
    `[${fill(`"sk-ant-${"api03-Ydf6pFNo9fKkjm-4HsjfkAf1e8JK5HQK72"}","wUeG9Xv9ixp9YEHC8n8l17",`, units)}1]`,
  "blocks of many numbers": (units) =>
    JSON.stringify({
      content: [{ text: fill("078-05-1120 ", units) }, { text: "password=" }, { text: "y" }],
    }),
  "a token in very many parts": (units) =>
    `["sk-ant-${"api03-Ydf6pFNo9fKkjm-4HsjfkAf1e8JK5HQK72"}",${fill('"wUeG9Xv9i","and",', units)}1]`,
  "ampersands": (units) => inText("é&a", units),
  "escapes in a text": (units) => inText("\\u0041", units),
  "backslashes": (units) => inText("\\", units),
  "letters of many scripts": (units) => inText("аβ漢字😀é", units),
  "tag characters": (units) => inText("\u{e0041}", units),
  "terminal escapes": (units) => inText("\x1b[0m", units),
  "base64 of text": (units) => inText(btoa("hello world, what a nice day. "), units),
  "one long base64 of text": (units) => JSON.stringify({ t: btoa(fill("hello world, ", units * 0.75)) }),
  "short base64": (units) => inText(`${btoa("hello world")} `, units),
  "base64 of base64": (units) => JSON.stringify({ t: btoa(btoa(fill("hello world, ", units * 0.56))) }),
  "base64 in lines": (units) => inText(`${btoa(fill("hello, ", 57)).slice(0, 76)}\n`, units),
  "letters of base64": (units) => inText("AKIA", units),
  "hashes": (units) => inText("e3b0c44298fc1c149afbf4c8996fb92427ae41e4 ", units),
  "JSON in a string": (units) => JSON.stringify({ t: objects(units) }),
  "JSON in JSON in a string": (units) => JSON.stringify({ t: JSON.stringify({ u: objects(units) }) }),
  "JSON three strings deep": (units) => {
    const inner = JSON.stringify({ t: JSON.stringify({ t: objects(units / 2) }) });
    return JSON.stringify({ t: inner });
  },
  "a list of JSON in JSON in strings": (units) => {
    const inner = JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: "x y" }) }) });
    return `[${fill(`${JSON.stringify(inner)},`, units)}1]`;
  },
  "brackets in a string": (units) => JSON.stringify({ t: `[${fill("[],", units)}1]` }),
  "braces that never close": (units) => JSON.stringify({ t: `${fill('{"a":', units)}1}` }),
  "names and values": (units) =>
    `[${fill('{"name":"password","value":"hunter2hunter2"},', units)}{"value":1,"name":"x"}]`,
  "short strings": (units) => `[${fill('"ab",', units)}"c"]`,
  "numbers in strings": (units) => `[${fill('"12345678",', units)}"c"]`,
  "blocks that end in a keyword": (units) => `[${fill('{"type":"text","text":"password="},', units)}1]`,
  "a private key in elements": (units) =>
    `["-----BEGIN PRIVATE KEY-----",${
      fill('"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",', units)
    }1]`,
};

function fill(unit: string, units: number): string {
  return unit.repeat(Math.ceil(units / unit.length));
}

function inText(unit: string, units: number): string {
  return JSON.stringify({
    content: [{ type: "text", text: fill(unit, units / (JSON.stringify(unit).length - 2) * unit.length) }],
  });
}

function objects(units: number): string {
  return `[${fill('{"name":"x","value":12345},', units / 1.3)}1]`;
}
