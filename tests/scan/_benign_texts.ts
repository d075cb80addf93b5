/** Ordinary outputs, written for this test: each kind speaks of secrets without having one. */
export const BENIGN_TEXTS: Readonly<Record<string, string>> = {
  "minified JavaScript":
    `!function(e,t){"object"==typeof exports?module.exports=t():e.pw=t()}(this,function(){var e=0xdeadbeef,n={password:"",token:null,apiKey:void 0};function r(e){return e.headers.Authorization="Bearer "+e.token,e}function i(t){return t.password===t.confirmPassword?t.password:new Error("password: mismatch")}return{auth:r,check:i,v:"1.2.3",re:/(?:sk|pk)_(?:test|live)_[a-z]+/}});`,
  "a React form": `
<Form.Item name="password" label="Password" rules={[{ required: true, message: 'Please input your password!' }]}>
  <Input.Password placeholder="Password" autoComplete="current-password" />
</Form.Item>
const [password, setPassword] = useState<string>("");
<TextField type="password" value={password} onChange={(e) => setPassword(e.target.value)} />`,
  "a login in Python": `
parser.add_argument("--password", help="password: will be asked for if it is missing")
password = getpass.getpass(prompt="Password: ")
token = os.environ["GITHUB_TOKEN"]; headers = {"Authorization": f"Bearer {token}"}
client = OpenAI(api_key=os.getenv("OPENAI_API_KEY"))
requests.get(url, auth=(settings.API_USER, settings.API_PASSWORD))`,
  "a login in Go": `
req.Header.Set("Authorization", "Bearer "+cfg.AccessToken)
password, err := term.ReadPassword(int(os.Stdin.Fd()))
dsn := fmt.Sprintf("postgres://%s:%s@%s:%d/%s", user, password, host, port, name)
if cfg.APIKey == "" { return errors.New("api key: not configured") }`,
  "a login in Java": `
@Value("\${spring.datasource.password}") private String password;
private static final String AUTHORIZATION_HEADER = "Authorization";
String credentials = Base64.getEncoder().encodeToString((user + ":" + password).getBytes());
properties.put("javax.net.ssl.keyStorePassword", keyStorePassword);
conn = DriverManager.getConnection("jdbc:postgresql://localhost:5432/app", props);`,
  "a login in Rust": `
let password: SecretString = Password::new().with_prompt("Password").interact()?.into();
let api_key: String = std::env::var("API_KEY").expect("API_KEY is not set");
let url = format!("https://{}:{}@{}/{}", user, password.expose_secret(), host, path);`,
  "a login in C#": `
public string ConnectionString => $"Server={Host};Database={Name};User Id={User};Password={Password};";
services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options => options.Audience = "api");
var secret = await client.GetSecretAsync("storage-account-key");`,
  "a login in PHP": `
$password = $_POST['password'] ?? ''; $hash = password_hash($password, PASSWORD_DEFAULT);
'password' => env('DB_PASSWORD', ''), 'api_key' => config('services.mail.key'),
if (!password_verify($password, $row['password_hash'])) { throw new AuthException('password: incorrect'); }`,
  "a login in Ruby": `
has_secure_password
password = Rails.application.credentials.dig(:db, :password)
validates :password, length: { minimum: 12 }, confirmation: true, if: :password_required?`,
  "a shell script": `
read -rsp "Password: " PASSWORD
export PGPASSWORD="$(pass show db/prod)"
curl -sS -H "Authorization: Bearer \${TOKEN}" "$API/v1/items"
curl -u "$USER:$PASSWORD" https://example.com
docker login -u "$DOCKER_USER" --password-stdin < token.txt
aws configure set aws_secret_access_key "$AWS_SECRET_ACCESS_KEY"`,
  "a workflow": `
env:
  GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
  NPM_TOKEN: \${{ secrets.NPM_TOKEN }}
  AWS_SECRET_ACCESS_KEY: \${{ secrets.AWS_SECRET_ACCESS_KEY }}
steps:
  - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
    with: { token: "\${{ secrets.PAT }}", persist-credentials: false }`,
  "a compose file": `
services:
  db:
    image: postgres:17@sha256:4111111111111111111111111111111111111111111111111111111111111111
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password
      DATABASE_URL: postgres://app:\${DB_PASSWORD}@db:5432/app
    ports: ["127.0.0.1:5432:5432"]`,
  "a Kubernetes manifest": `
apiVersion: v1
kind: Pod
spec:
  containers:
    - name: app
      env:
        - name: DB_PASSWORD
          valueFrom: { secretKeyRef: { name: db, key: password } }
        - name: API_KEY
          valueFrom: { secretKeyRef: { name: api, key: api-key } }`,
  "Terraform": `
resource "aws_db_instance" "main" { password = var.db_password  username = "app" }
data "aws_secretsmanager_secret_version" "api" { secret_id = aws_secretsmanager_secret.api_key.id }
output "secret_arn" { value = aws_secretsmanager_secret.api_key.arn, sensitive = true }
arn:aws:iam::123456789012:role/deploy  vpc-0a1b2c3d4e5f67899 subnet-0123456789abcdef0`,
  "an Ansible playbook": `
- hosts: db
  vars: { db_password: "{{ vault_db_password }}", api_token: "{{ lookup('env', 'API_TOKEN') }}" }
  tasks: [{ name: "Set the password", no_log: true, mysql_user: { password: "{{ db_password }}" } }]`,
  "an example environment": `
OPENAI_API_KEY=sk-...
ANTHROPIC_API_KEY=sk-ant-...
STRIPE_SECRET_KEY=sk_test_...
SLACK_BOT_TOKEN=xoxb-your-token
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
SENDGRID_API_KEY=SG.xxxxxxxx
VERCEL_TOKEN=
HEROKU_API_KEY=<your key>
DD_API_KEY=\${DD_API_KEY}
TWILIO_AUTH_TOKEN=your_auth_token
JWT_SECRET=change-me
SESSION_SECRET=keyboard cat`,
  "a guide to tokens": `
Tokens begin with ghp_ or github_pat_, keys of Stripe with sk_live_ and sk_test_, those of Slack with xoxb-.
Send it as \`Authorization: Bearer <token>\`, or with curl: \`curl -H "Authorization: Bearer $TOKEN"\`.
A JWT has three parts: header.payload.signature; the first begins with eyJ. Bearer tokens must not be logged.
Password: at least 12 characters. Password reset: instructions are sent by mail. API key: see Settings.`,
  "a stack trace": `
java.lang.IllegalStateException: password: authentication failed
    at com.example.security.PasswordAuthenticationProvider.authenticate(PasswordAuthenticationProvider.java:142)
    at org.springframework.security.web.access.ExceptionTranslationFilter.doFilter(ExceptionTranslationFilter.java:117)
Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app"`,
  "a Python traceback": `
Traceback (most recent call last):
  File "/app/venv/lib/python3.12/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec_single_context
sqlalchemy.exc.OperationalError: (psycopg.OperationalError) connection to server at "10.0.0.7", port 5432 failed
KeyError: 'api_key'  ValueError: secret_key: must be 32 bytes`,
  "logs of a service": `
2026-11-20T09:07:46.123Z INFO auth: password login for user 4711 (request 550e8400-e29b-41d4-a716-446655440000)
2026-11-20T09:07:47.456Z WARN auth: token expired, refresh_token missing
level=info msg="authorization: required" path=/v1/items status=401 dur=12.345ms
I1120 09:07:46.123456   12345 server.go:123] Serving on https://0.0.0.0:8443`,
  "a network listing": `
2: eth0: link/ether 00:aa:bb:cc:dd:ee brd ff:ff:ff:ff:ff:ff inet6 fe80::2aa:bbff:fecc:ddee/64
tcp 0 0 127.0.0.1:5432 0.0.0.0:* LISTEN 1234/postgres
https://user@example.com http://[::1]:8080/ ssh://git@example.com:2222/a.git git@github.com:a/b.git`,
  "a table of processes":
    "  PID USER      COMMAND\n 1234 postgres  postgres: app app 10.0.0.7(51234) idle\n 5678 root      /usr/sbin/sshd -D -o PasswordAuthentication=no",
  "npm output": `
added 1234 packages, and audited 1235 packages in 12s
npm warn deprecated secret-stack@6.4.2: use @scope/secret-stack
npm_config_registry=https://registry.npmjs.org npm_package_version=1.2.3 npm_lifecycle_event=build`,
  "prose about money":
    "The invoice 4711-2026 of 20.11.2026 over 1.234,56 EUR was paid. Order 302-1234567-1234567, tracking 1Z 999 AA1 01 2345 6784, ISBN 978-3-16-148410-0.",
  "prose of plain words":
    "This is a story about a winter evening. The captain could hear the ocean, and every day there was another ship to repair before the spring would arrive and the whole village would gather for the harvest.",
  "a recipe":
    "Mix the flour, sugar and butter. Add one egg, then fold in the lemon and bake it for 20 minutes; cool and serve with cream, fruit or honey. Use a large bowl, not a small one.",
  "the words of a wallet list":
    "abandon\nability\nable\nabout\nabove\nabsent\nabsorb\nabstract\nabsurd\nabuse\naccess\naccident\naccount\naccuse\nachieve\nacid\nacoustic\nacquire",
  "JSON of a package":
    `{"name":"secret-scanner","version":"1.2.3","keywords":["secret","token","password","api-key"],"author":"Alice <alice@corp.io>","repository":"git+https://github.com/a/b.git","bin":{"secrets":"./cli.js"}}`,
  "an OpenAPI document":
    `{"components":{"securitySchemes":{"bearerAuth":{"type":"http","scheme":"bearer","bearerFormat":"JWT"},"apiKey":{"type":"apiKey","in":"header","name":"X-API-Key"}},"schemas":{"Login":{"properties":{"password":{"type":"string","format":"password","example":"string","minLength":8}}}}}}`,
  "GraphQL":
    `mutation { login(input: { password: $password, clientMutationId: "1" }) { accessToken refreshToken user { id email } } }`,
  "Protocol Buffers":
    `message Login { string user = 1; string password = 2; bytes api_key = 3; optional string access_token = 4; }`,
  "XML of settings":
    `<settings><server><id>central</id><username>\${env.USER}</username><password>\${env.MAVEN_PASSWORD}</password></server><apiKey/><secretKey></secretKey></settings>`,
  "translations":
    `password=Passwort\npassword.forgot=Passwort vergessen?\npassword.hint=Mindestens 8 Zeichen, davon eine Ziffer\npassword.error = Das Kennwort ist falsch\napi_key.title=API-Schlüssel`,
  "CSS":
    `.password-field:focus,.token-list>li{color:#411111;background:url(data:image/svg+xml;utf8,<svg/>)}.sk-loading-circle-with-three-bouncing-balls{width:4.111px}`,
  "HTML":
    `<a href="https://example.com/reset-password?lang=en">Forgot password?</a><meta name="csrf-param" content="authenticity_token"><input type="password" name="user[password]" id="user_password">`,
  "Markdown":
    `| Field | Type |\n|---|---|\n| \`password\` | string |\n| \`api_key\` | string, see [keys](https://example.com/docs/api-keys) |\n\n> **Note** secret_key: never commit it.`,
  "a test of ours":
    `assertEquals(mask("password: ******"), "password: ******"); expect(user.password).toBeUndefined(); expect(res.headers.authorization).toBe(undefined);`,
  "SQL":
    `CREATE USER app WITH PASSWORD NULL; ALTER TABLE users ADD COLUMN password_hash text NOT NULL; SELECT id, password FROM users WHERE token = $1;`,
  "vim and tmux":
    `set-option -g status-right '#(date)'\nnnoremap <leader>p :call Password()<CR>\nlet g:api_key_file = expand('~/.config/keys')`,
  "an ssh config":
    `Host bastion\n  HostName 203.0.113.7\n  User deploy\n  IdentityFile ~/.ssh/id_ed25519\n  PasswordAuthentication no\n  PreferredAuthentications publickey,password`,
  "an nginx config":
    `proxy_set_header Authorization $http_authorization;\nauth_basic_user_file /etc/nginx/.htpasswd;\nssl_certificate_key /etc/ssl/private/example.key;\nproxy_pass http://app:8080/;`,
};
