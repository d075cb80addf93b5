/** The store and the locks in memory, for tests: what two stores over the same rows see is what two processes see. */
import type {
  Cell,
  Check,
  Commit,
  CommitResult,
  LedgerStore,
  Row,
  RowKey,
  Scan,
  SessionLocks,
  Table,
} from "../ledger/mod.ts";

/** The rows of one ledger; several stores may be opened over them. */
export interface MemoryRows {
  readonly tables: Map<Table, Map<RowKey, Cell>>;
  commits: number;
}

/** No rows yet. */
export function memoryRows(): MemoryRows {
  return { tables: new Map(), commits: 0 };
}

/** A store over `rows`, with the behaviour of the one on disk. */
export function memoryStore(rows: MemoryRows): LedgerStore {
  return {
    read: (table, key) => Promise.resolve(rows.tables.get(table)?.get(key)),
    readTogether: (keys) => Promise.resolve(keys.map(([table, key]) => rows.tables.get(table)?.get(key))),
    scan: (table, scan = {}) => scanRows(rows, table, scan),
    commit: (commit) => Promise.resolve(commitRows(rows, commit)),
    close: () => {},
  };
}

async function* scanRows(
  rows: MemoryRows,
  table: Table,
  { from, until, newestFirst }: Scan,
): AsyncIterable<Row> {
  const wanted = [...rows.tables.get(table) ?? []]
    .filter(([key]) => (from === undefined || key >= from) && (until === undefined || key < until))
    .sort(([a], [b]) => a < b ? -1 : 1);
  if (newestFirst) wanted.reverse();
  for (const [key, cell] of wanted) yield { key, ...cell };
}

function commitRows(rows: MemoryRows, { checks, changes }: Commit): CommitResult {
  if (!checks.every((check) => holds(rows, check))) return { done: false, why: "conflict" };
  const version = String(++rows.commits).padStart(20, "0");
  for (const { table, key, value } of changes) {
    const cells = rows.tables.get(table) ?? new Map<RowKey, Cell>();
    rows.tables.set(table, cells);
    if (value === undefined) cells.delete(key);
    else cells.set(key, { value, version });
  }
  return { done: true, version };
}

function holds(rows: MemoryRows, { table, key, version }: Check): boolean {
  return rows.tables.get(table)?.get(key)?.version === version;
}

/** Locks over `taken`, which all locks of one test share. A process dies by taking its names out of it. */
export function memoryLocks(taken: Set<string>): SessionLocks {
  const take = (session: string) => {
    if (taken.has(session)) return Promise.resolve(false);
    taken.add(session);
    return Promise.resolve(true);
  };
  return {
    hold: take,
    claim: take,
    known: () => Promise.resolve([...taken]),
    release: (session) => {
      taken.delete(session);
      return Promise.resolve();
    },
  };
}
