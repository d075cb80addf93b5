/** Keys and tokens of Google. */
import type { KeywordDetector } from "../detector.ts";
import { hex, mixed } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

const SERVICE_ACCOUNT_ID = hex(40);

export const GOOGLE_DETECTORS: readonly KeywordDetector[] = tokenDetectors("google", [
  {
    id: "google-api-key",
    description: "Google API key: AIza and 35 characters",
    specificity: 3,
    floor: false,
    keywords: ["aiza"],
    format: "AIza[\\w-]{35}(?![\\w-])",
    examples: {
      hits: [
        `AIza${mixed(35)}`,
        `https://maps.googleapis.com/maps/api/js?key=AIza${mixed(35)}&v=3`,
        `apiKey: "AIza${mixed(33)}-_",`,
      ],
      misses: [`AIza${mixed(34)}`, `AIza${mixed(36)}`, `xAIza${mixed(35)}`, "naiza", `AIza${"X".repeat(35)}`],
    },
  },
  {
    id: "google-oauth-token",
    description: "Google OAuth: access token (ya29.), refresh token (1//0), client secret (GOCSPX-)",
    specificity: 3,
    floor: true,
    keywords: ["ya29.", "1//0", "gocspx-"],
    format: "(?:ya29\\.(?:[A-Za-z]\\.)?[\\w-]{30}|1//0[\\w-]{40}|GOCSPX-[\\w-]{24})",
    tail: "[\\w-]*",
    examples: {
      hits: [
        `ya29.a0Af${mixed(60)}`,
        `ya29.c.b0${mixed(120)}`,
        `"refresh_token": "1//0g${mixed(60)}"`,
        `"client_secret": "GOCSPX-${mixed(28)}"`,
      ],
      misses: [
        "ya29.short",
        `xya29.a0${mixed(60)}`,
        "https://1//0",
        "1//0 is not defined",
        "GOCSPX-short",
        `GOCSPX-${"x".repeat(28)}`,
      ],
    },
  },
  {
    id: "gcp-service-account",
    description:
      "key file of a Google Cloud service account: the id of its private key; the key itself is a PEM block",
    specificity: 3,
    floor: true,
    keywords: ["private_key_id"],
    named: { name: "private_key_id", value: "[0-9a-f]{40}" },
    examples: {
      hits: [
        `{"type": "service_account", "private_key_id": "${SERVICE_ACCOUNT_ID}"}`,
        `{\\"private_key_id\\": \\"${SERVICE_ACCOUNT_ID}\\"}`,
        `private_key_id: ${SERVICE_ACCOUNT_ID}`,
      ],
      misses: [
        '"private_key_id": "your-key-id"',
        `"private_key_id": "${"x".repeat(40)}"`,
        `"key_id": "${SERVICE_ACCOUNT_ID}"`,
        "the private_key_id field",
      ],
    },
  },
]);
