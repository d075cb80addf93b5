/** Secrets that only their name gives away: `password = …`, `"apiKey": "…"`. */
import type { KeywordDetector, Span, ValueReader } from "../detector.ts";
import { assignmentOf, endOf, isQuote, SUFFIX, valueInText, valueOfMember } from "./assigned.ts";
import { isCodeOrProse, isPlaceholder } from "./placeholder.ts";

const PASSWORD_MIN = 8;
// FALSE HITS: `/etc/passwd:` of grep, `NOPASSWD:` of sudoers, and names that are about a password and not one.
const NOT_BEFORE =
  "(?<!etc/|no[_-]?|(?<![a-z])(?:forgot|reset|change|show|hide|toggle|has|is|need|require|invalid|wrong|missing|hash|check|verify|validate|generate|get|set)[_-]?)";
const PASSWORD_NAME = `${NOT_BEFORE}(?:password|passwd|passphrase)\\d{0,2}${SUFFIX}`;
/** `pwd` is the working directory as often: with an equals sign or in JSON, and never where a path follows. */
const PWD_NAME =
  '(?<!old)pwd(?=\\\\{0,3}(?:["\'`]?[ \\t]{0,8}={1,3}|"[ \\t]{0,8}:)[ \\t]{0,8}\\\\{0,3}["\'`]?(?![/~.$]|[A-Za-z]:\\\\))';
const PASSWORD_KEY_REGEXP = new RegExp(`${PASSWORD_NAME}\\s*:?$`, "i");
const PWD_KEY_REGEXP = /(?<![a-z])pwd$|(?<=[a-z])Pwd$/;

function passwordMember(key: string): ValueReader | undefined {
  if (PASSWORD_KEY_REGEXP.test(key)) return (value) => valueOfMember(value, PASSWORD_MIN);
  return PWD_KEY_REGEXP.test(key) ? pwdValue : undefined;
}

function pwdValue(value: string): Span | undefined {
  return /[/\\]/.test(value) ? undefined : valueOfMember(value, PASSWORD_MIN);
}

const API_NAMES =
  `(?:api[_. -]?(?:key|secret|token)|(?:client|app|consumer|signing|webhook|jwt)[_-]?secret|` +
  `(?:access|auth|refresh|session|bearer|private)[_-]?token|(?:secret|encryption|signing|master)[_-]?key)${SUFFIX}`;
const API_KEY_REGEXP = new RegExp(`(?:${API_NAMES})\\s*:?$`, "i");
const API_MIN = 20;
const API_HEAD_REGEXP = /[A-Za-z0-9_-]{20}[\w.~+/=-]{0,64}/y;
/** `AWS_CONTAINER_AUTHORIZATION_TOKEN`: words, that is the name of a secret. */
const API_NAME_REGEXP = /^[A-Za-z]+\d?(?:[_-][A-Za-z]+\d?)+$/;
/** `sk-proj-your-api-key-goes-here-123` */
const API_EXAMPLE_REGEXP =
  /(?:^|[_-])your[_-](?:own[_-])?(?:(?:api|secret|access|auth)[_-])?(?:key|token|secret)(?![A-Za-z0-9])/i;
/** Base64 and the like have their signs anywhere. */
const API_SIGNS_REGEXP = /[\w.~+/!@$%^*-]{20,84}/y;
/** `projects/main1/keys/Key2`: words and numbers with slashes or dots between are a place. */
const API_PLACE_REGEXP =
  /^[./]?(?:[A-Za-z][A-Za-z_-]*\d{0,4}|\d{1,4})(?:[./=](?:[A-Za-z][A-Za-z_-]*\d{0,4}|\d{1,4}))*[./=]?$/;
/** `this.config.get2Keys`: names with dots between. */
const API_MEMBERS_REGEXP = /^(?=(?:\D*\d){0,3}\D*$)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;
const API_REST_REGEXP = /[\w.~+/=-]*/y;

/**
 * Twenty letters, digits, `_` and `-`; what goes on behind them (the parts of a JWT, base64) is masked too. Without
 * quotes it needs a digit: a long name without one is a name in code. LINEAR: the head decides; only an accepted value
 * is walked to its end.
 */
