import type { Framework } from "./control.ts";
import { NCCOE_AGENT_IDENTITY } from "./nccoe.ts";
import { NIST_AI_RMF } from "./nist_ai_rmf.ts";
import { OWASP_AGENTIC } from "./owasp_agentic.ts";

/** Every list that is mapped. */
export const FRAMEWORKS: readonly Framework[] = [NIST_AI_RMF, NCCOE_AGENT_IDENTITY, OWASP_AGENTIC];

/** What a mapping is, and is not. */
export const CONTROLS_NOTE =
  "A self-assessment aid: which entries bear on which control, and what they leave open. " +
  "It is no certification, and nobody but us has reviewed it.";

/** The words for how far a control is reached. */
export const REACH_WORDS = {
  supports: "supports",
  contributes: "contributes",
  outside: "not covered",
} as const;
