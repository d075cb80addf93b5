/**
 * `deno task bench:detection`: how much of the corpora the scanner sees, and how much of ordinary work it takes for
 * something else. Markdown on stdout; `--json` for programs; `--misses` names what was not caught and what was found by
 * mistake; `--update` writes the table that the tests hold the scanner to.
 */
import { readCorpora } from "./bench_detection/corpus.ts";
import { measure, type Measurement, THREAT_MIN } from "./bench_detection/measure.ts";
import { type Rates, ratesOf, type Shares } from "./bench_detection/rates.ts";
import { summary, tables } from "./bench_detection/tables.ts";

/** What was measured when the table was last written. */
export const RATES_URL = new URL("../tests/corpora/rates.json", import.meta.url);

if (import.meta.main) main(Deno.args);

function main(args: readonly string[]): void {
  const measured = measure(readCorpora());
  const rates = ratesOf(measured);
  if (args.includes("--update")) Deno.writeTextFileSync(RATES_URL, formatRates(rates));
  if (args.includes("--json")) console.log(JSON.stringify({ rates, ...mistakes(measured) }, null, 2));
  else if (args.includes("--misses")) console.log(listing(measured));
  else console.log(`${summary(measured)}.\n\n${tables(measured, rates)}`);
}

/** One line for each cell, so that a change of one is one line of a diff. */
function formatRates(rates: Rates): string {
  const parts = (Object.entries(rates) as readonly (readonly [string, Shares])[]).map(([part, shares]) => {
    const lines = Object.entries(shares).map(([name, share]) =>
      `    ${JSON.stringify(name)}: { "hit": ${share.hit}, "of": ${share.of} }`
    );
    return `  ${JSON.stringify(part)}: {\n${lines.join(",\n")}\n  }`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}

function mistakes({ secrets, benign, threats, calls, injections }: Measurement) {
  return {
    missed: secrets.filter(({ caught }) => !caught),
    misnamed: secrets.filter(({ caught, named }) => caught && !named),
    falseFindings: benign.filter(({ secrets, signs, outcome }) =>
      secrets.length + signs.length > 0 || outcome === "incomplete"
    ),
    falseThreats: [
      ...calls.filter(({ score }) => score >= THREAT_MIN),
      ...benign.filter(({ score, direction }) => direction === "to-upstream" && score >= THREAT_MIN),
    ],
    missedThreats: threats.filter(({ score }) => score < THREAT_MIN),
    missedInjections: injections.filter(({ outcome }) => outcome === "none"),
  };
}

function listing(measured: Measurement): string {
  return Object.entries(mistakes(measured)).flatMap(([kind, trials]) => [
    `${kind}: ${trials.length}`,
    ...trials.map((trial) => `  ${JSON.stringify(trial)}`),
  ]).join("\n");
}
