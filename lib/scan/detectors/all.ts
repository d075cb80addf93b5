/** Every detector of the house. One file a family; the order is the order of the spec's table. */
import type { Detector, DetectorInfo } from "../detector.ts";
import { ASSIGNMENT_DETECTORS } from "./assignment.ts";
import { CLOUD_DETECTORS } from "./cloud.ts";
import { DATABASE_DETECTORS } from "./database.ts";
import { FORGE_DETECTORS } from "./forge.ts";
import { PAYMENT_DETECTORS } from "./payment.ts";
import { PERSON_DETECTORS } from "./person.ts";
import { PRIVATE_KEY_DETECTORS } from "./private_key.ts";

export const ALL_DETECTORS: readonly Detector[] = [
  ...CLOUD_DETECTORS,
  ...FORGE_DETECTORS,
  ...PRIVATE_KEY_DETECTORS,
  ...DATABASE_DETECTORS,
  ...ASSIGNMENT_DETECTORS,
  ...PAYMENT_DETECTORS,
  ...PERSON_DETECTORS,
];

/** What the detectors say about themselves, for documents and commands. */
export const DETECTORS: readonly DetectorInfo[] = ALL_DETECTORS;
