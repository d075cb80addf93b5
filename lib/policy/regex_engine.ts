/** RE2 syntax in linear time, loaded only when a policy has a `regex`. The one place that knows the package. */
import { err, ok, type Result } from "../base/mod.ts";

/** Does the pattern occur in `text`? */
export type Search = (text: string) => boolean;

export interface RegexEngine {
  /** The error is a phrase about the pattern. */
  compile(pattern: string, options: { readonly fold: boolean }): Result<Search, string>;
}

/** Loads the engine. */
export async function loadRegexEngine(): Promise<RegexEngine> {
  const { RE2JS } = await import("re2js");
  return {
    compile(pattern, { fold }) {
      try {
        const compiled = RE2JS.compile(pattern.normalize("NFC"), fold ? RE2JS.CASE_INSENSITIVE : 0);
        return ok((text) => compiled.matcher(text).find());
      } catch (thrown) {
        if (!(thrown instanceof Error)) throw thrown;
        return err(thrown.message.replace(/^error parsing regexp: /, ""));
      }
    },
  };
}
