/** Tokens of vaults, of watching and of work. */
import { hex, mixed, upper } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l".toUpperCase();

const SECRET_STORES = tokenDetectors("secret-store", [
  {
    id: "vault-token",
    description: "HashiCorp Vault token: hvs., hvb. or hvr., or s. behind its name",
    specificity: 3,
    floor: true,
    keywords: ["hvs.", "hvb.", "hvr.", "vault_token", "vault-token", "vaulttoken"],
    format: "hv[sbr]\\.[\\w-]{24}",
    tail: "[\\w-]*",
    named: { name: "vault[_-]?token", value: "[sbr]\\.[A-Za-z0-9]{24}" },
    examples: {
      hits: [
        `hvs.${mixed(24)}`,
        `VAULT_TOKEN=hvs.CAES${mixed(90)}`,
        `X-Vault-Token: s.${mixed(24)}`,
        `"hvb.${mixed(120)}"`,
      ],
      misses: [
        "hvs.short",
        `xhvs.${mixed(24)}`,
        "VAULT_TOKEN=$(cat token)",
        `hvx.${mixed(24)}`,
        `s.${mixed(24)}`,
      ],
    },
  },
  {
    id: "doppler-token",
    description: "Doppler token: dp.pt., dp.st., dp.ct., dp.sa., dp.scim. or dp.audit.",
    specificity: 3,
    floor: true,
    keywords: ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
    format: "dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[\\w-]{2,35}\\.)?[A-Za-z0-9]{40}",
    tail: "[A-Za-z0-9]*",
    examples: {
      hits: [`dp.pt.${mixed(43)}`, `DOPPLER_TOKEN=dp.st.dev_ci.${mixed(43)}`, `"dp.scim.${mixed(43)}"`],
      misses: ["dp.st.short", `udp.pt.${mixed(43)}`, "dp.st.dev.config", `dp.xx.${mixed(43)}`],
    },
  },
  {
    id: "age-secret-key",
    description: "secret key of age: AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…",
    specificity: 3,
    floor: true,
    keywords: ["age-secret-key-"],
    format: "AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
    tail: "[A-Z0-9]*",
    examples: {
      hits: [
        `AGE-SECRET-KEY-1${BECH32}${BECH32.slice(0, 26)}`,
        `key: AGE-SECRET-KEY-1${BECH32}${BECH32.slice(0, 26)}`,
        `AGE-SECRET-KEY-PQ-1${BECH32}${BECH32.slice(0, 26)}`,
      ],
      misses: [
        "AGE-SECRET-KEY-1",
        `age1${BECH32.toLowerCase()}`,
        `AGE-SECRET-KEY-1${"B".repeat(58)}`,
        "age: 41",
      ],
    },
  },
]);

const WATCHING = tokenDetectors("watching", [
  {
    id: "datadog-api-key",
    description: "Datadog key behind its name: 32 or 40 hexadecimal digits, or a ddapp_ or ddpat_ token",
    specificity: 3,
    floor: false,
    keywords: ["datadog", "dd_api", "dd-api", "dd_app", "dd-app", "ddapp_", "ddpat_"],
    format: "dd(?:app|pat)_[A-Za-z0-9]{34}",
    tail: "[A-Za-z0-9]*",
    named: { name: "(?:datadog|dd[_-]ap[ip])[\\w. -]{0,24}?key", value: "[0-9a-f]{32}|[0-9a-f]{40}" },
    examples: {
      hits: [
        `DD_API_KEY=${hex(32)}`,
        `DD-APPLICATION-KEY: ${hex(40)}`,
        `"datadogApiKey": "${hex(32)}"`,
        `ddapp_${mixed(34)}`,
      ],
      misses: [
        "DD_API_KEY=<key>",
        hex(32),
        `ADD_API_KEY_ID=${hex(30)}`,
        "DD_APP_KEY=${KEY}",
        "datadog key: none",
      ],
    },
  },
  {
    id: "sentry-token",
    description: "Sentry token: sntrys_, sntryu_ or sntryi_",
    specificity: 3,
    floor: false,
    keywords: ["sntrys_", "sntryu_", "sntryi_"],
    format: "sntry(?:s_eyJ[\\w+/=-]{60}|[ui]_[0-9a-f]{64})",
    tail: "[\\w+/=-]*",
    examples: {
      hits: [
        `sntrys_eyJ${mixed(120)}=_${mixed(43)}`,
        `SENTRY_AUTH_TOKEN=sntryu_${hex(64)}`,
        `"sntryi_${hex(64)}"`,
      ],
      misses: [
        "sntrys_short",
        `https://${hex(32)}@o1.ingest.sentry.io/1`,
        `sntryx_${hex(64)}`,
        "sntrys_eyJ…",
      ],
    },
  },
]);

const WORK = tokenDetectors("work", [
  {
    id: "linear-api-key",
    description: "Linear key: lin_api_ or lin_oauth_",
    specificity: 3,
    floor: false,
    keywords: ["lin_api_", "lin_oauth_"],
    format: "lin_(?:api|oauth)_[A-Za-z0-9]{40}",
    tail: "[A-Za-z0-9]*",
    examples: {
      hits: [`lin_api_${mixed(40)}`, `LINEAR_API_KEY=lin_api_${mixed(40)}`, `"lin_oauth_${hex(64)}"`],
      misses: ["lin_api_short", `berlin_api_${mixed(40)}`, "lin_api_client_for_the_whole_organisation"],
    },
  },
  {
    id: "notion-token",
    description: "Notion token: ntn_ or secret_ and 43 characters or more",
    specificity: 3,
    floor: false,
    keywords: ["ntn_", "secret_"],
    format: "(?:ntn_\\d{8}[A-Za-z0-9]{32,64}|secret_(?=[A-Za-z]{0,40}\\d)[A-Za-z0-9]{43}(?![\\w-]))",
    examples: {
      hits: [`ntn_12345678901${mixed(35)}`, `NOTION_TOKEN=secret_${mixed(43)}`, `"secret_${mixed(43)}"`],
      misses: [
        "ntn_short",
        `secret_${mixed(42)}`,
        `client_secret_${mixed(50)}`,
        "secret_access_key",
        `ntn_${mixed(46)}`,
      ],
    },
  },
  {
    id: "postman-api-key",
    description: "Postman key: PMAK-, 24 and 34 hexadecimal digits",
    specificity: 3,
    floor: false,
    keywords: ["pmak-"],
    format: "PMAK-[0-9a-f]{24}-[0-9a-f]{34}(?!\\w)",
    examples: {
      hits: [
        `PMAK-${hex(24)}-${hex(34)}`,
        `X-API-Key: PMAK-${hex(24)}-${hex(34)}`,
        `"PMAK-${hex(24)}-${hex(34)}"`,
      ],
      misses: [
        "PMAK-short",
        `PMAK-${hex(24)}-${hex(33)}`,
        `PMAT-${upper(26)}`,
        `XPMAK-${hex(24)}-${hex(34)}`,
      ],
    },
  },
]);

export const OPS_DETECTORS = [...SECRET_STORES, ...WATCHING, ...WORK];
