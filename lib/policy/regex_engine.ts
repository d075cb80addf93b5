/** RE2 syntax in linear time, loaded only when a policy has a pattern. The one place that knows the package. */
import { err, ok, type Result } from "../base/mod.ts";

/**
 * Does the pattern occur in `text` (ATTACKER-CONTROLLED)? `undefined` where looking would cost more than a call may:
 * time is pattern × text, so a long text under a large pattern has no answer.
 */
export type Search = (text: string) => boolean | undefined;

export interface RegexEngine {
  /** The error is a phrase about the pattern. */
  compile(pattern: string, options: { readonly fold: boolean }): Result<Search, string>;
}

/** `a{500}` is 500 instructions. Measured: at most 13 ns for an instruction and a character, mostly far less. */
const MAX_INSTRUCTIONS = 512;
const MAX_PATTERN_CHARS = 4_096;
/** The largest pattern on a text of 64 KiB, which is the longest that has the short deadline. */
const MAX_STEPS = MAX_INSTRUCTIONS * 65_536;

/** Loads the engine. */
export async function loadRegexEngine(): Promise<RegexEngine> {
  const { RE2JS } = await import("re2js");
  return {
    compile(pattern, { fold }) {
      if (pattern === "") return err("it is empty, and every text has it");
      if (pattern.length > MAX_PATTERN_CHARS) return err(`more than ${MAX_PATTERN_CHARS} characters`);
      try {
        const compiled = RE2JS.compile(pattern.normalize("NFC"), fold ? RE2JS.CASE_INSENSITIVE : 0);
        const size = compiled.programSize();
        if (size > MAX_INSTRUCTIONS) {
          return err(`too large: ${size} instructions, and ${MAX_INSTRUCTIONS} are the most`);
        }
        // `test` never looks for where a match is, and is up to 100 times as fast as a search that does.
        return ok((text) => size * text.length > MAX_STEPS ? undefined : compiled.test(text));
      } catch (thrown) {
        if (!(thrown instanceof Error)) throw thrown;
        return err(thrown.message.replace(/^error parsing regexp: /, ""));
      }
    },
  };
}
