/** Tokens of places where code is kept. */
import type { KeywordDetector } from "../detector.ts";

const TAIL = "abcdefghijklmnopqrstuvwxyz0123456789";

export const FORGE_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "github-token",
    family: "forge",
    description: "GitHub token: ghp_, gho_, ghu_, ghs_, ghr_ or github_pat_",
    specificity: 3,
    floor: true,
    keywords: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    // The runs have no upper end: a token is masked to its last character, however long GitHub makes it.
    pattern: /(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60})\w*/y,
    examples: {
      hits: [
        `ghp_${TAIL}`,
        `token=gho_${TAIL};`,
        `GH_ghu_${TAIL}`,
        `(ghs_${TAIL}extra)`,
        `ghr_${TAIL}`,
        `github_pat_11ABCDEFG0${TAIL}_${TAIL}`,
      ],
      misses: [
        "ghp_short",
        `xghp_${TAIL}`,
        `ghx_${TAIL}`,
        `GHP_${TAIL}`,
        "github_pat_tooShort",
        "ghp_<your token>",
      ],
    },
  },
];
