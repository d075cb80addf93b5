/** Threats on the way out and injections on the way back: gathered over all strings of a message, each id once. */
import type { Direction, FindingAction, Threat, ThreatPart } from "../verdict/mod.ts";
import { extraIn, type InjectionSettings } from "./injection/extra.ts";
import {
  DEFAULT_INJECTION_THRESHOLD,
  hasInjectionKeyword,
  type InjectionHit,
  injectionIn,
  type InjectionOptions,
  mayHideInjection,
  mayHoldInjection,
} from "./injection/injection.ts";
import type { Hit } from "./overlap.ts";
import { hasThreatKeyword, threatsIn } from "./threats/threats.ts";

/** What the ids of findings begin with that are signs of an injection. */
export const INJECTION_PREFIX = "injection-";
const TERMINAL_PREFIX = "terminal-";
/** An entry of the ledger holds them. */
const MAX_PARTS = 64;
const NO_HITS: readonly Hit[] = [];

function hasKeyword(text: string, direction: Direction): boolean {
  return direction === "to-upstream" ? hasThreatKeyword(text) : hasInjectionKeyword(text);
}

/** Signs at the beginning of a text have no keywords: a separator of commands stands there, or behind one word. */
const SEPARATOR = "(?:[;&|`]|\\$\\()";
/** COST: the search for one of them is quick as nothing else, and most messages have none. */
const SEPARATORS: readonly string[] = [";", "&", "|", "`", "$("];
const BEGINNING = `(?:[\\s"')]|\\\\[nrt"]){0,12}${SEPARATOR}|[\\w.@:/\\\\-]{1,240}\\s?${SEPARATOR}`;
const IN_SOURCE_REGEXP = new RegExp(`"(?:${BEGINNING})`);
const IN_TEXT_REGEXP = new RegExp(`^(?:${BEGINNING})`);

/** Could there be a sign in a message with this source? Those in its views are looked for in any case. */
export function maySign(source: string, direction: Direction): boolean {
  // A keyword with a quote in it is written with a backslash there.
  if (source.includes('\\"')) return true;
  const separated = direction === "to-upstream" && SEPARATORS.some((sign) => source.includes(sign));
  return (separated && IN_SOURCE_REGEXP.test(source)) || hasKeyword(source, direction);
}

/** As {@link maySign}, for a text as it is read. */
function mayHold(text: string, direction: Direction): boolean {
  if (mayHideInjection(text)) return true;
  if (direction === "to-client") return mayHoldInjection(text);
  return text.includes('"') || IN_TEXT_REGEXP.test(text) || hasThreatKeyword(text);
}

/** What is done about each sign of an injection. */
export function injectionAction({ action }: InjectionOptions): FindingAction {
  return action ?? "annotate";
}

export class Signs {
  readonly #direction: Direction;
  readonly #options: InjectionSettings;
  readonly #threats = new Map<string, ThreatPart>();
  readonly #injections = new Map<string, number>();
  #here: Hit[] = [];

  constructor(direction: Direction, options: InjectionSettings) {
    this.#direction = direction;
    this.#options = options;
  }

  /** Notes what is in `text`; the hits are those to be masked. `layer`: 0 for what is no view. ATTACKER-CONTROLLED. */
  see(text: string, at: () => string, layer = 0): readonly Hit[] {
    const may = mayHold(text, this.#direction);
    if (this.#direction === "to-upstream") {
      if (!may) return NO_HITS;
      for (const { id, weight } of threatsIn(text)) this.#threat(id, weight, at);
      return NO_HITS;
    }
    const seen = may ? injectionIn(text, { all: injectionAction(this.#options) === "redact" }) : [];
    // FALSE HITS: no terminal obeys an escape that is spelled out, as in every source that makes one.
    const found = layer === 0 ? seen : seen.filter(({ id }) => !id.startsWith(TERMINAL_PREFIX));
    const extra = extraIn(text, this.#options);
    return found.length + extra.length === 0 ? NO_HITS : this.#injected([...found, ...extra]);
  }

  /** The signs of injection seen since the last time, each id once. */
  take(): readonly Hit[] {
    const seen = this.#here;
    if (seen.length > 0) this.#here = [];
    return seen;
  }

  /** Do the signs make the message an injection as a whole? Only where the operator chose no action for all of them. */
  get isInjection(): boolean {
    if (this.#options.action !== undefined) return false;
    return this.injectionScore >= (this.#options.threshold ?? DEFAULT_INJECTION_THRESHOLD);
  }

  /** Each sign of injection counts once, with the most that it weighs anywhere. */
  get injectionScore(): number {
    return this.#injections.values().reduce((sum, weight) => sum + weight, 0);
  }

  /** Each sign of a threat counts once. */
  get threat(): Threat {
    const parts = [...this.#threats.values()];
    return { score: parts.reduce((sum, { weight }) => sum + weight, 0), parts };
  }

  #threat(id: string, weight: number, at: () => string): void {
    if (this.#threats.has(id) || this.#threats.size >= MAX_PARTS) return;
    this.#threats.set(id, { id, weight, at: at() });
  }

  #injected(found: readonly InjectionHit[]): readonly Hit[] {
    const action = injectionAction(this.#options);
    const hits = found.map(({ id, start, end }): Hit => ({
      detector: { id: `${INJECTION_PREFIX}${id}`, specificity: 1 },
      start,
      end,
      action,
    }));
    for (const { id, weight } of found) {
      // What is quoted weighs less: behind the same words without quotation marks it must not take weight from them.
      this.#injections.set(id, Math.max(weight, this.#injections.get(id) ?? 0));
    }
    if (action === "redact") return hits;
    for (const hit of hits) {
      if (!this.#here.some(({ detector }) => detector.id === hit.detector.id)) this.#here.push(hit);
    }
    return NO_HITS;
  }
}
