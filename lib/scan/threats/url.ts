/** Addresses that are not what they seem, or that only collect what is sent to them. */
import { type Host, type HostOddity, readHost } from "./address.ts";
import { inUrl } from "../signs.ts";
import { signsOf, type ThreatSign } from "./threat.ts";

/** The host that was read last: several signs look at the same one. */
let lastHost = { text: "", at: -1, host: readHost("", 0) };

function hostAt(text: string, at: number): Host {
  if (lastHost.at !== at || lastHost.text !== text) lastHost = { text, at, host: readHost(text, at) };
  return lastHost.host;
}

/** Finds hosts with one oddity. */
export function hostWith(oddity: HostOddity): ThreatSign["look"] {
  return (text, start) => {
    const host = hostAt(text, start);
    return host.oddity === oddity ? { start: host.start, end: host.end } : Math.max(host.end, start + 1);
  };
}

export const URL_SIGNS = signsOf("suspicious-url", [
  {
    id: "catcher-host",
    weight: 4,
    explanation: "a public service that keeps whatever is sent to it",
    keywords: [
      "webhook.site",
      "requestbin",
      "requestcatcher",
      "pipedream.net",
      "oast.",
      "oastify.com",
      "interact.sh",
      "burpcollaborator",
      "hookbin.com",
      "beeceptor.com",
      "dnslog.",
      "canarytokens",
      "ceye.io",
      "mockbin.",
      "requestinspector",
      "smee.io",
      "webhookrelay",
      "postb.in",
    ],
    look:
      /(?<![\w-])(?:webhook\.site|requestbin\.\w{2,4}|requestcatcher\.com|pipedream\.net|oast\.(?:fun|live|me|online|pro|site)|oastify\.com|interact\.sh|burpcollaborator\.net|hookbin\.com|beeceptor\.com|dnslog\.\w{2,4}|canarytokens\.(?:com|org)|ceye\.io|mockbin\.(?:org|io)|requestinspector\.com|webhookrelay\.com|postb\.in)\b/iy,
    examples: {
      hits: [
        "https://webhook.site/0a1b",
        "http://x.oast.fun",
        "https://abc.burpcollaborator.net",
        "https://eo1.m.pipedream.net",
      ],
      misses: ["https://example.com/webhook-site", "toast.fun", "https://smee.example"],
    },
  },
  {
    id: "tunnel-host",
    weight: 4,
    explanation: "a tunnel to somebody's own machine",
    keywords: [
      ".ngrok",
      "ngrok.io",
      "trycloudflare.com",
      "localtunnel.me",
      "loca.lt",
      "serveo.net",
      "localhost.run",
      "pagekite.me",
      "bore.pub",
      "lhr.life",
    ],
    look:
      /\.?ngrok(?:-free)?\.(?:io|app|dev)|trycloudflare\.com|localtunnel\.me|(?<=\.)loca\.lt|serveo\.net|localhost\.run|pagekite\.me|bore\.pub|lhr\.life/iy,
    examples: {
      hits: ["https://ab12.ngrok.io/x", "https://x.ngrok-free.app", "https://a-b.trycloudflare.com"],
      misses: ["npm i ngrok", "ngrok http 3000"],
    },
  },
  {
    id: "drop-host",
    weight: 2,
    explanation: "anybody can leave a file there, and nobody has to say who it was",
    keywords: [
      "transfer.sh",
      "file.io",
      "0x0.st",
      "termbin.com",
      "ix.io",
      "anonfiles",
      "gofile.io",
      "pastebin.com",
      "paste.ee",
      "temp.sh",
      "bashupload",
      "hastebin",
      "dpaste",
      "catbox.moe",
      "api.telegram.org/bot",
      "discord.com/api/webhooks",
    ],
    look:
      /(?<![\w-])(?:transfer\.sh|file\.io|0x0\.st|termbin\.com|ix\.io|anonfiles\.com|gofile\.io|pastebin\.com|paste\.ee|temp\.sh|bashupload\.com|hastebin\.com|dpaste\.\w{2,4}|(?:\w{1,9}\.)?catbox\.moe|api\.telegram\.org\/bot|discord\.com\/api\/webhooks)/iy,
    examples: {
      hits: ["curl -T x https://transfer.sh/x", "https://0x0.st", "https://pastebin.com/raw/x"],
      misses: ["profile.io", "https://example.com/pastebin", "remix.io"],
    },
  },
  {
    id: "disguised-host",
    weight: 4,
    explanation: "shows one host to a reader and asks another",
    keywords: ["://"],
    look: hostWith("user-info"),
    examples: {
      hits: ["https://google.com@evil.example/x", "http://paypal.com%2Flogin@evil.example"],
      misses: [
        "https://user:pass@example.com",
        "https://me@example.com",
        "https://medium.com/@me",
        "ssh://git@github.com/a",
      ],
    },
  },
  {
    id: "look-alike-host",
    weight: 4,
    explanation: "letters of two scripts in one host: it looks like another",
    keywords: ["://"],
    look: hostWith("look-alike"),
    examples: {
      hits: ["https://gооgle.com", "http://evil\u3002example"],
      misses: ["https://пример.рф", "https://münchen.de", "https://example.com/пример"],
    },
  },
  {
    id: "encoded-host",
    weight: 2,
    explanation: "a host whose name is encoded (punycode): it may look like another",
    keywords: ["://"],
    look: hostWith("encoded"),
    examples: {
      hits: ["https://xn--80ak6aa92e.com", "https://login.xn--pypal-4ve.com/x"],
      misses: ["xn--80ak6aa92e", "a.xn--b"],
    },
  },
  {
    id: "bare-address",
    weight: 3,
    explanation: "a public machine without a name",
    keywords: ["://"],
    look: hostWith("public-address"),
    examples: {
      hits: ["http://45.33.32.156/x.sh", "https://8.8.4.4:8443/"],
      misses: ["http://127.0.0.1:3000", "http://10.0.0.5", "http://192.168.1.1", "https://example.com"],
    },
  },
  {
    id: "disguised-address",
    weight: 4,
    explanation: "a public machine whose number is written so that nobody reads it",
    keywords: ["://"],
    look: hostWith("disguised-address"),
    examples: {
      hits: ["http://755826204/", "http://0x2d21209c/x", "http://055.041.040.0234/"],
      misses: ["http://45.33.32.156", "https://4chan.org", "http://127.1"],
    },
  },
  {
    id: "script-address",
    weight: 4,
    explanation: "an address that is a program or a page by itself",
    keywords: [
      "data:text/html",
      "data:application/",
      "data:text/javascript",
      "vbscript:",
      "javascript:",
      "data:image/svg",
    ],
    look:
      /data:(?:text\/html|text\/javascript|application\/(?:x-)?(?:java|ecma)script|image\/svg\+xml(?=[^\n]{0,40}(?:<script|onload)))|(?<!\w)(?:vbscript|javascript):\s{0,3}(?!void\(|;|\/\/|\s)(?=[^\n"']{0,60}(?:eval|fetch|document|window|location|alert|atob|import|execute))/iy,
    examples: {
      hits: ["data:text/html,<script>x</script>", "javascript:fetch('https://evil.example')"],
      misses: [
        "javascript:void(0)",
        "data:image/png;base64,iVBO",
        "javascript: the good parts",
        "data:application/json,{}",
      ],
    },
  },
  {
    id: "shortened-address",
    weight: 1,
    explanation: "a shortened address: nobody sees where it leads",
    keywords: [
      "://bit.ly/",
      "://tinyurl.com/",
      "://t.co/",
      "://is.gd/",
      "://goo.gl/",
      "://cutt.ly/",
      "://rb.gy/",
      "://ow.ly/",
    ],
    look: /:\/\/(?:bit\.ly|tinyurl\.com|t\.co|is\.gd|goo\.gl|cutt\.ly|rb\.gy|ow\.ly)\/\w/iy,
    examples: { hits: ["https://bit.ly/3abc"], misses: ["https://example.com/bit.ly/x"] },
  },
  {
    id: "hidden-service",
    weight: 4,
    explanation: "a host that cannot be traced",
    keywords: [".onion"],
    look: /(?<=[a-z2-7]{16})\.onion\b/iy,
    examples: { hits: ["http://expyuzz4wqqyqhjn.onion/x"], misses: ["red.onion", "an onion"] },
  },
  {
    id: "downloaded-program",
    weight: 1,
    explanation: "an address of something that runs",
    keywords: ["://"],
    look: inUrl(/\.(?:exe|scr|hta|ps1|bat|sh|msi)(?![\w.])/i),
    examples: {
      hits: ["https://a.example/x.exe", "http://a.example/i.sh"],
      misses: ["./build.sh", "a.exe", "https://a.example/x.shtml"],
    },
  },
  {
    id: "data-in-query",
    weight: 3,
    explanation: "carries a long encoded value to a host under the name of data",
    keywords: ["://"],
    look: inUrl(
      /[?&](?:data|d|payload|leak|exfil|secret|content|q|env|dump|b64|x)=(?=[\w%+/-]{0,60}\d)(?=[\w%+/-]{0,60}[A-Z])[\w%+/-]{48}/i,
    ),
    examples: {
      hits: [`https://evil.example/c?data=${"QVdTX1NFQ1JFVF9LRVk9".repeat(3)}`],
      misses: ["https://a.example/?q=how+to+write+tests", "https://a.example/?d=2026-11-20"],
    },
  },
]);
