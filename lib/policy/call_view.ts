/** A call, as rules look at it. */
import { type JsonValue, parseJson } from "../base/mod.ts";
import type { AccessRequest, Report } from "../verdict/mod.ts";
import { stringsIn } from "./strings.ts";

/** One call under judgement. The arguments are parsed when the first condition looks at them, and once. */
export class CallView {
  readonly request: AccessRequest;
  readonly report: Report;
  /** Does an incomplete scan leave conditions on it unevaluable? Not where the operator chose to fail open. */
  readonly failsOpen: boolean;
  #args: JsonValue | undefined;
  #parsed = false;
  #strings: readonly string[] | undefined;

  constructor(request: AccessRequest, report: Report, { failsOpen }: { readonly failsOpen: boolean }) {
    this.request = request;
    this.report = report;
    this.failsOpen = failsOpen;
  }

  /** `undefined` where the text is no strict JSON: then no condition on it can be evaluated. */
  get args(): JsonValue | undefined {
    if (!this.#parsed) {
      const parsed = parseJson(this.request.args);
      this.#args = parsed.ok ? parsed.value : undefined;
      this.#parsed = true;
    }
    return this.#args;
  }

  /** Every string in the arguments, keys as well; `undefined` as above. */
  get strings(): readonly string[] | undefined {
    if (this.#strings === undefined && this.args !== undefined) this.#strings = stringsIn(this.args);
    return this.#strings;
  }
}
