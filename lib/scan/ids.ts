/** The ids of the detectors: policies, overrides and ledger entries name them, so they never change their meaning. */
// deno-fmt-ignore
export const SCAN_DETECTOR_IDS = [
  "aws-access-key", "aws-secret-key", "github-token", "gitlab-token", "npm-token", "pypi-token", "huggingface-token",
  "databricks-token", "private-key-pem", "connection-string", "api-key-assignment", "password-assignment",
  "anthropic-api-key", "openai-api-key", "openrouter-api-key", "groq-api-key", "xai-api-key", "replicate-token",
  "google-api-key", "google-oauth-token", "gcp-service-account",
  "azure-storage-key", "azure-sas-signature", "azure-client-secret",
  "slack-token", "slack-webhook", "discord-webhook", "sendgrid-api-key", "mailgun-key", "twilio-key",
  "discord-bot-token", "telegram-bot-token",
  "stripe-key", "stripe-test-key", "shopify-token", "square-token",
  "digitalocean-token", "cloudflare-token", "heroku-api-key", "vercel-token", "netlify-token", "supabase-token",
  "vault-token", "doppler-token", "age-secret-key", "datadog-api-key", "sentry-token",
  "linear-api-key", "notion-token", "postman-api-key",
  "jwt", "authorization-header", "url-credentials",
  "bip39-phrase", "pan", "iban", "ssn", "us-phone", "email",
] as const;

export type DetectorId = typeof SCAN_DETECTOR_IDS[number];

const MARKERS_REGEXP = new RegExp(`\\[REDACTED(?::(?:${SCAN_DETECTOR_IDS.join("|")}))?\\]`, "g");

const MARKERS: ReadonlyMap<string, string> = new Map(SCAN_DETECTOR_IDS.map((id) => [id, `[REDACTED:${id}]`]));

/** What stands in place of a finding. */
export function markerOf(id: string): string {
  return MARKERS.get(id) ?? `[REDACTED:${id}]`;
}

/** `text` without the markers in it. Only known ids count, so that nothing can hide in the look of a marker. */
export function withoutMarkers(text: string): string {
  return text.includes("[REDACTED") ? text.replaceAll(MARKERS_REGEXP, "") : text;
}

/** Is the bracket that `text` ends with that of a marker? */
export function endsInMarker(text: string): boolean {
  return /\[REDACTED(?::[a-z0-9-]{1,40})?\]$/.test(text.slice(-64));
}
