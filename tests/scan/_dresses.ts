/** Ways to dress a secret: each makes a message of a text, and says what of it must not be seen again. */
export interface Dressed {
  readonly value: unknown;
  /** Neither these nor the secret itself may be in what is handed over. */
  readonly hidden: readonly string[];
}
export type Dress = (text: string, secret: string) => Dressed;

const ZERO_WIDTH = "\u200b";
const JAPANESE = "新しい鍵はこちらです、保管してください。";

function percent(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(
    "",
  );
}

function entities(text: string): string {
  return Array.from(text, (letter) => `&#${letter.codePointAt(0)};`).join("");
}

function escapes(text: string): string {
  return Array.from(text, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

function wide(text: string): string {
  return text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function base64url(text: string): string {
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

/** `letters` with something that nobody sees behind every third. */
function pierced(letters: string, hidden: string): string {
  return letters.replace(/...(?=.)/g, `$&${hidden}`);
}

/** As {@link inside}; what is taken out on the way to the client must not leave what can be decoded. */
function insidePierced(encode: (text: string) => string, hidden: string): Dress {
  return (text, secret) => ({
    value: { note: `see ${pierced(encode(text), hidden)} there` },
    hidden: [encode(secret), pierced(encode(secret), hidden)],
  });
}

/** As a view of a whole text, in the middle of another. */
function inside(encode: (text: string) => string): Dress {
  return (text, secret) => ({
    value: { note: `see ${encode(text)} there` },
    hidden: [encode(text), encode(secret)],
  });
}

function cutAt(part: number): Dress {
  return (text) => {
    const at = Math.max(1, Math.min(text.length - 1, Math.floor(text.length * part)));
    return {
      value: { content: [{ type: "text", text: text.slice(0, at) }, { type: "text", text: text.slice(at) }] },
      hidden: [],
    };
  };
}

export const DRESSES: Readonly<Record<string, Dress>> = {
  "plain": inside((text) => text),
  "alone": (text) => ({ value: text, hidden: [] }),
  "in a list": (text) => ({ value: { rows: [[text]] }, hidden: [] }),
  "in JSON in a string": (text) => ({ value: { body: JSON.stringify({ a: [text], b: 1 }) }, hidden: [] }),
  "in JSON in JSON in a string": (text) => ({
    value: { body: JSON.stringify({ a: JSON.stringify({ b: text }) }) },
    hidden: [],
  }),
  "in base64": inside(base64),
  "in base64url": inside(base64url),
  "in base64 of base64": inside((text) => base64(base64(text))),
  "in base64 behind a path": (text) => ({ value: { uri: `/files/${base64(text)}` }, hidden: [base64(text)] }),
  "in hex": inside(hex),
  "percent-encoded": inside(percent),
  "percent-encoded twice": inside((text) => percent(percent(text))),
  "percent-encoded in base64": inside((text) => base64(percent(text))),
  "base64 in percent-encoding": inside((text) => percent(base64(text))),
  "in entities": inside(entities),
  "in escapes": inside(escapes),
  "in escapes in JSON in a string": (text) => ({
    value: { body: `{"a":"${escapes(text)}"}` },
    hidden: [escapes(text)],
  }),
  "with characters of no width inside": (text, secret) => {
    const dressed = Array.from(text).join(ZERO_WIDTH);
    return { value: { note: dressed }, hidden: [dressed, Array.from(secret).join(ZERO_WIDTH)] };
  },
  "with soft hyphens and joiners inside": (text) => ({
    value: { note: Array.from(text).join("\u00ad\u2060") },
    hidden: [Array.from(text).join("\u00ad\u2060")],
  }),
  "in entities with characters of no width inside": insidePierced(entities, ZERO_WIDTH),
  "in entities with byte order marks inside": insidePierced(entities, "\ufeff"),
  "in entities with tags inside": insidePierced(entities, "\u{e0041}"),
  "in entities with bidi controls inside": insidePierced(entities, "\u202c"),
  "in entities with joiners inside": insidePierced(entities, "\u200d"),
  "in entities with colours inside": insidePierced(entities, "\x1b[0m"),
  "in escapes with characters of no width inside": insidePierced(escapes, ZERO_WIDTH),
  "percent-encoded with characters of no width inside": insidePierced(percent, ZERO_WIDTH),
  "percent-encoded with characters of no width inside, in base64": inside((text) =>
    base64(pierced(percent(text), ZERO_WIDTH))
  ),
  "in hex behind letters that are not ASCII": inside((text) => hex(`Für Zugänge: ${text} — für später`)),
  "in hex in the middle of Japanese": inside((text) => hex(`${JAPANESE}${text}${JAPANESE}`)),
  "in hex behind much Russian": inside((text) => hex(`${"Ключ доступа к шлюзу: ".repeat(60)}${text} и всё`)),
  "in base64 behind much Japanese": inside((text) => base64(`${JAPANESE.repeat(60)}${text} ${JAPANESE}`)),
  "in wide letters": (text, secret) => ({ value: { note: wide(text) }, hidden: [wide(text), wide(secret)] }),
  "cut in the middle": cutAt(1 / 2),
  "cut near the beginning": cutAt(1 / 8),
  "cut near the end": cutAt(7 / 8),
};
