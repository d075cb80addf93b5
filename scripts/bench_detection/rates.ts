/** Counts of a measurement, by family and dress: what the tables show and what is checked in. */
import {
  type BenignTrial,
  DIRECTIONS,
  familyOf,
  type Measurement,
  type SecretTrial,
  type Share,
  THREAT_MIN,
} from "./measure.ts";

/** Counts under a name. */
export type Shares = Readonly<Record<string, Share>>;

/** What is kept in `tests/corpora/rates.json`. `hit` of positives is good, of ordinary work it is bad. */
export interface Rates {
  /** `family / dress / direction` of secrets that were caught. */
  readonly secrets: Shares;
  /** Files of ordinary work with a finding: by family of secrets, of injections and of threats. */
  readonly benign: Shares;
  /** By category: calls that mean harm, at or above the score that asks a person. */
  readonly threats: Shares;
  /** By family: withheld or annotated or cleaned; and withheld alone. */
  readonly injections: Shares;
  readonly withheld: Shares;
}

export function ratesOf(measured: Measurement): Rates {
  const { secrets, threats, injections } = measured;
  return {
    secrets: shares(
      secrets,
      ({ family, dress, direction }) => [family, dress, direction].join(" / "),
      isCaught,
    ),
    benign: benignRates(measured),
    threats: shares(threats, ({ category }) => category, ({ score }) => score >= THREAT_MIN),
    injections: shares(injections, ({ family }) => family, ({ outcome }) => outcome !== "none"),
    withheld: shares(injections, ({ family }) => family, ({ outcome }) => outcome === "withheld"),
  };
}

function isCaught({ caught }: SecretTrial): boolean {
  return caught;
}

function benignRates({ benign, calls }: Measurement): Shares {
  const rates: Record<string, Share> = {};
  for (const direction of DIRECTIONS) {
    const files = benign.filter((trial) => trial.direction === direction);
    for (const family of familiesIn(files)) {
      const hit = files.filter(({ secrets }) => secrets.some((id) => familyOf(id) === family)).length;
      rates[`secrets: ${family} / ${direction}`] = { hit, of: files.length };
    }
    rates[`stopped / ${direction}`] = shareOf(files, ({ outcome }) => STOPPED.includes(outcome));
    rates[`incomplete / ${direction}`] = shareOf(files, ({ complete }) => !complete);
  }
  const results = benign.filter(({ direction }) => direction === "to-client");
  rates["injection, annotated or stronger / to-client"] = shareOf(results, ({ signs }) => signs.length > 0);
  rates["threat score of files / to-upstream"] = shareOf(
    benign.filter(({ direction }) => direction === "to-upstream"),
    ({ score }) => score >= THREAT_MIN,
  );
  rates["threat score of calls / to-upstream"] = shareOf(calls, ({ score }) => score >= THREAT_MIN);
  return rates;
}

/** Nothing would arrive. */
const STOPPED: readonly string[] = ["blocked", "withheld", "incomplete"];

function familiesIn(files: readonly BenignTrial[]): readonly string[] {
  const ids = files.flatMap(({ secrets }) => secrets);
  return [...new Set(ids.map((id) => familyOf(id) ?? "unknown"))].sort();
}

function shareOf<Trial>(trials: readonly Trial[], hits: (trial: Trial) => boolean): Share {
  return { hit: trials.filter(hits).length, of: trials.length };
}

/** Groups trials and counts the hits in each group; the names sorted, so that a stored table is stable. */
export function shares<Trial>(
  trials: readonly Trial[],
  nameOf: (trial: Trial) => string,
  hits: (trial: Trial) => boolean,
): Shares {
  const groups = Map.groupBy(trials, nameOf);
  return Object.fromEntries(
    [...groups].toSorted(([a], [b]) => a < b ? -1 : 1).map(([name, group]) => [name, shareOf(group, hits)]),
  );
}

/** One cell that got worse. */
export interface Regression {
  readonly name: string;
  readonly was: Share;
  readonly is: Share | undefined;
}

/** Where `now` is worse than `kept`: fewer positives caught, or more ordinary files with a finding. */
export function regressions(kept: Rates, now: Rates): readonly Regression[] {
  const better = (["secrets", "threats", "injections", "withheld"] as const).flatMap((part) =>
    Object.entries(kept[part]).filter(([name, was]) => rate(now[part][name]) < rate(was))
      .map(([name, was]) => ({ name: `${part}: ${name}`, was, is: now[part][name] }))
  );
  const worse = Object.entries(now.benign).filter(([name, is]) => rate(is) > rate(kept.benign[name]))
    .map(([name, is]) => ({ name: `benign: ${name}`, was: kept.benign[name] ?? { hit: 0, of: is.of }, is }));
  return [...better, ...worse];
}

/** Between 0 and 1; of nothing it is 0. */
export function rate(share: Share | undefined): number {
  return share === undefined || share.of === 0 ? 0 : share.hit / share.of;
}