function apiValueAt(text: string, start: number, quoted: boolean): Span | undefined {
  const plainEnd = endOf(API_HEAD_REGEXP, text, start);
  const headEnd = plainEnd > start ? plainEnd : endOf(API_SIGNS_REGEXP, text, start);
  const head = text.slice(start, headEnd);
  if (plainEnd === start && !isRandomWithSigns(head)) return undefined;
  if (head === "" || isPlaceholder(head) || API_NAME_REGEXP.test(head)) return undefined;
  if (API_EXAMPLE_REGEXP.test(head) || head === head.charAt(0).repeat(head.length)) return undefined;
  if (!quoted && (!/\d/.test(head) || text[headEnd] === "(")) return undefined;
  return { start, end: endOf(API_REST_REGEXP, text, headEnd) };
}

/** All of upper case, lower case and digits: what has signs among them otherwise is an expression or a path. */
function isRandomWithSigns(head: string): boolean {
  return /\d/.test(head) && /[a-z]/.test(head) && /[A-Z]/.test(head) && !isCodeOrProse(head) &&
    !API_PLACE_REGEXP.test(head) && !API_MEMBERS_REGEXP.test(head);
}

function apiMember(key: string): ValueReader | undefined {
  return API_KEY_REGEXP.test(key) ? apiValue : undefined;
}

function apiValue(value: string): Span | undefined {
  const found = valueOfMember(value, API_MIN);
  return found && apiValueAt(value, found.start, true);
}

