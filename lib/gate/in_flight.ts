import { exactNumber, numberSource } from "../base/mod.ts";
import { type Id, idKey, type ProgressToken } from "../wire/mod.ts";
import type { Call } from "./call.ts";
import { ownText } from "./own_text.ts";

// Progress may go on after a call has ended: a task outlives the reply that began it, and not every server stops at a
// cancellation. The oldest tokens are forgotten beyond this many, or where they are longer than this together: characters.
const MAX_LASTING_TOKENS = 10_000;
const MAX_LASTING_CHARS = 1024 * 1024;

/** The requests of one direction that have no reply yet, under both ids. */
export class InFlight {
  readonly #byOurId = new Map<number, Call>();
  readonly #byTheirId = new Map<string, Call>();
  readonly #lastingTokens = new Map<number, ProgressToken>();
  #lastingChars = 0;
  #nextId = 1;

  get size(): number {
    return this.#byOurId.size;
  }

  nextId(): number {
    return this.#nextId++;
  }

  add(call: Call): void {
    this.#byOurId.set(call.ourId, call);
    this.#byTheirId.set(scopedKey(call.reply.scope, call.theirId), call);
  }

  remove(call: Call): void {
    this.#keepToken(call);
    const key = scopedKey(call.reply.scope, call.theirId);
    this.#byOurId.delete(call.ourId);
    // The asker may use the id again as soon as it has its answer: only this call's own place is given up.
    if (this.#byTheirId.get(key) === call) this.#byTheirId.delete(key);
  }

  /** The call that the asker knows as `id` within `scope`. */
  asked(id: Id, scope?: string): Call | undefined {
    return this.#byTheirId.get(scopedKey(scope, id));
  }

  /** The call that the answerer knows as `id`: a number of ours, and nothing that merely looks like one. */
  answered(id: Id | null): Call | undefined {
    return typeof id === "number" ? this.#byOurId.get(id) : undefined;
  }

  all(): readonly Call[] {
    return [...this.#byOurId.values()];
  }

  /** The asker's progress token behind ours, with its call while that is in flight. */
  token(ours: ProgressToken): { readonly token: ProgressToken; readonly call: Call | undefined } | undefined {
    if (typeof ours !== "number") return undefined;
    const call = this.#byOurId.get(ours);
    const token = call?.theirToken ?? this.#lastingTokens.get(ours);
    return token === undefined ? undefined : { token, call };
  }

  /** The one request that has no reply yet; `undefined` where there are none or several. */
  only(): Call | undefined {
    if (this.#byOurId.size !== 1) return undefined;
    const [call] = this.#byOurId.values();
    return call;
  }

  #keepToken(call: Call): void {
    if (call.theirToken === undefined) return;
    const kept = ownToken(call.theirToken);
    this.#lastingTokens.set(call.ourId, kept);
    this.#lastingChars += textOf(kept).length;
    for (const [oldest, token] of this.#lastingTokens) {
      if (this.#lastingTokens.size <= MAX_LASTING_TOKENS && this.#lastingChars <= MAX_LASTING_CHARS) return;
      this.#lastingTokens.delete(oldest);
      this.#lastingChars -= textOf(token).length;
    }
  }
}

function ownToken(token: ProgressToken): ProgressToken {
  const text = ownText(textOf(token));
  return typeof token === "string" ? text : exactNumber(text);
}

function textOf(token: ProgressToken): string {
  return typeof token === "string" ? token : numberSource(token) ?? "";
}

/** A key without a scope begins with a letter, one with a scope with the mark: no id of one reaches into another. */
function scopedKey(scope: string | undefined, id: Id): string {
  return scope === undefined || scope === "" ? idKey(id) : `@${scope}/${idKey(id)}`;
}
