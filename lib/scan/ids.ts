/** The ids of the detectors: policies, overrides and ledger entries name them, so they never change their meaning. */
export const SCAN_DETECTOR_IDS = [
  "aws-access-key",
  "aws-secret-key",
  "github-token",
  "private-key-pem",
  "connection-string",
  "api-key-assignment",
  "password-assignment",
  "pan",
  "ssn",
  "us-phone",
] as const;

export type DetectorId = typeof SCAN_DETECTOR_IDS[number];

const IDS: ReadonlySet<string> = new Set(SCAN_DETECTOR_IDS);
const MARKER_REGEXP = /^\[REDACTED(?::([a-z0-9-]{1,40}))?\]$/;

/** What stands in place of a finding. */
export function markerOf(id: string): string {
  return `[REDACTED:${id}]`;
}

/** Is `text` one marker and nothing else? Only known ids count, so that nothing can hide in the look of a marker. */
export function isMarker(text: string): boolean {
  const match = MARKER_REGEXP.exec(text);
  return match !== null && (match[1] === undefined || IDS.has(match[1]));
}
