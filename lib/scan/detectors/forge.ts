/** Tokens of places where code and packages are kept. */
import { hex, mixed } from "./fillers.ts";
import { tokenDetectors } from "./token.ts";

const TAIL = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Published as an example by its owner; its check sum is right. */
const CHECKED = ["zQWBuTSOoRi4A9spHcVY5", "ncnsDkxkJ0mLq17"].join("");

// The runs have no upper end: a token is masked to its last character, however long its provider makes it.
//
// The check sums of GitHub and npm are no condition. Older tokens and those of servers of one's own have none, and a
// missed token is worse than an invented one that is masked. They decide where a token is glued to a word.
export const FORGE_DETECTORS = tokenDetectors("forge", [
  {
    id: "github-token",
    description: "GitHub token: ghp_, gho_, ghu_, ghs_, ghr_ or github_pat_",
    specificity: 3,
    floor: true,
    keywords: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    format: "(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\\w{60})",
    tail: "\\w*",
    checked: "gh[pousr]_[A-Za-z0-9]{36}",
    examples: {
      hits: [
        `ghp_${TAIL}`,
        `token=gho_${TAIL};`,
        `GH_ghu_${TAIL}`,
        `(ghs_${TAIL}extra)`,
        `ghr_${TAIL}`,
        `github_pat_11ABCDEFG0${TAIL}_${TAIL}`,
        `tokenghp_${CHECKED}`,
        `q=%3Dghp_${TAIL}`,
      ],
      misses: [
        "ghp_short",
        `xghp_${TAIL}`,
        `ghx_${TAIL}`,
        `GHP_${TAIL}`,
        "github_pat_tooShort",
        "ghp_<your token>",
        `ghp_${"x".repeat(36)}`,
      ],
    },
  },
  {
    id: "gitlab-token",
    description: "GitLab token: glpat-, gldt-, glrt-, glptt-, glcbt- and the other prefixes, GR1348941",
    specificity: 3,
    floor: true,
    // deno-fmt-ignore
    keywords: [
      "glpat-", "gldt-", "glrt-", "glrtr-", "glptt-", "glcbt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-",
      "glffct-", "glwt-", "gr1348941",
    ],
    format: "(?:gl(?:pat|dt|rtr?|ptt|cbt|ft|soat|imt|agent|oas|ffct|wt)-|GR1348941)[\\w-]{20}",
    tail: "[\\w-]*(?:\\.[0-9a-z]{2}\\.[0-9a-z]{9})?",
    examples: {
      hits: [
        `glpat-${mixed(20)}`,
        `PRIVATE-TOKEN: glpat-${mixed(27)}.01.${mixed(9).toLowerCase()}`,
        `https://oauth2:glpat-${mixed(20)}@gitlab.example.com/a/b.git`,
        `token = "glrt-${mixed(20)}"`,
        `GR1348941${mixed(20)}`,
        `glcbt-64_${mixed(20)}`,
      ],
      misses: [
        "glpat-short",
        `xglpat-${mixed(20)}`,
        `glpat-${"x".repeat(20)}`,
        "glpat-<your token>",
        `glxyz-${mixed(20)}`,
      ],
    },
  },
  {
    id: "npm-token",
    description: "npm access token: npm_ and 36 letters or digits",
    specificity: 3,
    floor: true,
    keywords: ["npm_"],
    format: "npm_[A-Za-z0-9]{36}",
    tail: "\\w*",
    checked: "npm_[A-Za-z0-9]{36}",
    examples: {
      hits: [
        `npm_${mixed(36)}`,
        `//registry.npmjs.org/:_authToken=npm_${mixed(36)}`,
        `NPM_TOKEN=npm_${TAIL}`,
        `tokennpm_${CHECKED}`,
      ],
      misses: [
        "npm_config_registry=https://registry.npmjs.org",
        "npm_lifecycle_event=test",
        `xnpm_${mixed(36)}`,
        `npm_${"X".repeat(36)}`,
        "npm_package_dependencies_some_very_long_package_name_here",
      ],
    },
  },
  {
    id: "pypi-token",
    description: "PyPI upload token: pypi-AgE… (a macaroon for pypi.org or test.pypi.org)",
    specificity: 3,
    floor: true,
    keywords: ["pypi-age"],
    format: "pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[\\w-]{40}",
    tail: "[\\w-]*",
    examples: {
      hits: [
        `pypi-AgEIcHlwaS5vcmc${mixed(60)}`,
        `password = pypi-AgEIcHlwaS5vcmc${mixed(100)}`,
        `TWINE_PASSWORD=pypi-AgENdGVzdC5weXBpLm9yZw${mixed(60)}`,
      ],
      misses: [
        "pypi-AgEIcHlwaS5vcmc",
        `pypi-${mixed(60)}`,
        `xpypi-AgEIcHlwaS5vcmc${mixed(60)}`,
        "pypi-agent is a package",
        `pypi-AgEIcHlwaS5vcmc${"x".repeat(60)}`,
      ],
    },
  },
  {
    id: "huggingface-token",
    description: "Hugging Face token: hf_ or api_org_ and 34 letters or digits",
    specificity: 3,
    floor: false,
    keywords: ["hf_", "api_org_"],
    format: "(?:hf_|api_org_)[A-Za-z0-9]{34}",
    tail: "[A-Za-z0-9]*",
    examples: {
      hits: [`hf_${mixed(34)}`, `HF_TOKEN=hf_${mixed(37)}`, `api_org_${mixed(34)}`, `"hf_${TAIL}"`],
      misses: [
        "hf_hub_download",
        "hf_short",
        `self_hf_${mixed(30)}`,
        `xhf_${mixed(34)}`,
        `hf_${"x".repeat(34)}`,
      ],
    },
  },
  {
    id: "databricks-token",
    description:
      "Databricks personal access token: dapi and 32 hexadecimal digits; dose, dkea and their like",
    specificity: 3,
    floor: true,
    keywords: ["dapi", "dose", "dkea", "dsapi"],
    format: "(?:dapi|dsapi|dose|dkea)[0-9a-f]{32}(?:-\\d{1,2})?(?![\\w-])",
    examples: {
      hits: [`dapi${hex(32)}`, `DATABRICKS_TOKEN=dapi${hex(32)}-2`, `dose${hex(32)}`, `"dkea${hex(32)}"`],
      misses: ["dapi", `dapi${hex(31)}`, `dapi${hex(40)}`, "doses of it", `xdapi${hex(32)}`],
    },
  },
]);
