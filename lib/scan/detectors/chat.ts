/** Tokens of chat, mail and telephone services. */
import type { KeywordDetector, Span } from "../detector.ts";
import { hex, mixed } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

const HEX_STARTS = ["0", "a", "b", "c", "d", "e", "f"];

/** Keywords that are a part of usual words (`index`, `access`): longer by a character, so that prose stays without. */
const USUAL: readonly string[] = ["ndex", "ntex", "ntax", "mtex", "acce", "aceb", "aced", "sked"];

function lengthened(keywords: readonly string[], following: readonly string[]): readonly string[] {
  return keywords.flatMap((keyword) =>
    USUAL.includes(keyword) ? following.map((letter) => keyword + letter) : [keyword]
  );
}

/** Two letters and hexadecimal digits have too short a keyword; with two of the digits spelled out it is long enough. */
function beforeHex(prefix: string): readonly string[] {
  const keywords = HEX_STARTS.flatMap((first) => HEX_STARTS.map((second) => prefix + first + second));
  return lengthened(keywords, HEX_STARTS);
}

/** How numbers begin in base64: the first part of a Discord token is the decimal id of the bot. */
const NUMBERS_IN_BASE64 = lengthened(
  ["mt", "mj", "mz", "nd", "nt", "nj", "nz", "od", "ot"].flatMap((start) =>
    ["a", "c", "e", "g", "i", "k", "m", "q", "u", "y"].flatMap((third) =>
      ["w", "x", "y", "z", "0"].map((fourth) => start + third + fourth)
    )
  ),
  ["m", "n", "o"],
);

const DISCORD_REGEXP =
  /(?:(?<![\w.-])|(?<=\\[nrt]))[MNO][TjzD][AEIMQUYcgk][wxyz0-5][A-Za-z0-9]{20,24}\.[\w-]{6}\.[\w-]{27}(?:[\w-]{0,11})(?![\w.-])/y;

const BOT_ID_REGEXP = /(?<=(?:(?<!\d)|(?<=bot))\d{8,10}):AA[\w-]{33}(?![\w-])/y;

/** The keyword is in the middle, the number of the bot in front of it. */
function withBotId(text: string, { end }: Span): Span {
  let start = end - ":AA".length - 33;
  while (start > 0 && /\d/.test(text.charAt(start - 1))) start--;
  return { start, end };
}

