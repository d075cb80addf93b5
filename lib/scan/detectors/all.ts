/** Every detector of the house. One file a family; the order is that of the ids. */
import type { Detector, DetectorInfo } from "../detector.ts";
import { AI_DETECTORS } from "./ai.ts";
import { ASSIGNMENT_DETECTORS } from "./assignment.ts";
import { AZURE_DETECTORS } from "./azure.ts";
import { BANK_DETECTORS } from "./bank.ts";
import { CHAT_DETECTORS } from "./chat.ts";
import { CLOUD_DETECTORS } from "./cloud.ts";
import { COMMERCE_DETECTORS } from "./commerce.ts";
import { DATABASE_DETECTORS } from "./database.ts";
import { FORGE_DETECTORS } from "./forge.ts";
import { GOOGLE_DETECTORS } from "./google.ts";
import { HOSTING_DETECTORS } from "./hosting.ts";
import { MAIL_DETECTORS } from "./mail.ts";
import { OPS_DETECTORS } from "./ops.ts";
import { PAYMENT_DETECTORS } from "./payment.ts";
import { PERSON_DETECTORS } from "./person.ts";
import { PRIVATE_KEY_DETECTORS } from "./private_key.ts";
import { WALLET_DETECTORS } from "./wallet.ts";
import { WEB_DETECTORS } from "./web.ts";

export const ALL_DETECTORS: readonly Detector[] = [
  ...CLOUD_DETECTORS,
  ...FORGE_DETECTORS,
  ...PRIVATE_KEY_DETECTORS,
  ...DATABASE_DETECTORS,
  ...ASSIGNMENT_DETECTORS,
  ...AI_DETECTORS,
  ...GOOGLE_DETECTORS,
  ...AZURE_DETECTORS,
  ...CHAT_DETECTORS,
  ...COMMERCE_DETECTORS,
  ...HOSTING_DETECTORS,
  ...OPS_DETECTORS,
  ...WEB_DETECTORS,
  ...WALLET_DETECTORS,
  ...PAYMENT_DETECTORS,
  ...BANK_DETECTORS,
  ...PERSON_DETECTORS,
  ...MAIL_DETECTORS,
];

/** What the detectors say about themselves, for documents and commands. */
export const DETECTORS: readonly DetectorInfo[] = ALL_DETECTORS;
