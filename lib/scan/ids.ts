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

const MARKERS_REGEXP = new RegExp(`\\[REDACTED(?::(?:${SCAN_DETECTOR_IDS.join("|")}))?\\]`, "g");

/** What stands in place of a finding. */
export function markerOf(id: string): string {
  return `[REDACTED:${id}]`;
}

/** `text` without the markers in it. Only known ids count, so that nothing can hide in the look of a marker. */
export function withoutMarkers(text: string): string {
  return text.includes("[REDACTED") ? text.replaceAll(MARKERS_REGEXP, "") : text;
}

/** Is the bracket that `text` ends with that of a marker? */
export function endsInMarker(text: string): boolean {
  return /\[REDACTED(?::[a-z0-9-]{1,40})?\]$/.test(text.slice(-64));
}
