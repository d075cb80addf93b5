/** Base64 in a message: pictures, sounds, files. */
import { utf8 } from "../base/mod.ts";
import { textOfUtf8 } from "./views/utf8.ts";

/** A base64 string: what stands in front of it in a data URL, and the rest. */
export interface Blob64 {
  readonly prefix: string;
  readonly payload: string;
}

const DATA_URL_REGEXP = /^data:[\w.+/;=-]{0,100};base64,/;
/** What is shorter is not taken for base64. */
export const MIN_BLOB = 16;
const BASE64_REGEXP = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;
const MIME_REGEXP = /^(?:[A-Za-z0-9+/_-]{40,128}\r?\n)+[A-Za-z0-9+/_-]*={0,2}(?:\r?\n)?$/;
const MIME_MIN = 42;
const PICTURE_MIN_LENGTH = 64;
// deno-lint-ignore no-control-regex -- what no text has is what is looked for
const BINARY_REGEXP = /[\x00-\x08\x0e-\x1f\x7f]/;

/** What may hold base64: the `data` of a picture or sound, the `blob` of a resource. Data URLs stand anywhere. */
export const BLOB_KEYS: readonly string[] = ["data", "blob"];
/** What tells of base64 in the source of a message, in the form of a detector's keywords. */
export const BLOB_KEYWORDS: readonly string[] = [...BLOB_KEYS.map((key) => `"${key}`), ";base64,"];

/** Reads `text`, which stands under `key`, as base64; `undefined` where it is none. */
export function readBlob(text: string, key: string): Blob64 | undefined {
  if (text.length < MIN_BLOB) return undefined;
  const prefix = text.startsWith("data:") ? DATA_URL_REGEXP.exec(text.slice(0, 128))?.[0] ?? "" : "";
  if (prefix === "" && !BLOB_KEYS.includes(key)) return undefined;
  const written = text.slice(prefix.length);
  // MIME (RFC 2045) breaks the lines at 76 characters, PEM at 64. Short lines are prose, whatever its letters.
  const payload = written.length >= MIME_MIN && MIME_REGEXP.test(written)
    ? written.replace(/[\r\n]/g, "")
    : written;
  return BASE64_REGEXP.test(payload) ? { prefix, payload } : undefined;
}

/**
 * Is it long and mixed enough to be sure? Then digits in it are no numbers, and a marker in it would break what it
 * encodes. `{"data": "4111111111111111"}` is base64 by its letters only and stays a number.
 */
export function isSurelyBlob({ payload }: Blob64): boolean {
  return payload.length >= PICTURE_MIN_LENGTH && /[a-z]/.test(payload) && /[A-Z]/.test(payload);
}

/** The text that is encoded; `undefined` for a picture or anything else that is no text. */
export function decodeBlob({ payload }: Blob64): string | undefined {
  if (!isWhole(payload)) return undefined; // what is no base64 is looked at as it is
  const bytes = Uint8Array.fromBase64(payload, { alphabet: alphabetOf(payload) });
  if (bytes.subarray(0, PROBED).some(isNoText)) return undefined;
  const text = textOfUtf8(bytes);
  return text === undefined || BINARY_REGEXP.test(text) ? undefined : text;
}

/** COST: whatever is no text shows it in its first bytes, and a decoder takes a microsecond to say so. */
const PROBED = 64;

/** In no UTF-8, or what {@link BINARY_REGEXP} looks for. */
function isNoText(byte: number): boolean {
  return byte < 0x09 || (byte > 0x0d && byte < 0x20) || byte === 0x7f || byte === 0xc0 || byte === 0xc1 ||
    byte > 0xf4;
}

/** COST: an error is a hundred times as dear as a look, so what cannot be decoded is not tried. */
function isWhole(payload: string): boolean {
  const letters = payload.replace(/={1,2}$/, "").length;
  if (letters % 4 === 1 || (letters < payload.length && payload.length % 4 !== 0)) return false;
  return !(/[_-]/.test(payload) && /[+/]/.test(payload));
}

/** `text` in place of what `blob` encodes, in the same alphabet. */
export function encodeBlob({ prefix, payload }: Blob64, text: string): string {
  return prefix + utf8(text).toBase64({ alphabet: alphabetOf(payload) });
}

function alphabetOf(payload: string): "base64" | "base64url" {
  return /[_-]/.test(payload) ? "base64url" : "base64";
}
