import { type Clock, Fault, uuidv7 } from "../base/mod.ts";
import type { OpenRequest } from "../verdict/mod.ts";
import { Chain } from "./chain.ts";
import { makeDigester } from "./digest.ts";
import { Mirror, type MirrorPlace } from "./mirror.ts";
import { PinBook } from "./pin_book.ts";
import type { Head } from "./head.ts";
import type { Keys, LedgerStore, SessionLocks } from "./port.ts";
import { recordHash } from "./record.ts";
import { recoverDeadSessions } from "./recover.ts";
import { Session, type SessionStart } from "./session.ts";
import { type Ledger, Writer } from "./writer.ts";

/** What a ledger is made of; `openLedgerFolder` takes these from a folder, tests from memory. */
export interface LedgerDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly locks: SessionLocks;
  readonly clock: Clock;
  /** Absent where the ledger is not mirrored. */
  readonly mirror?: MirrorPlace;
}

/**
 * Opens a ledger for one session: checks that its head is ours, notes sessions that died, and begins a session with an
 * entry (or goes on with `request.resume`). Throws Fault `ledger` or `key`. `request.folder` is not looked at.
 */
export async function openLedger(request: OpenRequest, deps: LedgerDeps): Promise<Ledger> {
  const { store, keys, clock, locks } = deps;
  const digester = makeDigester(keys.blinding);
  const pins = request.pins === undefined ? undefined : new PinBook(request.pins, digester);
  const chain = new Chain({ store, keys, clock, origin: request.origin, onForget: () => pins?.forget() });
  await checkNewest(store, chain);
  const recovered = await recoverDeadSessions({ chain, store, locks }, request.resume);
  const begin = (id: string) => new Session(startOf(request, id), { store, locks, digester });
  const session = await resumed(request, { chain, locks, begin }) ??
    await opened(begin(uuidv7(clock.nowMicros() / 1000)), { chain, locks });
  const entries = chain.highest + 1;
  await pins?.loadAgain(store);
  return new Writer({
    ...deps,
    chain,
    digester,
    session,
    pins,
    full: request.record === "full",
    mirror: deps.mirror && new Mirror({ ...deps.mirror, store, clock }),
    opened: { session: session.id, key: keys.id, entries, recovered, ...pins && { pinned: pins.isKnown } },
  });
}

function startOf(request: OpenRequest, id: string): SessionStart {
  const { principal, server, policy, policyTexts, enforced } = request;
  return { id, principal, server, policy, enforced, ...policyTexts && { policyTexts } };
}

/**
 * The head names an entry: it must be there and be that one, or we would sign on top of a hole; and nothing may stand behind
 * it, or somebody put an older head in place, and we would write over what was signed. Head and entries are read one after
 * the other; somebody may write an entry in between, so a head that moved is looked at again.
 */
export async function checkNewest(store: LedgerStore, chain: Chain): Promise<void> {
  for (let head = await chain.head();;) {
    if (await fitsNewest(store, head)) return;
    const before = head;
    head = await chain.head();
    if (head?.hash === before?.hash) break;
  }
  throw new Fault("ledger", "Cannot append to the ledger: its head does not name its newest entry", {
    hint: "countersign verify",
  });
}

async function fitsNewest(store: LedgerStore, head: Head | undefined): Promise<boolean> {
  if (head === undefined) return await store.read("entry", 0) === undefined;
  const [newest, behind] = await store.readTogether([["entry", head.seq], ["entry", head.seq + 1]]);
  return newest !== undefined && behind === undefined && recordHash(newest.value) === head.hash;
}

interface Begin {
  readonly chain: Chain;
  readonly locks: SessionLocks;
}

async function resumed(
  { resume }: OpenRequest,
  { chain, locks, begin }: Begin & { readonly begin: (id: string) => Session },
): Promise<Session | undefined> {
  if (resume === undefined || !await locks.hold(resume)) return undefined;
  const session = begin(resume);
  if (await session.resume(chain)) return session;
  await locks.release(resume);
  return undefined;
}

async function opened(session: Session, { chain, locks }: Begin): Promise<Session> {
  if (!await locks.hold(session.id)) {
    throw new Fault("ledger", "Cannot begin a session: its lock file is in somebody else's hands", {
      hint: "countersign doctor",
    });
  }
  try {
    await session.open(chain);
  } catch (thrown) {
    await locks.release(session.id); // nobody would ever, while this process lives
    throw thrown;
  }
  return session;
}
