/** What tools really return, and where a finding would be a false one. */
import { assertEquals } from "@std/assert";
import { inspectValue, secretsOf } from "./_harness.ts";

const BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const BENIGN: Readonly<Record<string, unknown>> = {
  "source code": `
export async function login(username: string, password: string): Promise<User> {
  const user = await db.users.findOne({ where: { username } });
  if (!user || !(await bcrypt.compare(password, user.passwordHash))) throw new AuthError("invalid password");
  return { ...user, password: undefined, apiKey: config.get("apiKey"), token: generateToken(user.id) };
}
const options = { password: process.env.DB_PASSWORD, secretKey: secrets.getSecretKey("main"), api_key: apiKeyFromVault };`,
  "python": `
def connect(host: str, password: Optional[str] = None, api_key: SecretStr = Field(...)):
    password = password or getpass.getpass("Password: ")
    return psycopg2.connect(host=host, user=user, password=password, dbname=settings.DATABASE_NAME)
class Login(BaseModel):
    password: constr(min_length=8)
    self.username, self.password = credentials`,
  "a form":
    `<label for="password">Password:</label><input type="password" name="password" placeholder="Password">
<style>input[type="password"]:focus{outline:none}</style>`,
  "a schema": {
    type: "object",
    properties: {
      password: {
        type: "string",
        minLength: 8,
        description: "The password: at least 8 characters, one digit",
      },
      api_key: {
        type: "string",
        description: "API key: see https://example.com/docs/getting-started-with-keys",
      },
    },
    required: ["password"],
  },
  "validation messages": {
    errors: { password: ["is too short (minimum is 8 characters)", "can't be blank"] },
  },
  "translations": {
    password: "Mot de passe",
    forgotPassword: "Passwort vergessen?",
    resetPassword: "Zurücksetzen",
  },
  "UUIDs": [
    "550e8400-e29b-41d4-a716-446655440000",
    "00000000-0000-0000-0000-000000000000",
    "11111111-2222-4333-8444-555555555555",
    "12345678-1234-1234-1234-123456789012",
  ],
  "hashes": [
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512-4111111111111111abcdefABCDEF/x4111111111111111==",
    "commit 4111111111111111411111111111111141111111",
  ],
  "a lock file": {
    lockfileVersion: 3,
    packages: {
      "node_modules/a": {
        version: "1.2.3",
        resolved: "https://registry.npmjs.org/a/-/a-1.2.3.tgz",
        integrity:
          "sha512-XvZ0y8Cb6vMwFc7mQmQ5t0Wk7Yb2pH1m2QJXy1rX0f6kq9t3m4s5u6v7w8x9y0zABCDEFGHIJKLMNOPQRSTUVw==",
      },
    },
  },
  "times": [
    "2026-11-20T09:07:46.123456Z",
    "20261120090746",
    "1731234567893",
    "1731234567890123",
    "1731234567890123456",
    1731234567893,
    1731234567890123,
    "Thu, 20 Nov 2026 09:07:46 +0100",
    "20-11-2026 09.07.46",
    638712864000000000,
  ],
  "versions": [
    "1.2.3",
    "115.0.5790.170",
    "IU-233.143.2671",
    "v10.0.19045.3803",
    "2.0.0-rc.1+build.123.4567",
    "DFARS 252.227-7013",
  ],
  "numbers like phones": [
    "ORD-555-123-4567",
    "2024-555-123-4567",
    "555-123-45678",
    "112-7654321-1234567",
    "100 200 3000",
    "5551234567",
    "192.168.100.2000",
    "+49 30 901820",
  ],
  "numbers like social-security numbers": [
    "000-12-3456",
    "123-45-678",
    "123-45-67890",
    "1-123-45-6789",
    "123-45-6789-0",
  ],
  "numbers like cards": [
    "4111111111111112",
    "9400 1000 0000 0000 0000 00",
    "DE89 3704 0044 0532 0130 01",
    "4006381333931",
    "0.4539578763621486",
    "-73.98570000000001, 40.74849999999999",
    "https://support.example.com/hc/en-us/articles/4408843597850-How-to-reset",
    "5211 5212 5213 5214 5215 5216 5217 5218 5219",
    "4111-1111-1111-1111-1111",
    "i-4111111111111111a",
    "order_4111111111111111",
  ],
  "a listing": `total 48
drwxr-xr-x  5 root root 4096 Nov 20 09:07 .
-rw-r--r--  1 root root 41111 2026-11-20 09:07 package-lock.json
-rw-------  1 root root  1679 2026-11-20 09:07 id_rsa.pub`,
  "an environment":
    "PWD=/home/alice/project\nOLDPWD=/home/alice\nAWS_REGION=eu-central-1\nAWS_PROFILE=prod\nSSH_AUTH_SOCK=/tmp/ssh-XXXXXXabcdef/agent.4242",
  "/etc/passwd": "/etc/passwd:root:x:0:0:root:/root:/bin/bash\nroot:x:0:0:root:/root:/bin/bash",
  "sudoers": "deploy ALL=(ALL) NOPASSWD: /usr/bin/systemctl restart app",
  "placeholders": `
DB_PASSWORD=changeme
DB_PASSWORD=\${DB_PASSWORD}
DB_PASSWORD={{ vault_db_password }}
DB_PASSWORD=<your-password-here>
DB_PASSWORD=your_password_here
DB_PASSWORD=xxxxxxxxxxxx
DB_PASSWORD=************
OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx
AWS_SECRET_ACCESS_KEY=\${{secrets.AWS_SECRET_ACCESS_KEY}}
DATABASE_URL=postgres://\${DB_USER}:\${DB_PASSWORD}@localhost:5432/app
DATABASE_URL=postgres://localhost:5432/app`,
  "public keys and certificates": `-----BEGIN CERTIFICATE-----\n${BASE64}\n-----END CERTIFICATE-----
-----BEGIN PUBLIC KEY-----\n${BASE64}\n-----END PUBLIC KEY-----\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ a@b`,
  "a picture": { content: [{ type: "image", mimeType: "image/png", data: BASE64.repeat(20) }] },
  "a data URL": { icons: [{ src: `data:image/png;base64,${BASE64}` }] },
  "ids": {
    id: 361910177961738242,
    node_id: "MDQ6VXNlcjU4MzIzMQ==",
    ids: ["1112223334445556667", "507f1f77bcf86cd799439011"],
  },
  "prose":
    "Asia began to read the secret history; the API keyboard shortcut, a password policy and redistributed bolts.",
  "colours and CSS": "#411111 rgb(255, 255, 255) 100%/1.5 calc(100% - 41px) cubic-bezier(.4,0,.2,1)",
  "markers of an earlier scan":
    "key [REDACTED:aws-access-key] password=[REDACTED:password-assignment] [REDACTED:pan]",
};

for (const [name, value] of Object.entries(BENIGN)) {
  Deno.test(`nothing is found in ${name}`, () => {
    for (const direction of ["to-upstream", "to-client"] as const) {
      const seen = inspectValue({ content: value }, { direction });
      assertEquals([seen.report.complete, secretsOf(seen)], [true, []]);
      assertEquals([seen.clean, seen.withhold], [undefined, undefined]);
    }
  });
}
