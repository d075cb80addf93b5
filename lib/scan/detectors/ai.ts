/** Keys of services that run models. */
import { hex, mixed } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

/** Letters of both cases or a digit must be among the first forty: names in code and CSS have hyphens and one case. */
const RANDOM = "(?=[\\w-]{0,40}\\d)(?=[\\w-]{0,40}[A-Za-z])";
/** In the middle of every key that OpenAI gave out. */
const INFIX = "T3BlbkFJ";

export const AI_DETECTORS = tokenDetectors("ai", [
  {
    id: "anthropic-api-key",
    description: "Anthropic key or token: sk-ant-…",
    specificity: 3,
    floor: true,
    keywords: ["sk-ant-"],
    format: "sk-ant-(?:[a-z]{2,8}\\d{2}-)?[\\w-]{32}",
    tail: "[\\w-]*",
    examples: {
      hits: [
        `sk-ant-api03-${mixed(93)}AA`,
        `ANTHROPIC_API_KEY=sk-ant-api03-${mixed(95)}`,
        `"sk-ant-admin01-${mixed(80)}"`,
        `x-api-key: sk-ant-oat01-${mixed(80)}`,
      ],
      misses: [
        "sk-ant-api03-…",
        "sk-ant-short",
        `task-ant-api03-${mixed(60)}`,
        `sk-ant-api03-${"x".repeat(95)}`,
        "sk-ant-<your key>",
      ],
    },
  },
  {
    id: "openai-api-key",
    description: "OpenAI key: sk-proj-, sk-svcacct-, sk-admin-, and sk- with 32 random characters or more",
    specificity: 3,
    floor: true,
    keywords: ["sk-"],
    format: `sk-(?:(?:proj|svcacct|admin|None)-${RANDOM}[\\w-]{32}|[A-Za-z0-9]{20}${INFIX}|` +
      "(?=[A-Za-z]{0,31}\\d)(?=\\d{0,31}[A-Za-z])[A-Za-z0-9]{32})",
    tail: "[\\w-]*",
    examples: {
      hits: [
        `sk-${mixed(20)}${INFIX}${mixed(20)}`,
        `sk-proj-${mixed(60)}${INFIX}${mixed(60)}`,
        `OPENAI_API_KEY=sk-svcacct-${mixed(48)}`,
        `"sk-admin-${mixed(58)}"`,
        `sk-${hex(32)}`,
      ],
      misses: [
        "sk-short",
        `task-${mixed(48)}`,
        "sk-loading-spinner-with-a-very-long-class-name",
        `sk-${"x".repeat(48)}`,
        "sk-proj-your-key-goes-in-here-and-nowhere-else",
        "sk-<your key>",
      ],
    },
  },
  {
    id: "openrouter-api-key",
    description: "OpenRouter key: sk-or-v1- and 64 hexadecimal digits",
    specificity: 3,
    floor: false,
    keywords: ["sk-or-"],
    format: "sk-or-(?:v\\d-)?[0-9a-f]{64}(?![0-9a-zA-Z])",
    examples: {
      hits: [`sk-or-v1-${hex(64)}`, `OPENROUTER_API_KEY=sk-or-v1-${hex(64)}`, `"sk-or-v1-${hex(64)}"`],
      misses: ["sk-or-v1-", `task-or-v1-${hex(64)}`, `sk-or-v1-${hex(63)}`, "a risk or two"],
    },
  },
  {
    id: "groq-api-key",
    description: "Groq key: gsk_ and 52 letters or digits",
    specificity: 3,
    floor: false,
    keywords: ["gsk_"],
    format: "gsk_[A-Za-z0-9]{48}",
    tail: "[A-Za-z0-9]*",
    examples: {
      hits: [`gsk_${mixed(52)}`, `GROQ_API_KEY=gsk_${mixed(52)}`, `"gsk_${mixed(52)}"`],
      misses: ["gsk_short", `gsk_${"x".repeat(52)}`, `agsk_${mixed(52)}`],
    },
  },
  {
    id: "xai-api-key",
    description: "xAI key: xai- and 80 letters or digits",
    specificity: 3,
    floor: false,
    keywords: ["xai-"],
    format: "xai-[A-Za-z0-9]{70}",
    tail: "[A-Za-z0-9]*",
    examples: {
      hits: [`xai-${mixed(80)}`, `XAI_API_KEY=xai-${mixed(80)}`, `"xai-${mixed(80)}"`],
      misses: ["xai-sdk-python", `maxai-${mixed(80)}`, `xai-${mixed(40)}`],
    },
  },
  {
    id: "replicate-token",
    description: "Replicate token: r8_ and 37 letters or digits",
    specificity: 3,
    floor: false,
    keywords: ["r8_"],
    format: "r8_[A-Za-z0-9]{37}(?!\\w)",
    examples: {
      hits: [`r8_${mixed(37)}`, `REPLICATE_API_TOKEN=r8_${mixed(37)}`, `"r8_${mixed(37)}"`],
      misses: ["r8_unorm", `r8_${mixed(36)}`, `br8_${mixed(37)}`],
    },
  },
]);