export const ASSIGNMENT_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "api-key-assignment",
    family: "assignment",
    description: "key, secret or token of an API behind its name: 20 characters or more, no placeholder",
    specificity: 1,
    floor: false,
    // deno-fmt-ignore
    keywords: [
      "apikey", "api_key", "api-key", "apisecret", "api_secret", "api-secret", "apitoken", "api_token", "api-token",
      "clientsecret", "client_secret", "client-secret", "accesstoken", "access_token", "access-token",
      "authtoken", "auth_token", "auth-token", "secretkey", "secret_key", "secret-key", "appsecret", "app_secret",
      "consumersecret", "consumer_secret", "signingsecret", "signing_secret", "signingkey", "signing_key",
      "webhooksecret", "webhook_secret", "jwtsecret", "jwt_secret", "refreshtoken", "refresh_token", "sessiontoken",
      "session_token", "bearertoken", "bearer_token", "privatetoken", "private_token", "private-token",
      "encryptionkey", "encryption_key", "masterkey", "master_key",
    ],
    pattern: assignmentOf(API_NAMES),
    locate: (text, { end }) => apiValueAt(text, end, isQuote(text, end - 1)),
    member: apiMember,
    examples: {
      hits: [
        "api_key=abcd1234efgh5678ijkl",
        "API-KEY: 0123456789abcdef0123456789abcdef",
        'apiKey: "abcdefghijklmnopqrstuvwx"',
        '{"apiSecret": "abcd1234efgh5678ijkl"}',
        '{\\"api_token\\": \\"abcd1234efgh5678ijkl\\"}',
        "config['api_key'] = 'abcd1234efgh5678ijkl'",
        "export OPENAI_API_KEY=abcd1234-efgh5678-ijkl",
        "https://api.example.com/v1?api_key=abcd1234efgh5678ijkl&page=2",
        "client_secret: abcd1234efgh5678ijkl",
        "api_key=aB3/dE5+fG7.hJ9kL2mN4pQ6",
        "API_KEY_PROD=abcd1234efgh5678ijkl",
        "<apiKey>abcd1234efgh5678ijkl</apiKey>",
        "aws_session_token = FwoGZXIvYXdzE//////////wEaDB3dE5fG7",
      ],
      misses: [
        "api_key=short",
        "api_key=${OPENAI_API_KEY_FROM_ENVIRONMENT}",
        "api_key=<the key that you were given>",
        "api_key=your_api_key_goes_in_here",
        "api_key=xxxxxxxxxxxxxxxxxxxxxxxx",
        "api_key=sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "api_key=process.env.OPENAI_API_KEY",
        "api_key = get_api_key_from_the_store()",
        "apiKey: configurationServiceApiKey,",
        "the API key is kept in the vault of the operations team",
        "SECRET_KEY = 'aws_secret_access_key'",
        "encryption_key=TEST_ENCRYPTION_KEY1",
        "rapid keystrokes",
        "API_KEY=sk-proj-your-api-key-goes-here-123",
        'api_key: "00000000000000000000000000000000"',
        "api_key: projects/main1/secrets/Key2/versions/3",
        "secretKey = this.config.get2Keys.From.Store",
      ],
    },
  },
  {
    kind: "keyword",
    id: "password-assignment",
    family: "assignment",
    description: "password behind its name: 8 characters or more without blanks, no placeholder",
    specificity: 1,
    floor: false,
    keywords: ["password", "passwd", "passphrase", "pwd"],
    pattern: assignmentOf(`${PASSWORD_NAME}|${PWD_NAME}`),
    locate: (text, { end }) => valueInText(text, end, PASSWORD_MIN),
    member: passwordMember,
    examples: {
      hits: [
        "password=hunter2hunter2",
        "password: correcthorse",
        "Passwd = 'hunter2hunter2'",
        "pwd=hunter2hunter2",
        "password=supersecret",
        "DB_PASSWORD=my_secret_password",
        "PASSWORD: Swordfish",
        "DB_PASSWORD=Tr0ub4dor&3",
        '{"password": "hunter2hunter2"}',
        '{\\"password\\": \\"hunter2hunter2\\"}',
        "config[\"password\"] = 'hunter2hunter2'",
        "'password' => 'hunter2hunter2',",
        "--password=hunter2hunter2 --user=root",
        "https://example.com/login?password=hunter2hunter2&user=root",
        "Server=db;Password=hunter2hunter2;Database=app",
        "password: ${PASSWORD:-hunter2hunter2}",
        'password = "hun\\\\"ter2hunter2"',
        'password = "correct horse battery staple"',
        "password: 'hunter2 hunter2'",
        "DB_PASSWORD_PROD=hunter2hunter2",
        "<password>hunter2hunter2</password>",
        "password: hunter2isMyPassword",
        "log in as alice (password: Swordfish)",
        "password=HunterString!",
        "password: (correct horse battery staple)",
        "password==hunter2hunter2",
        "POSTGRES_PASSWORD=postgres1",
        "password: 'required|hunter2!'",
        '{"password":"パスワード1234"}',
        "password: мойпароль",
        'val password: CharArray = "hunter2hunter2".toCharArray()',
        'password: str = "hunter2hunter2"',
        "password: MyPassword!",
        "password == Swordfish",
        "password=0xdeadbeefcafe",
        'check (password=0x7fffffffe4a0 "hunter2hunter2", len=14)',
        '{"password" :"correct_horse"}',
        "password :'hunter2hunter2'",
        'type="password" :hunter2hunter2',
      ],
      misses: [
        "password=short",
        "password=changeme",
        "password: ${DB_PASSWORD}",
        "password=$DB_PASSWORD",
        "password: <your password>",
        'password: "{{ vault_db_password }}"',
        "password=your_password_here",
        "password: xxxxxxxxxxxx",
        "Password: ************",
        "password=[REDACTED:password-assignment]",
        "password: string;",
        "password: Option<String>,",
        "password: SecretStr",
        "password = getpass.getpass()",
        "password=user_password)",
        "password=stored_in_vault)",
        "this.password = newPassword;",
        "self.username, self.password = credentials",
        "WEAK_PASSWORD: Represents if the password is weak",
        "$password = $config->{password};",
        "const password = process.env.DB_PASSWORD;",
        'input[type="password"]:focus{outline:none}',
        "<label>Password:</label>",
        "password: required",
        '{"password": "Please choose a password with 8 characters"}',
        "password:\n  username: alice1234",
        "/etc/passwd:root:x:0:0:root:/root:/bin/bash",
        "bob ALL=(ALL) NOPASSWD: /usr/bin/systemctl",
        "PWD=/home/alice/project",
        "passwords are hashed",
        "How to reset your password: instructions for users",
        "password: authentication failed",
        'password: "Mot de passe"',
        "<password>string</password>",
        '"password": "At least 8 characters, one of them a digit like 4x"',
        "<input type=password> Remember me",
        "data class Login(val user: String, val password: CharArray) {",
        "login(email: String!, password: String!): LoginPayload!",
        "fun login(user: String?, password: String?)",
        '<input autocomplete="current-password" :placeholder="$t(\'hint\')" />',
        'check (password=0x7fffffffe4a0 "", len=0)',
        "open_session (user=0x555555559a2a, password=0x55555555a4c0)",
        "CREATE ROLE app LOGIN PASSWORD :'app_password';",
        "~ password = (sensitive value)",
        "+ password = (known after apply)",
        "password: Uint8Array,",
        'password: str = "changeme"',
        '<b password="x" :placeholder="$t(\'hint12345\')" />',
        "if (password === passwordConfirmation) return null;",
        "repr = 'password=%(password)s'",
        "f'password={self.password!r}'",
        "POSTGRES_PASSWORD: postgres",
        "password: op://vault/database/password",
        "password: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
        "password: process.env.DB_PASSWORD!,",
        "'password' => 'required|min:8|confirmed',",
        '{"password":"パスワードを入力"}',
        "password=***REMOVED***",
      ],
    },
  },
];
