/** The tables of a measurement, as Markdown. */
import { DRESSES } from "./dresses.ts";
import { DIRECTIONS, type Measurement, type SecretTrial, type Share, THREAT_MIN } from "./measure.ts";
import { rate, type Rates, shares } from "./rates.ts";

/** All tables, in the order in which they are read. */
export function tables(measured: Measurement, rates: Rates): string {
  return [
    section("Secrets by dress", dressTable(measured)),
    section("Secrets by family, caught in % (calls / results)", familyTable(measured)),
    section("Ordinary work with a finding", benignTable(rates)),
    section(
      `Threats: calls with a score of ${THREAT_MIN} or more`,
      shareTable("category", { hit: rates.threats }),
    ),
    section(
      "Injections in results",
      shareTable("family", {
        "withheld, annotated or cleaned": rates.injections,
        "withheld": rates.withheld,
      }),
    ),
  ].join("\n");
}

function section(title: string, table: string): string {
  return `### ${title}\n\n${table}\n`;
}

function dressTable({ secrets }: Measurement): string {
  const rows = DRESSES.map(({ name }) => {
    const worn = secrets.filter(({ dress }) => dress === name);
    const [out, back] = DIRECTIONS.map((direction) => worn.filter((trial) => trial.direction === direction));
    return [
      name,
      String(out?.length ?? 0),
      ...[out, back].flatMap((trials) => [caught(trials), named(trials)]),
    ];
  });
  const head = [
    "dress",
    "samples",
    "calls: stopped",
    "with its id",
    "results: masked or withheld",
    "with its id",
  ];
  return table(head, [...rows, totalRow(secrets)]);
}

function totalRow(secrets: readonly SecretTrial[]): readonly string[] {
  const [out, back] = DIRECTIONS.map((direction) => secrets.filter((trial) => trial.direction === direction));
  return [
    "**all**",
    String(out?.length ?? 0),
    ...[out, back].flatMap((trials) => [caught(trials), named(trials)]),
  ];
}

function caught(trials: readonly SecretTrial[] = []): string {
  return percent({ hit: trials.filter(({ caught }) => caught).length, of: trials.length });
}

function named(trials: readonly SecretTrial[] = []): string {
  return percent({ hit: trials.filter(({ named }) => named).length, of: trials.length });
}

/** One column for each dress would be too wide: encodings, characters and cuts stand together. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "plain": ["plain"],
  "JSON value": ["JSON value"],
  "key and value": ["key and value"],
  "nested JSON": ["nested JSON"],
  "encoded once": ["base64", "base64url", "hex", "percent", "percent, all", "HTML entities", "\\u escapes"],
  "other characters": ["zero-width", "full-width", "look-alikes"],
  "both": ["zero-width in base64", "zero-width in percent", "zero-width in entities"],
  "cut in two": ["two blocks", "two elements", "two fields"],
  "two, three layers": ["two layers", "three layers"],
};

function familyTable({ secrets }: Measurement): string {
  const families = [...Map.groupBy(secrets, ({ family }) => family)].toSorted(([a], [b]) => a < b ? -1 : 1);
  const rows = families.map(([family, trials]) => {
    const samples = trials.filter(({ dress, direction }) => dress === "plain" && direction === "to-client");
    return [family, String(samples.length), ...Object.values(GROUPS).map((group) => cell(trials, group))];
  });
  return table(["family", "samples", ...Object.keys(GROUPS)], rows);
}

function cell(trials: readonly SecretTrial[], group: readonly string[]): string {
  const worn = trials.filter(({ dress }) => group.includes(dress));
  if (worn.length === 0) return "";
  const [out, back] = DIRECTIONS.map((direction) => {
    const there = worn.filter((trial) => trial.direction === direction);
    return bare({ hit: there.filter(({ caught }) => caught).length, of: there.length });
  });
  return out === back ? `${out}` : `${out} / ${back}`;
}

function benignTable({ benign }: Rates): string {
  const names = Object.keys(benign).map((name) => [name, ...name.split(" / ")] as const);
  const rows = names.map(([name, what = "", direction = ""]) => [what, direction, ...counts(benign[name])]);
  return table(["what", "direction", "files", "of", "rate"], rows);
}

function counts(share: Share | undefined): readonly string[] {
  return share === undefined ? ["", "", ""] : [String(share.hit), String(share.of), percent(share)];
}

function shareTable(
  name: string,
  columns: Readonly<Record<string, Readonly<Record<string, Share>>>>,
): string {
  const groups = Object.keys(Object.values(columns)[0] ?? {});
  const rows = groups.map((
    group,
  ) => [group, ...cellsOf(Object.values(columns).map((column) => column[group]))]);
  const sums = Object.values(columns).map((column) => sum(Object.values(column)));
  return table([name, "samples", ...Object.keys(columns)], [...rows, ["**all**", ...cellsOf(sums)]]);
}

function cellsOf(cells: readonly (Share | undefined)[]): readonly string[] {
  return [String(cells[0]?.of ?? 0), ...cells.map((share) => share === undefined ? "" : percent(share))];
}

function sum(all: readonly Share[]): Share {
  return all.reduce((a, b) => ({ hit: a.hit + b.hit, of: a.of + b.of }), { hit: 0, of: 0 });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Never rounded up to 100 or down to 0. */
function bare(share: Share): string {
  const value = rate(share) * 100;
  if (value === 100 || value === 0) return String(value);
  return Math.min(99.9, Math.max(0.1, value)).toFixed(value > 10 && value < 99 ? 0 : 1);
}

function percent(share: Share): string {
  return share.of === 0 ? "" : `${bare(share)} %`;
}

/** How many trials of each kind there were, for the line above the tables. */
export function summary(measured: Measurement): string {
  const plain = shares(measured.secrets, ({ id }) => id, () => true);
  return [
    `${measured.secrets.length} trials of secrets (${
      Object.keys(plain).length
    } ids, ${DRESSES.length} dresses)`,
    `${
      measured.benign.length / DIRECTIONS.length
    } ordinary files and ${measured.calls.length} ordinary calls`,
    `${measured.threats.length} calls that mean harm, ${measured.injections.length} injections`,
  ].join("; ");
}