export const CHAT_DETECTORS: readonly KeywordDetector[] = [
  ...tokenDetectors("chat", [
    {
      id: "slack-token",
      description: "Slack token: xoxb-, xoxp-, xoxa-, xoxe., xoxc-, xoxd-, xapp- and their like",
      specificity: 3,
      floor: true,
      // deno-fmt-ignore
      keywords: [
        "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxo-", "xoxc-", "xoxd-", "xoxe-", "xapp-", "xwfp-",
      ],
      format:
        "(?:xox[abcdeoprs]-(?=[\\w%-]{0,40}\\d)[\\w%-]{10}|xoxe\\.xox[bp]-\\d-[\\w-]{10}|xapp-\\d-[\\w-]{10}|xwfp-[\\w-]{10})",
      tail: "[\\w%+/=-]*",
      examples: {
        hits: [
          `xoxb-123456789012-123456789012-${mixed(24)}`,
          `SLACK_TOKEN=xoxp-123456789012-${mixed(32)}`,
          `xoxe.xoxp-1-${mixed(100)}`,
          `"xapp-1-A0123456789-123456789012-${hex(64)}"`,
          `xoxc-1234567890-${mixed(20)}`,
        ],
        misses: [
          "xoxb-short",
          "xoxb-your-token-here",
          `xoxz-123456789012-${mixed(24)}`,
          `axoxb-123456789012-${mixed(24)}`,
          "xapp-token",
          "xoxb-xxxxxxxxxxxx-xxxxxxxxxxxx",
        ],
      },
    },
    {
      id: "slack-webhook",
      description: "address of a Slack webhook: hooks.slack.com/services/T…/B…/…",
      specificity: 3,
      floor: false,
      keywords: ["hooks.slack."],
      format:
        "hooks\\.slack(?:-gov)?\\.com/(?:services|workflows|triggers)/[TE]\\w{6,16}/\\w{6,20}/\\w{16,40}(?:/\\w{8,60})?",
      examples: {
        hits: [
          `https://hooks.slack.com/services/T01234567/B01234567/${mixed(24)}`,
          `SLACK_URL=hooks.slack.com/services/T0123456789/B0123456789/${mixed(24)}`,
          `hooks.slack.com/triggers/T01234567/1234567890123/${hex(32)}`,
        ],
        misses: [
          "https://hooks.slack.com/services/T…/B…/…",
          "https://hooks.slack.com/services/",
          `https://slack.com/services/T01234567/B01234567/${mixed(24)}`,
        ],
      },
    },
    {
      id: "discord-webhook",
      description: "address of a Discord webhook with its token",
      specificity: 3,
      floor: false,
      keywords: ["discord.com/api/", "discordapp.com/api/"],
      format: "discord(?:app)?\\.com/api/(?:v\\d{1,2}/)?webhooks/\\d{17,20}/[\\w-]{60}",
      tail: "[\\w-]*",
      examples: {
        hits: [
          `https://discord.com/api/webhooks/123456789012345678/${mixed(68)}`,
          `https://discordapp.com/api/webhooks/123456789012345678/${mixed(68)}`,
          `ptb.discord.com/api/v10/webhooks/1234567890123456789/${mixed(64)}-_`,
        ],
        misses: [
          "https://discord.com/api/webhooks/123456789012345678/token",
          "https://discord.com/api/v10/channels/123456789012345678",
          `https://example.com/api/webhooks/123456789012345678/${mixed(68)}`,
        ],
      },
    },
    {
      id: "sendgrid-api-key",
      description: "SendGrid key: SG., 22 characters, a dot, 43 characters",
      specificity: 3,
      floor: true,
      keywords: ["sg."],
      format: "SG\\.[\\w-]{22}\\.[\\w-]{43}(?![\\w-])",
      examples: {
        hits: [
          `SG.${mixed(22)}.${mixed(43)}`,
          `SENDGRID_API_KEY=SG.${mixed(22)}.${mixed(43)}`,
          `"SG.${mixed(20)}-_.${mixed(43)}"`,
        ],
        misses: [
          "SG.short",
          `MSG.${mixed(22)}.${mixed(43)}`,
          `SG.${mixed(22)}.${mixed(42)}`,
          `SG.${"x".repeat(22)}.${"x".repeat(43)}`,
        ],
      },
    },
    {
      id: "mailgun-key",
      description: "Mailgun key: key- and 32 hexadecimal digits, or behind its name",
      specificity: 3,
      floor: false,
      keywords: [...beforeHex("key-"), "mailgun"],
      format: "key-[0-9a-f]{32}(?![\\w-])",
      named: {
        name: "mailgun[\\w. -]{0,24}?key",
        value: "(?:key-)?[0-9a-f]{32}(?:-[0-9a-f]{8}-[0-9a-f]{8})?",
      },
      examples: {
        hits: [
          `key-${hex(32)}`,
          `api:key-${hex(32)}`,
          `MAILGUN_API_KEY=${hex(32)}-0a1b2c3d-4e5f6789`,
          `"mailgunApiKey": "key-${hex(32)}"`,
        ],
        misses: [
          `pubkey-${hex(32)}`,
          `key-${hex(31)}`,
          `key-${hex(40)}`,
          "key-value store",
          "mailgun key: see below",
        ],
      },
    },
    {
      id: "twilio-key",
      description:
        "Twilio: API key (SK and 32 hexadecimal digits), account with its token, auth token behind its name",
      specificity: 3,
      floor: true,
      keywords: [...beforeHex("sk"), ...beforeHex("ac"), "twilio"],
      format: "(?:SK[0-9a-f]{32}|AC[0-9a-f]{32}:[0-9a-f]{32})(?!\\w)",
      named: { name: "twilio[\\w. -]{0,24}?(?:token|secret)", value: "[0-9a-f]{32}|[A-Za-z0-9]{32}" },
      examples: {
        hits: [
          `SK${hex(32)}`,
          `curl -u AC${hex(32)}:${hex(32)} https://api.twilio.com`,
          `TWILIO_AUTH_TOKEN=${hex(32)}`,
          `"twilioApiSecret": "${mixed(32)}"`,
        ],
        misses: [
          `AC${hex(32)}`,
          `sk${hex(32)}`,
          `SK${hex(31)}`,
          `SK${hex(40)}`,
          "TWILIO_AUTH_TOKEN=${TOKEN}",
          "asked and accessed",
        ],
      },
    },
  ]),
  {
    kind: "keyword",
    id: "discord-bot-token",
    family: "chat",
    description: "Discord bot token: an id in base64, six characters and the signature, with dots between",
    specificity: 3,
    floor: false,
    keywords: NUMBERS_IN_BASE64,
    pattern: DISCORD_REGEXP,
    examples: {
      hits: [
        `MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.${mixed(38)}`,
        `DISCORD_TOKEN=OTk5OTk5OTk5OTk5OTk5OTk5.X1y2Z3.${mixed(27)}`,
        `Authorization: Bot NzkyNzE1NDU0MTk2MDg4ODQy.X-hvzA.${mixed(25)}-_`,
      ],
      misses: [
        "MTIzNDU2Nzg5MDEyMzQ1Njc4",
        `MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcD.${mixed(38)}`,
        `xMTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.${mixed(38)}`,
        `MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.${mixed(20)}`,
        "ntax.ndix.otcx",
      ],
    },
  },
  {
    kind: "keyword",
    id: "telegram-bot-token",
    family: "chat",
    description: "Telegram bot token: the number of the bot, a colon, AA and 33 characters",
    specificity: 3,
    floor: false,
    keywords: [":aa"],
    pattern: BOT_ID_REGEXP,
    locate: withBotId,
    examples: {
      hits: [
        `123456789:AA${mixed(33)}`,
        `https://api.telegram.org/bot1234567890:AA${mixed(33)}/getMe`,
        `TELEGRAM_TOKEN=12345678:AA${mixed(31)}-_`,
      ],
      misses: [
        `1234567:AA${mixed(33)}`,
        `123456789:AB${mixed(33)}`,
        `123456789:AA${mixed(34)}`,
        "00:aa:bb:cc:dd:ee",
        `12345678901:AA${mixed(33)}`,
      ],
    },
  },
];
