import {
  createScanner,
  DETECTORS,
  type InspectionResult,
  SCAN_DETECTOR_IDS,
  type ScanOverride,
} from "../../lib/scan/mod.ts";
import type { DetectorId } from "../../lib/scan/mod.ts";
import type { Direction } from "../../lib/verdict/mod.ts";

// deno-fmt-ignore
const TOKEN_FAMILIES: readonly string[] = [
  "forge", "ai", "google", "azure", "chat", "commerce", "hosting", "secret-store", "watching", "work",
];

/** A text for each detector, and what in it must never be seen again. Invented or from public documentation. */
export const SAMPLES: readonly { readonly id: DetectorId; readonly text: string; readonly secret: string }[] =
  [
    { id: "aws-access-key", text: "AKIAIOSFODNN7EXAMPLE", secret: "AKIAIOSFODNN7EXAMPLE" },
    {
      id: "aws-secret-key",
      text: "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    },
    {
      id: "github-token",
      text: "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
      secret: "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    },
    {
      id: "private-key-pem",
      text: "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----",
      secret: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    },
    {
      id: "connection-string",
      text: "postgres://app:s3cr3tpw@db.internal:5432/app",
      secret: "s3cr3tpw",
    },
    { id: "api-key-assignment", text: "api_key=abcd1234efgh5678ijkl", secret: "abcd1234efgh5678ijkl" },
    { id: "password-assignment", text: "password=hunter2hunter2", secret: "hunter2hunter2" },
    { id: "pan", text: "4111 1111 1111 1111", secret: "4111 1111 1111 1111" },
    { id: "ssn", text: "078-05-1120", secret: "078-05-1120" },
    { id: "us-phone", text: "(415) 555-2671", secret: "555-2671" },
    // The first example of a token is the bare token.
    ...DETECTORS.filter(({ family }) => TOKEN_FAMILIES.includes(family)).flatMap(({ id, examples }) =>
      examples.hits.slice(0, 1).filter((text) => /^[\w.~-]+$/.test(text)).map((text) => ({
        id,
        text,
        secret: text,
      }))
    ),
  ];

export interface Question {
  readonly direction?: Direction;
  readonly server?: string;
  readonly tool?: string;
  readonly overrides?: readonly ScanOverride[];
}

/** Inspects JSON text; on the way to the client unless told otherwise. */
export function inspectText(text: string, question: Question = {}): InspectionResult {
  const { direction = "to-client", server = "files", tool = "read_file", overrides = [] } = question;
  const scanner = createScanner({ overrides });
  if (!scanner.ok) throw new Error(scanner.error);
  return scanner.value.inspect({ text, direction, server, tool, method: "tools/call" });
}

/** As {@link inspectText}, for a value. */
export function inspectValue(value: unknown, question: Question = {}): InspectionResult {
  return inspectText(JSON.stringify(value), question);
}

/** Ids of the findings, sorted, each once. */
export function idsOf({ report }: InspectionResult): readonly string[] {
  return [...new Set(report.findings.map(({ id }) => id))].sort();
}

const DETECTOR_IDS: readonly string[] = SCAN_DETECTOR_IDS;

/** The findings of detectors; signs of threats and injections have tests of their own. */
export function secretsOf({ report }: InspectionResult): InspectionResult["report"]["findings"] {
  return report.findings.filter(({ id }) => DETECTOR_IDS.includes(id));
}
