/** The dresses that a secret can come in: ways to write it down, and places to put it. */
import type { SecretSample } from "./corpus.ts";

/** A dressed secret: what stands in an argument or in a result. */
export interface Dressed {
  /** Texts are blocks of content; anything else is structured. */
  readonly texts?: readonly string[];
  readonly structured?: unknown;
  /** None of these may be left in what is handed over. */
  readonly pieces: readonly string[];
}

export interface Dress {
  readonly name: string;
  /** Of these every sample has to be found. */
  readonly plain: boolean;
  /** `undefined`: this secret has no such dress. */
  readonly wear: (sample: SecretSample) => Dressed | undefined;
}

/** Below this a part of a secret tells nothing. */
const PIECE_MIN = 16;

export const DRESSES: readonly Dress[] = [
  { name: "plain", plain: true, wear: (sample) => written(sample, (secret) => secret) },
  { name: "JSON value", plain: true, wear: asValue },
  { name: "key and value", plain: true, wear: underKey },
  { name: "nested JSON", plain: false, wear: (sample) => whole(sample, inJsonTwice) },
  { name: "base64", plain: false, wear: (sample) => whole(sample, base64) },
  { name: "base64url", plain: false, wear: (sample) => whole(sample, base64url) },
  { name: "hex", plain: false, wear: (sample) => whole(sample, hex) },
  { name: "percent", plain: false, wear: (sample) => whole(sample, encodeURIComponent) },
  { name: "percent, all", plain: false, wear: (sample) => written(sample, percentAll) },
  { name: "HTML entities", plain: false, wear: (sample) => written(sample, entities) },
  { name: "\\u escapes", plain: false, wear: (sample) => written(sample, unicodeEscapes) },
  { name: "zero-width", plain: false, wear: (sample) => written(sample, withZeroWidth) },
  { name: "full-width", plain: false, wear: (sample) => written(sample, fullWidth) },
  { name: "look-alikes", plain: false, wear: (sample) => written(sample, lookAlikes) },
  { name: "two blocks", plain: false, wear: (sample) => cut(sample, (texts) => ({ texts })) },
  {
    name: "two elements",
    plain: false,
    wear: (sample) => cut(sample, (lines) => ({ structured: { lines } })),
  },
  { name: "two fields", plain: false, wear: (sample) => cut(sample, twoFields) },
  {
    name: "zero-width in base64",
    plain: false,
    wear: (sample) => whole(sample, (text) => withZeroWidth(base64(text))),
  },
  {
    name: "zero-width in percent",
    plain: false,
    wear: (sample) => whole(sample, (text) => withZeroWidth(percentAll(text))),
  },
  {
    name: "zero-width in entities",
    plain: false,
    wear: (sample) => whole(sample, (text) => withZeroWidth(entities(text))),
  },
  { name: "two layers", plain: false, wear: (sample) => whole(sample, (text) => base64(percentAll(text))) },
  {
    name: "three layers",
    plain: false,
    wear: (sample) => whole(sample, (text) => base64(hex(base64(text)))),
  },
];

/** The secret written in another way, in the text that it stands in. */
function written(
  { before, secret, after }: SecretSample,
  write: (secret: string) => string,
): Dressed | undefined {
  const dressed = write(secret);
  if (dressed === secret && write(PROBE) !== PROBE) return undefined;
  const pieces = [dressed, visible(dressed), secret].map(coreOf);
  return { texts: [before + dressed + after], pieces };
}

/** A letter and a digit: a way of writing that changes neither changes nothing. */
const PROBE = "A1";

/** The whole text written in another way. */
function whole({ before, secret, after }: SecretSample, write: (text: string) => string): Dressed {
  const dressed = write(before + secret + after);
  return { texts: [dressed], pieces: [dressed, visible(dressed)] };
}

function asValue({ bare, before, secret, after }: SecretSample): Dressed {
  const value = bare ? secret : before + secret + after;
  return { structured: { rows: [{ row: 7, value }, { row: 8, value: null }] }, pieces: [coreOf(secret)] };
}

function underKey({ key, secret }: SecretSample): Dressed | undefined {
  return key === undefined
    ? undefined
    : { structured: { settings: { [key]: secret } }, pieces: [coreOf(secret)] };
}

function cut(
  { before, secret, after }: SecretSample,
  place: (halves: readonly [string, string]) => Omit<Dressed, "pieces">,
): Dressed {
  const middle = Math.floor(secret.length / 2);
  const head = secret.slice(0, middle), tail = secret.slice(middle);
  const pieces = [head, tail].filter((piece) => piece.length >= PIECE_MIN);
  return { ...place([before + head, tail + after]), pieces: pieces.length > 0 ? pieces : [tail] };
}

function twoFields([first, second]: readonly [string, string]): Omit<Dressed, "pieces"> {
  return { structured: { part1: first, part2: second } };
}

/** The middle of a secret: its ends may stay, such as the name of a scheme. */
function coreOf(secret: string): string {
  const quarter = Math.floor(secret.length / 4);
  return secret.length < PIECE_MIN ? secret : secret.slice(quarter, -quarter);
}

function inJsonTwice(text: string): string {
  return JSON.stringify({ body: JSON.stringify({ note: text, ok: true }) });
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

function percentAll(text: string): string {
  return hex(text).replace(/../g, "%$&").toUpperCase();
}

function entities(text: string): string {
  return [...text].map((sign, index) =>
    index % 2 === 0 ? `&#${sign.codePointAt(0)};` : `&#x${sign.codePointAt(0)?.toString(16)};`
  ).join("");
}

function unicodeEscapes(text: string): string {
  return text.replace(/[^\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function withZeroWidth(text: string): string {
  return text.replace(/...(?=.)/g, "$&\u200b");
}

/** What is left when the scanner takes out what nobody sees and finds nothing else. */
function visible(text: string): string {
  return text.replaceAll("\u200b", "");
}

function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0));
}

const LATIN = "AaBCcEeHIiKMOoPpSsTXxy";
const CYRILLIC = "АаВСсЕеНІіКМОоРрЅѕТХху";

function lookAlikes(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => CYRILLIC[LATIN.indexOf(letter)] ?? letter);
}
