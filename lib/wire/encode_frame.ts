import { encodeJson, type JsonValue } from "../base/mod.ts";

/**
 * A message as it goes over the wire: compact JSON and a newline. There is no other way out, so that what was judged is
 * what is forwarded; encode∘parse is the identity on canonical input. JSON escapes line ends, so the text is one line.
 */
export function encodeFrame(value: JsonValue): string {
  return `${encodeJson(value)}\n`;
}
