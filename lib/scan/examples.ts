/** The proof of the detectors: each must hit its positive examples and leave its negative ones alone. */
import { detect, type Look } from "./detect.ts";
import type { Detector } from "./detector.ts";
import { ALL_DETECTORS } from "./detectors/all.ts";

/** An example that a detector does not live up to. */
export interface ExampleProblem {
  readonly id: string;
  readonly kind: "hits" | "misses";
  readonly example: string;
}

const LOOK: Look = { actionOf: () => "block", readers: [], digits: true };

/** The examples that fail; empty for detectors that may be used. */
export function checkDetectors(detectors: readonly Detector[] = ALL_DETECTORS): readonly ExampleProblem[] {
  return detectors.flatMap((detector) => [
    ...detector.examples.hits.filter((example) => !isHit(detector, example))
      .map((example) => ({ id: detector.id, kind: "hits", example }) as const),
    ...detector.examples.misses.filter((example) => isHit(detector, example))
      .map((example) => ({ id: detector.id, kind: "misses", example }) as const),
  ]);
}

function isHit(detector: Detector, example: string): boolean {
  return detect(example, LOOK).some((hit) => hit.detector.id === detector.id);
}
