import { assert, assertEquals } from "@std/assert";
import { type Config, type ConfigOptions, loadConfig } from "../../lib/config/mod.ts";

function configOf(text: string, options: Omit<ConfigOptions, "text"> = {}): Config {
  const config = loadConfig({ text, ...options });
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return config.value;
}

Deno.test("a file with nothing but its version has every default", () => {
  assertEquals(configOf("version = 1\n"), {
    agent: { id: "agent" },
    policies: [],
    policy: { watch: false },
    identity: { required: false },
    ledger: { path: ".countersign", record: "metadata" },
    scan: { overrides: [], detectors: [], canaries: [], injection: {} },
    pins: { enabled: true, newTools: "accept" },
    attestation: {},
    limits: { maxFrameBytes: 16_777_216, holdTimeoutMs: 300_000, drainTimeoutMs: 30_000, askTimeoutMs: 2000 },
    listen: { allowedHosts: [], allowedOrigins: [], legacySse: false },
    refusal: { style: "result" },
    server: { env: {}, headers: {}, translate: true },
    servers: [],
    warnings: [],
  });
});

const FULL = `version = 1
[agent]
id = "my-agent"
authorized_by = "jane@example.com"
[policy]
files = ["standard", "policy.toml", "./team", "/etc/org.yaml"]
watch = true
[ledger]
path = "records"
record = "metadata"
[identity]
required = true
scheme = "ed25519"
public_keys = ["agents.pub", "./keys/b.pub", "/etc/c.pub"]
[scan.overrides.us-phone]
requests = "allow"
results = "allow"
[scan.injection]
threshold = 8
extra_patterns = ["(?i)acme override"]
[[scan.detectors]]
id = "acme-token"
keywords = ["acme_"]
pattern = "acme_[0-9a-f]{32}"
hits = ["acme_0123456789abcdef0123456789abcdef"]
misses = ["acme_short"]
[scan.overrides.acme-token]
requests = "ask"
[[scan.exceptions]]
detector = "private-key-pem"
server = "vault"
tool = "store_key"
requests = "allow"
[pins]
enabled = false
new_tools = "ask"
[attestation]
enabled = false
[limits]
max_frame_bytes = 1048576
hold_timeout = "1h30m"
drain_timeout = "5s"
ask_timeout = "500ms"
[listen]
address = "[::1]:8080"
allowed_hosts = ["mcp.example.com"]
allowed_origins = ["https://app.example.com"]
max_sessions = 50
idle_timeout = "10m"
tls_cert = "cert.pem"
tls_key = "/etc/key.pem"
legacy_sse = true
[refusal]
style = "error"
[server]
name = "files"
inherit_env = false
translate = false
env = { MODE = "test", API_TOKEN = "\${TOKEN}", URL = "https://\${USER_NAME}:\${TOKEN}@host" }
url = "https://mcp.example.com/mcp"
headers = { Authorization = "Bearer \${TOKEN}" }
[guardrails]
block_tools = ["delete_*"]
`;

Deno.test("every key arrives, with paths relative to the file and variables from the environment", () => {
  const env = (name: string) => ({ TOKEN: "t0p", USER_NAME: "u" })[name];
  const { guardrails, ...config } = configOf(FULL, { file: "/home/u/p/countersign.toml", env });
  assertEquals(config, {
    agent: { id: "my-agent", authorizedBy: "jane@example.com" },
    policies: [
      { kind: "bundled", name: "standard" },
      { kind: "file", path: "/home/u/p/policy.toml" },
      { kind: "file", path: "/home/u/p/team" },
      { kind: "file", path: "/etc/org.yaml" },
    ],
    policy: { watch: true },
    identity: {
      required: true,
      tokens: {
        scheme: "ed25519",
        publicKeys: ["/home/u/p/agents.pub", "/home/u/p/keys/b.pub", "/etc/c.pub"],
      },
    },
    ledger: { path: "/home/u/p/records", record: "metadata" },
    scan: {
      overrides: [
        { detector: "us-phone", requests: "allow", results: "allow" },
        { detector: "acme-token", requests: "ask" },
        { detector: "private-key-pem", requests: "allow", server: "vault", tool: "store_key" },
      ],
      detectors: [{
        id: "acme-token",
        keywords: ["acme_"],
        pattern: "acme_[0-9a-f]{32}",
        examples: { hits: ["acme_0123456789abcdef0123456789abcdef"], misses: ["acme_short"] },
      }],
      canaries: [],
      injection: { threshold: 8, extraPatterns: ["(?i)acme override"] },
    },
    pins: { enabled: false, newTools: "ask" },
    attestation: { enabled: false },
    limits: { maxFrameBytes: 1_048_576, holdTimeoutMs: 5_400_000, drainTimeoutMs: 5000, askTimeoutMs: 500 },
    listen: {
      address: { hostname: "::1", port: 8080 },
      allowedHosts: ["mcp.example.com"],
      allowedOrigins: ["https://app.example.com"],
      maxSessions: 50,
      idleTimeoutMs: 600_000,
      tls: { cert: "/home/u/p/cert.pem", key: "/etc/key.pem" },
      legacySse: true,
    },
    refusal: { style: "error" },
    server: {
      name: "files",
      inheritEnv: false,
      translate: false,
      env: { MODE: "test", API_TOKEN: "t0p", URL: "https://u:t0p@host" },
      url: "https://mcp.example.com/mcp",
      headers: { Authorization: "Bearer t0p" },
    },
    servers: [],
    warnings: [],
  });
  assertEquals(guardrails, {
    name: "guardrails",
    file: "/home/u/p/countersign.toml",
    format: "toml",
    text: FULL,
    section: "guardrails",
  });
});

