/** Keys of Microsoft Azure. */
import type { KeywordDetector, Span } from "../detector.ts";
import { mixed } from "./fillers.ts";
import { FREE, tokenDetectors } from "./token.ts";

const SIGNATURE_REGEXP = /(?:(?<=[?&;])|(?<=\\u0026))sig=(?:[A-Za-z0-9+/]|%2[bBfF]){43}(?:=|%3[dD])/y;
const LEAD = 3;
const LEAD_REGEXP = new RegExp(`${FREE}[\\w~.-]{${LEAD}}\\dQ~`, "y");

/** The keyword is in the middle: three characters, a digit, `Q~`. */
function clientSecret(text: string, { start, end }: Span): Span | undefined {
  LEAD_REGEXP.lastIndex = start - LEAD;
  return start >= LEAD && LEAD_REGEXP.test(text) ? { start: start - LEAD, end } : undefined;
}

export const AZURE_DETECTORS: readonly KeywordDetector[] = [
  ...tokenDetectors("azure", [{
    id: "azure-storage-key",
    description:
      "key of an Azure account: AccountKey, SharedAccessKey or a storage key, 32 or 64 bytes in base64",
    specificity: 3,
    floor: true,
    keywords: ["accountkey", "account_key", "sharedaccesskey", "storagekey", "storage_key", "account-key"],
    named: {
      name: "accountkey|account[_-]key|sharedaccesskey|storage_?key",
      value: "[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=",
    },
    examples: {
      hits: [
        `DefaultEndpointsProtocol=https;AccountName=app;AccountKey=${
          mixed(86)
        }==;EndpointSuffix=core.windows.net`,
        `Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${mixed(43)}=`,
        `AZURE_STORAGE_ACCOUNT_KEY="${mixed(86)}=="`,
        `"storageKey": "${mixed(86)}=="`,
      ],
      misses: [
        "AccountKey=<your account key>",
        `AccountKey=${mixed(40)}`,
        `${mixed(86)}==`,
        "SharedAccessKeyName=RootManageSharedAccessKey",
        `AccountKey=${"x".repeat(86)}==`,
      ],
    },
  }]),
  {
    kind: "keyword",
    id: "azure-sas-signature",
    family: "azure",
    description: "signature of an Azure shared access address: sig=…",
    specificity: 3,
    floor: false,
    keywords: ["sig="],
    pattern: SIGNATURE_REGEXP,
    examples: {
      hits: [
        `https://app.blob.core.windows.net/c/b?sv=2026-01-01&se=2026-12-01&sr=b&sp=r&sig=${mixed(43)}%3D`,
        `?sv=2026-01-01&sig=${mixed(20)}%2B${mixed(22)}%3D&sp=rw`,
        `SharedAccessSignature=sv=2026-01-01&sig=${mixed(43)}=`,
      ],
      misses: [
        "?sig=short",
        `config=${mixed(43)}=`,
        `?sig=${mixed(43)}`,
        "func f(sig=None)",
        "?sv=2026-01-01&sig=<signature>",
      ],
    },
  },
  {
    kind: "keyword",
    id: "azure-client-secret",
    family: "azure",
    description:
      "secret of a Microsoft Entra application: three characters, a digit, Q~ and 31 characters or more",
    specificity: 3,
    floor: true,
    keywords: ["0q~"],
    pattern: /\dQ~[\w~.-]{31,34}(?![\w~-])/y,
    locate: clientSecret,
    examples: {
      hits: [
        `abc8Q~${mixed(34)}`,
        `AZURE_CLIENT_SECRET=X~78Q~${mixed(31)}`,
        `"clientSecret": "a_b8Q~${mixed(20)}.${mixed(13)}"`,
      ],
      misses: [`ab8Q~${mixed(34)}`, `xabc8Q~${mixed(34)}`, `abc8Q~${mixed(20)}`, "8Q~", `abc8Q~${mixed(50)}`],
    },
  },
];
