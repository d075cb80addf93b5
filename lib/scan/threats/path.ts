/** Ways out of the folder that a tool was given. */
import { signsOf } from "./threat.ts";

const SYSTEM = "(?:etc|proc|root|boot|windows|winnt|system32|\\.ssh|\\.aws|\\.gnupg|\\.kube)";

export const PATH_SIGNS = signsOf("path-traversal", [
  {
    id: "parent-chain",
    weight: 1,
    explanation: "climbs three folders up or more",
    keywords: ["../../../", "..\\"],
    look: /(?:\.\.[\/\\]){3}/y,
    examples: { hits: ["../../../x", "..\\..\\..\\x"], misses: ["../../lib/x.ts", "..\\x"] },
  },
  {
    id: "long-parent-chain",
    weight: 2,
    explanation: "climbs six folders up or more, to the root from nearly everywhere",
    keywords: ["../../../../../../", "..\\"],
    look: /(?:\.\.[\/\\]){6}/y,
    examples: { hits: ["../../../../../../x", "..\\..\\..\\..\\..\\..\\x"], misses: ["../../../../x"] },
  },
  {
    id: "climb-to-system",
    weight: 5,
    explanation: "climbs out of its folder into the system's",
    keywords: ["../../", "../etc/", "../proc/", "../root/", "../.ssh", "../.aws", "..\\"],
    look: climbToSystem,
    examples: {
      hits: [
        "../../etc/passwd",
        "../../../../root/.bashrc",
        "..\\..\\windows\\win.ini",
        "../../proc/self/environ",
        "../etc/passwd",
      ],
      misses: ["../../lib/etc.ts", "../../../src/root/x.ts", "../etc/config.yml", "../../.env.example"],
    },
  },
  {
    id: "encoded-climb",
    weight: 4,
    explanation: "writes the way up so that a filter does not see it",
    keywords: [
      "%0e%0e",
      "..%0f",
      "..%0c",
      "%000e%000e",
      "..%000f",
      "%c0%ae",
      "..%c0%af",
      "..%u0000",
      ".%0e",
      "%0e.",
    ],
    look:
      /(?:%2e|\.){2}(?:%2f|%5c|%c0%af|%u2215)|(?:%2e){2}[\/\\]|(?:%2e\.|\.%2e)(?:[\/\\]|%2f|%5c)|(?:%252e|\.){2}(?:%252f|%255c|\/)|(?:%c0%ae){2}/iy,
    examples: {
      hits: ["%2e%2e%2fetc", "..%2f..%2f", "..%5c..%5c", "%252e%252e%252f", "%c0%ae%c0%ae/", ".%2e/"],
      misses: ["a%2fb", "%2e.x", "100%2e0"],
    },
  },
  {
    id: "doubled-climb",
    weight: 4,
    explanation: "writes the way up so that it is left when a filter took one out",
    keywords: ["....//", "....\\", "..;/", "..././"],
    look: /\.\.\.\.(?:\/\/|\\\\?)|\.\.;\/|\.\.\.\/\.\//y,
    examples: {
      hits: ["....//....//etc", "..;/manager/html", ".../.../".replace(".../.../", "..././..././")],
      misses: ["wait....", "...//", "a/..//b"],
    },
  },
  {
    id: "cut-name",
    weight: 3,
    explanation: "ends a name early with a character that some programs stop at",
    keywords: ["%00", "\u0000"],
    // deno-lint-ignore no-control-regex -- that character is what is looked for
    look: /(?<=[\w)])(?:%00|\u0000)(?=\.\w{2,5}\b|$)/y,
    examples: { hits: ["passwd%00.png", "a.php\u0000.jpg", "x%00"], misses: ["a%0020", "%00%01%02"] },
  },
  {
    id: "system-file",
    weight: 3,
    explanation: "asks for a file that belongs to the system",
    keywords: [
      "/etc/passwd",
      "/etc/sudoers",
      "/etc/group",
      "win.ini",
      "boot.ini",
      "/etc/ssh/",
      "/root/.",
      "/var/log/auth",
      "/dev/mem",
      "/etc/ssl/",
    ],
    look:
      /\/etc\/(?:passwd|sudoers|group|ssh\/)|(?<![\w-])(?:win|boot)\.ini\b|\/root\/\.\w|\/var\/log\/auth|\/dev\/k?mem\b/iy,
    examples: {
      hits: ["/etc/passwd", "cat /etc/sudoers", "C:\\boot.ini", "/root/.bashrc"],
      misses: ["/etc/hosts", "/etc/nginx/nginx.conf", "darwin.ini", "~/.bashrc"],
    },
  },
]);

const CLIMB_REGEXP = /(?:\.\.[\/\\])+/y;
const INTO_SYSTEM_REGEXP = new RegExp(`${SYSTEM}(?=[\\/\\\\]|$)`, "iy");
/** One step up may well be a project's own `etc`: there only what no project has counts. */
const SURE_REGEXP =
  /etc\/(?:passwd|shadow|sudoers|ssh\/|cron)|proc\/self\/|root\/\.|\.ssh\/|\.aws\/|windows\/(?:win|system)/iy;

function climbToSystem(text: string, start: number) {
  CLIMB_REGEXP.lastIndex = start;
  if (!CLIMB_REGEXP.test(text)) return start + 1;
  const behind = CLIMB_REGEXP.lastIndex;
  const into = behind - start >= 6 ? INTO_SYSTEM_REGEXP : SURE_REGEXP;
  into.lastIndex = behind;
  return into.test(text) ? { start, end: into.lastIndex } : behind;
}
