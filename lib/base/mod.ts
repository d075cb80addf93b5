/**
 * base: bytes, JSON, digests, globs, durations, decimals, clocks, faults, results.
 *
 * Input: trusted and untrusted alike; every parser here is strict and total (it answers, it never guesses).
 * Thread: all of them. Imports: nothing of ours; `node:crypto` for hashing, once something is hashed.
 */
export { concatBytes, fromHex, toHex, utf8, utf8Decode, utf8Length } from "./bytes.ts";
export { type Clock, clockFrom, manualClock, rfc3339Micros, systemClock } from "./clock.ts";
export { canonicalJson, canonicalPayload } from "./canonical.ts";
export {
  addDecimals,
  compareDecimals,
  type Decimal,
  decimalFromText,
  decimalFromValue,
  decimalText,
} from "./decimal.ts";
export { hmacSha256, leafHash, nodeHash, randomBytes, sha256, sha256Hex } from "./digest.ts";
export { type Duration, formatDuration, parseDuration } from "./duration.ts";
export { Fault, type FaultCode, faultFromPlain, messageOf, type PlainFault, toPlainFault } from "./fault.ts";
export { compileGlob, type Glob, type GlobError } from "./glob.ts";
export {
  type ExactNumber,
  exactNumber,
  isExactNumber,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonProblem,
  type JsonValue,
  numberSource,
} from "./json.ts";
export { encodeJson, orderedKeys } from "./json_encode.ts";
export { DEFAULT_MAX_DEPTH, parseJson } from "./json_parse.ts";
export { err, ok, type Result } from "./result.ts";
export { composed, nameSkeleton, printable } from "./text.ts";
export { uuidv7 } from "./uuid.ts";
export { pause, within } from "./wait.ts";
