/** Keys of shops and payment services. */
import { hex, mixed } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

export const COMMERCE_DETECTORS = tokenDetectors("commerce", [
  {
    id: "stripe-key",
    description: "Stripe live key (sk_live_, rk_live_) or signing secret of a webhook (whsec_)",
    specificity: 3,
    floor: true,
    keywords: ["sk_live_", "rk_live_", "whsec_"],
    format: "(?:[sr]k_live_[A-Za-z0-9]{16}|whsec_[A-Za-z0-9+/]{32})",
    tail: "[\\w+/]*",
    examples: {
      hits: [
        `sk_live_${mixed(24)}`,
        `STRIPE_SECRET_KEY=sk_live_51${mixed(97)}`,
        `"rk_live_${mixed(24)}"`,
        `whsec_${mixed(32)}`,
      ],
      misses: [
        "sk_live_short",
        `pk_live_${mixed(24)}`,
        `task_live_${mixed(24)}`,
        `sk_live_${"x".repeat(24)}`,
        "whsec_...",
      ],
    },
  },
  {
    id: "stripe-test-key",
    description:
      "Stripe key for tests: sk_test_, rk_test_. Apart from the live ones, so that it can be let through",
    specificity: 3,
    floor: false,
    keywords: ["sk_test_", "rk_test_"],
    format: "[sr]k_test_[A-Za-z0-9]{16}",
    tail: "\\w*",
    examples: {
      hits: [`sk_test_${mixed(24)}`, `stripe.api_key = 'sk_test_${mixed(24)}'`, `rk_test_51${mixed(97)}`],
      misses: [
        "sk_test_short",
        `pk_test_${mixed(24)}`,
        `disk_test_${mixed(24)}`,
        `sk_test_${"x".repeat(24)}`,
      ],
    },
  },
  {
    id: "shopify-token",
    description: "Shopify token or secret: shpat_, shpca_, shppa_, shpss_, shptka_, shpua_",
    specificity: 3,
    floor: true,
    keywords: ["shpat_", "shpca_", "shppa_", "shpss_", "shptka_", "shpua_"],
    format: "shp(?:at|ca|pa|ss|tka|ua)_[0-9a-fA-F]{32}(?!\\w)",
    examples: {
      hits: [`shpat_${hex(32)}`, `X-Shopify-Access-Token: shpca_${hex(32)}`, `"shpss_${hex(32)}"`],
      misses: ["shpat_short", `xshpat_${hex(32)}`, `shpat_${hex(33)}`, `shpxy_${hex(32)}`],
    },
  },
  {
    id: "square-token",
    description: "Square token or secret: EAAA…, sq0atp-, sq0csp-",
    specificity: 3,
    floor: true,
    keywords: ["eaaa", "sq0atp-", "sq0csp-"],
    format: "(?:EAAA[\\w-]{60}(?!=)|sq0(?:atp-[\\w-]{22}|csp-[\\w-]{43}))(?![\\w-])",
    examples: {
      hits: [`EAAA${mixed(60)}`, `sq0atp-${mixed(22)}`, `SQUARE_SECRET=sq0csp-${mixed(43)}`],
      misses: [
        `sq0idp-${mixed(22)}`,
        `EAAA${mixed(59)}`,
        `EAAA${mixed(90)}`,
        `AEAAA${mixed(60)}`,
        "sq0atp-short",
      ],
    },
  },
]);
