/** Instructions to another model in the arguments of a call: what a result must not say, an agent must not pass on. */
import { ALL_INJECTION_SIGNS } from "../injection/all.ts";
import type { Weight } from "../signs.ts";
import { signsOf } from "./threat.ts";

/** Those signs of injections that count in arguments, and what they weigh there: code and prompts are written, too. */
const WEIGHTS: Readonly<Record<string, Weight>> = {
  "instruction-override": 3,
  "override-and-order": 4,
  "instruction-override-foreign": 4,
  "new-role": 2,
  "unbound": 3,
  "chat-token": 2,
  "tool-call-tag": 4,
  "new-instructions": 3,
  "system-block": 4,
  "hide-from-user": 3,
  "secret-to-elsewhere": 4,
  "secret-request": 3,
  "before-any-tool": 3,
  "claimed-authority": 2,
};

export const PROMPT_SIGNS = signsOf(
  "prompt-injection",
  ALL_INJECTION_SIGNS.flatMap((sign) => {
    const weight = WEIGHTS[sign.id];
    return weight === undefined ? [] : [{ ...sign, id: `prompt-${sign.id}`, weight }];
  }),
);
