import { type JsonProblem, type JsonValue, parseJson, utf8Decode } from "../base/mod.ts";
import { classify, malformed } from "./classify.ts";
import type { RawFrame } from "./frame_reader.ts";
import { MAX_BATCH_ELEMENTS, MAX_DEPTH } from "./limits.ts";
import type { Incoming, Malformed } from "./message.ts";

/**
 * The message in a frame, or what is wrong with it. ATTACKER-CONTROLLED input, any bytes at all; never throws. What
 * comes back is the one reading there is: everything that two parsers could read differently is malformed.
 */
export function readFrame(frame: RawFrame): Incoming {
  if (frame.kind === "oversize") return malformed("oversize", { bytes: frame.limit, limit: frame.limit });
  const bytes = frame.bytes.length;
  const text = utf8Decode(frame.bytes);
  if (text === undefined) return malformed("utf8", { bytes });
  const parsed = parseJson(text, MAX_DEPTH);
  if (!parsed.ok) return notStrict(parsed.error, bytes);
  return Array.isArray(parsed.value) ? readBatch(parsed.value, bytes) : classify(parsed.value, bytes);
}

function notStrict(problem: JsonProblem, bytes: number): Malformed {
  return malformed(
    problem.code,
    problem.salvage === undefined ? { bytes } : { bytes, value: problem.salvage },
  );
}

function readBatch(elements: readonly JsonValue[], bytes: number): Incoming {
  if (elements.length === 0 || elements.length > MAX_BATCH_ELEMENTS) return malformed("batch", { bytes });
  return { kind: "batch", elements: elements.map((element) => classify(element, bytes)), bytes };
}