Deno.test("an address of [listen] is one of this machine, in numbers", () => {
  const address = (text: string) => {
    const loaded = loadConfig({ text: `version = 1\n[listen]\naddress = "${text}"\n` });
    return loaded.ok ? loaded.value.listen.address : undefined;
  };
  assertEquals(address("127.0.0.1:0"), { hostname: "127.0.0.1", port: 0 });
  assertEquals(address("localhost:80"), { hostname: "127.0.0.1", port: 80 });
  assertEquals(address("[0:0::1]:443"), { hostname: "::1", port: 443 });
  assertEquals(address("0.0.0.0:8080"), { hostname: "0.0.0.0", port: 8080 });
  for (
    const bad of [
      "example.com:80",
      "127.0.0.1",
      "::1:80",
      "127.0.0.1:65536",
      "999.1.1.1:80",
      "[::g]:1",
      ":80",
    ]
  ) {
    assertEquals(address(bad), undefined, bad);
  }
});

Deno.test("without a file paths stay as they are, and without an environment variables do", () => {
  const config = configOf(FULL);
  assertEquals(config.ledger.path, "records");
  assertEquals(config.server.env.API_TOKEN, "${TOKEN}");
});

Deno.test("a variable that is set to nothing is set", () => {
  const config = configOf('version = 1\n[server]\nenv = { A = "x${E}y" }\n', { env: () => "" });
  assertEquals(config.server.env, { A: "xy" });
});

Deno.test("the value of a variable is not read again: what looks like a reference in it stays", () => {
  const env = (name: string) => name === "A" ? "${B}" : "secret";
  assertEquals(configOf('version = 1\n[server]\nenv = { X = "${A}" }\n', { env }).server.env, { X: "${B}" });
});

Deno.test("no value of a broken configuration is in its diagnostics", () => {
  const secret = "hunter2hunter2";
  for (
    const line of [
      `env = { A = "${secret}\${" }`,
      `env = "${secret}"`,
      `url = "https://user:${secret}@example.com/"`,
      `url = "${secret}"`,
      `headers = "${secret}"`,
      `headers = { Authorization = "${secret}\\n" }`,
      `headers = { Host = "${secret}" }`,
      `env = { COUNTERSIGN_X = "${secret}" }`,
      `A = "${secret}"`,
    ]
  ) {
    const config = loadConfig({ text: `version = 1\n[server]\n${line}\n` });
    assertEquals(config.ok, false);
    assert(!JSON.stringify(config).includes(secret), line);
  }
});

Deno.test("a Windows file keeps its separators", () => {
  const config = configOf('version = 1\n[policy]\nfiles = ["policy.toml", "C:\\\\x.toml"]\n', {
    file: "C:\\work\\countersign.toml",
  });
  assertEquals(config.policies, [
    { kind: "file", path: "C:\\work\\policy.toml" },
    { kind: "file", path: "C:\\x.toml" },
  ]);
  assertEquals(config.ledger.path, "C:\\work\\.countersign");
});

const SECRET = "correct horse battery staple, and more of it";
const IDENTITIES: readonly (readonly [lines: string, identity: unknown])[] = [
  ["", { required: false }],
  ["required = false", { required: false }],
  ['public_keys = ["a.pub"]', { required: false, tokens: { scheme: "ed25519", publicKeys: ["a.pub"] } }],
  ['required = true\nsecret = "${S}"', {
    required: true,
    tokens: { scheme: "hmac", secret: { kind: "env", variable: "S", value: SECRET } },
  }],
  ['scheme = "hmac"\nsecret_file = "a.secret"', {
    required: false,
    tokens: { scheme: "hmac", secret: { kind: "file", path: "a.secret" } },
  }],
];
for (const [lines, identity] of IDENTITIES) {
  Deno.test(`[identity] with ${JSON.stringify(lines)} is one scheme and its keys`, () => {
    const env = (name: string) => name === "S" ? SECRET : undefined;
    assertEquals(configOf(`version = 1\n[identity]\n${lines}\n`, { env }).identity, identity as never);
  });
}

Deno.test("without an environment a secret has no value, so that nobody takes its reference for one", () => {
  const reference = `\${${"A".repeat(40)}}`;
  const { identity } = configOf(`version = 1\n[identity]\nsecret = "${reference}"\n`);
  const secret = { kind: "env", variable: "A".repeat(40), value: "" } as const;
  assertEquals(identity, { required: false, tokens: { scheme: "hmac", secret } });
});

Deno.test("no server of a gateway has the name that its entries give to the gateway itself", () => {
  const loaded = loadConfig({ text: 'version = 1\n[servers.gateway]\ncommand = ["x"]\n' });
  const messages = loaded.ok ? [] : loaded.error.map(({ message }) => message);
  assertEquals(messages, ['"gateway" is what entries call the gateway itself']);
});

Deno.test("the servers of a gateway keep the order of the file, and get no more environment than they must", () => {
  const { servers } = configOf(`version = 1
[servers.web]
url = "https://mcp.example.com/mcp"
headers = { Authorization = "Bearer \${T}" }
[servers.a_b-1]
command = ["npx", "-y", "server"]
env = { KEY = "v" }
inherit_env = true
translate = false
`);
  assertEquals(servers, [
    {
      name: "web",
      url: "https://mcp.example.com/mcp",
      env: {},
      headers: { Authorization: "Bearer ${T}" },
      inheritEnv: false,
      translate: true,
    },
    {
      name: "a_b-1",
      command: ["npx", "-y", "server"],
      env: { KEY: "v" },
      headers: {},
      inheritEnv: true,
      translate: false,
    },
  ]);
});
