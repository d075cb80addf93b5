/** Tokens of places where things run. */
import { hex, mixed } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

const UUID = "0a1b2c3d-4e5f-6789-9f8e-7d6c5b4a3210";
const UUID_SOURCE = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

export const HOSTING_DETECTORS = tokenDetectors("hosting", [
  {
    id: "digitalocean-token",
    description: "DigitalOcean token: dop_v1_, doo_v1_ or dor_v1_ and 64 hexadecimal digits",
    specificity: 3,
    floor: true,
    keywords: ["dop_v0_", "doo_v0_", "dor_v0_"],
    format: "do[opr]_v\\d_[0-9a-f]{64}",
    tail: "\\w*",
    examples: {
      hits: [`dop_v1_${hex(64)}`, `DIGITALOCEAN_TOKEN=doo_v1_${hex(64)}`, `"dor_v1_${hex(64)}"`],
      misses: ["dop_v1_short", `xdop_v1_${hex(64)}`, `dop_${hex(64)}`, `dox_v1_${hex(64)}`],
    },
  },
  {
    id: "cloudflare-token",
    description:
      "Cloudflare: cfk_, cfut_ and cfat_ tokens, origin CA keys (v1.0-…), keys and tokens behind their name",
    specificity: 3,
    floor: true,
    keywords: [
      "cfk_",
      "cfut_",
      "cfat_",
      ...["0", "a", "b", "c", "d", "e", "f"].map((digit) => `v0.0-${digit}`),
      "cloudflare",
      "cf_api",
      "x-auth-key",
    ],
    format: "(?:cf(?:k|ut|at)_[A-Za-z0-9]{40}\\w{0,24}|v1\\.0-[0-9a-f]{24}-[0-9a-f]{146})(?!\\w)",
    named: {
      name: "(?:cloudflare|cf_api)[\\w. -]{0,24}?(?:token|key)|cf_api|x-auth-key",
      value: "[\\w-]{40}|[0-9a-f]{37}",
    },
    examples: {
      hits: [
        `cfut_${mixed(40)}${hex(8)}`,
        `cfk_${mixed(48)}`,
        `CLOUDFLARE_API_TOKEN=${mixed(40)}`,
        `X-Auth-Key: ${hex(37)}`,
        `v1.0-${hex(24)}-${hex(146)}`,
      ],
      misses: [
        "cfut_short",
        `acfut_${mixed(48)}`,
        "CLOUDFLARE_API_TOKEN=${TOKEN}",
        "v1.0-beta",
        "cloudflare token: see the dashboard",
        `CLOUDFLARE_API_TOKEN=${mixed(39)}`,
      ],
    },
  },
  {
    id: "heroku-api-key",
    description: "Heroku key: HRKU-…, or a UUID behind its name",
    specificity: 3,
    floor: true,
    keywords: ["hrku-", "heroku"],
    format: "HRKU-[\\w-]{36}",
    tail: "[\\w-]*",
    named: { name: "heroku[\\w. -]{0,24}?(?:key|token)", value: UUID_SOURCE },
    examples: {
      hits: [`HRKU-${UUID}`, `HRKU-AA${mixed(58)}`, `HEROKU_API_KEY=${UUID}`, `"herokuApiKey": "${UUID}"`],
      misses: ["HRKU-short", UUID, `heroku app: ${UUID}`, "HEROKU_API_KEY=<key>", `xHRKU-${UUID}`],
    },
  },
  {
    id: "vercel-token",
    description: "Vercel token: vcp_, vci_, vca_, vcr_, vck_, or behind its name",
    specificity: 3,
    floor: false,
    keywords: ["vcp_", "vci_", "vca_", "vcr_", "vck_", "vercel"],
    format: "vc[piark]_[A-Za-z0-9]{24}",
    tail: "[A-Za-z0-9]*",
    named: { name: "vercel[\\w. -]{0,16}?token", value: "(?=[a-z]{0,23}\\d)[A-Za-z0-9]{24}" },
    examples: {
      hits: [
        `vcp_${mixed(56)}`,
        `VERCEL_TOKEN=${mixed(24)}`,
        `vck_${mixed(56)}`,
        `"vercelToken": "${mixed(24)}"`,
      ],
      misses: ["vcp_short", `svcp_${mixed(56)}`, "VERCEL_TOKEN=abcdefghijklmnopqrstuvwx", `vcx_${mixed(56)}`],
    },
  },
  {
    id: "netlify-token",
    description: "Netlify token: nfp_, nfc_, nfo_, nfu_, nfb_, or behind its name",
    specificity: 3,
    floor: false,
    keywords: ["nfp_", "nfc_", "nfo_", "nfu_", "nfb_", "netlify"],
    format: "nf[pcoub]_[A-Za-z0-9]{36}",
    tail: "\\w*",
    named: { name: "netlify[\\w. -]{0,16}?token", value: "[\\w-]{40,64}" },
    examples: {
      hits: [`nfp_${mixed(36)}`, `NETLIFY_AUTH_TOKEN=${mixed(43)}`, `"nfc_${mixed(36)}"`],
      misses: ["nfp_short", `infp_${mixed(36)}`, "NETLIFY_AUTH_TOKEN=<token>", `nfz_${mixed(36)}`],
    },
  },
  {
    id: "supabase-token",
    description: "Supabase: access token (sbp_) or secret key (sb_secret_)",
    specificity: 3,
    floor: true,
    keywords: ["sbp_", "sb_secret_"],
    format: "(?:sbp_(?:v\\d_)?[0-9a-f]{40}|sb_secret_[\\w-]{22})",
    tail: "[\\w-]*",
    examples: {
      hits: [`sbp_${hex(40)}`, `SUPABASE_ACCESS_TOKEN=sbp_${hex(40)}`, `sb_secret_${mixed(22)}_${mixed(8)}`],
      misses: ["sbp_short", `usbp_${hex(40)}`, `sb_publishable_${mixed(31)}`, "sb_secret_key"],
    },
  },
]);
