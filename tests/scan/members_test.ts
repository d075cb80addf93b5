/** Names that say what a value is, for the detectors that go by them: as key and value, in text, and where they do not. */
import { assertEquals } from "@std/assert";
import { hex, mixed } from "../../lib/scan/detectors/fillers.ts";
import { idsOf, inspectValue } from "./_harness.ts";

const UUID = "0a1b2c3d-4e5f-6789-9f8e-7d6c5b4a3210";

const ROWS: readonly (readonly [key: string, value: string | number, id: string | undefined])[] = [
  ["twilioAuthToken", hex(32), "twilio-key"],
  ["TWILIO_AUTH_TOKEN", `${hex(32)}0`, "api-key-assignment"],
  ["cloudflare_api_token", mixed(40), "cloudflare-token"],
  ["X-Auth-Key", hex(37), "cloudflare-token"],
  ["HEROKU_API_KEY", UUID, "heroku-api-key"],
  ["heroku_app", UUID, undefined],
  ["DD-API-KEY", hex(32), "datadog-api-key"],
  ["dd_app_key", hex(40), "datadog-api-key"],
  ["commit", hex(40), undefined],
  ["private_key_id", hex(40), "gcp-service-account"],
  ["AccountKey", `${mixed(86)}==`, "azure-storage-key"],
  ["storage_account_key", `${mixed(86)}==`, "azure-storage-key"],
  ["VAULT_TOKEN", `s.${mixed(24)}`, "vault-token"],
  ["vercelToken", mixed(24), "vercel-token"],
  ["netlify_token", mixed(43), "netlify-token"],
  ["Authorization", `Bearer ${mixed(24)}`, "authorization-header"],
  ["authorization", "Basic YWxpY2U6czNjcjN0cHc=", "authorization-header"],
  ["Proxy-Authorization", `Basic ${btoa("alice:s3cr3tpw")}`, "authorization-header"],
  ["authorization", "required", undefined],
  ["authorization_url", "https://example.com/oauth2/authorize12345", undefined],
  ["ssn", "123456789", "ssn"],
  ["ssn", 123456789, "ssn"],
  ["user_ssn", "123 45 6789", "ssn"],
  ["socialSecurityNumber", "123456789", "ssn"],
  ["userSocialSecurityNumber", "123456789", "ssn"],
  ["className", "123456789", undefined],
  ["ssn", "000456789", undefined],
  ["lessn", "123456789", undefined],
  ["password", "correct horse battery staple", "password-assignment"],
  ["password", "hunter2 hunter2", "password-assignment"],
  ["password", "must have at least 8 characters", undefined],
  ["password", "Wachtwoord vergeten", undefined],
  ["DB_PASSWORD_PROD", "hunter2hunter2", "password-assignment"],
  ["api_key_live", "abcd1234efgh5678ijkl", "api-key-assignment"],
  ["api_key_name", "abcd1234efgh5678ijkl", undefined],
  ["refreshToken", "aB3/dE5+fG7.hJ9kL2mN4pQ6", "api-key-assignment"],
  ["AWS_SECRET_ACCESS_KEY_PROD", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws-secret-key"],
];

for (const [key, value, id] of ROWS) {
  Deno.test(`${key} with ${JSON.stringify(value).slice(0, 24)} is ${id ?? "nothing"}`, () => {
    const expected = id === undefined ? [] : [id];
    assertEquals(idsOf(inspectValue({ [key]: value })), expected);
    assertEquals(idsOf(inspectValue({ text: JSON.stringify({ a: 1, [key]: value }) })), expected);
  });
}
