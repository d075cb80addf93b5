/** Another policy while sessions come and go: each has an entry of it before anything is judged by it. */
import { assertEquals } from "@std/assert";
import type { LedgerSession } from "../../lib/cli/run/ledger_worker.ts";
import { PolicySessions } from "../../lib/cli/run/policy_sessions.ts";
import type { Workers } from "../../lib/cli/run/workers.ts";

const AGENT = { id: "a", verified: false, roles: [] };
const NEXT = { type: "policy", digest: "new", name: "p", texts: [] } as const;

/** Sessions are numbered; what is written in them is in `told`, in order. */
class Stage {
  readonly told: string[] = [];
  readonly sessions: PolicySessions;
  /** Awaited by every session that begins. */
  beginning: Promise<void> = Promise.resolve();
  /** Awaited by every entry. */
  writing: Promise<void> = Promise.resolve();
  /** Numbers of sessions whose entries fail. */
  readonly failing = new Set<number>();
  #count = 0;

  constructor() {
    const workers = {
      policy: { inForce: { digest: "old", name: "p" } },
      open: async (_: unknown, { policy }: { policy: string }) => {
        const n = ++this.#count;
        await this.beginning;
        this.told.push(`${n} begins ${policy}`);
        return this.#session(n);
      },
    };
    this.sessions = new PolicySessions(workers as unknown as Workers, []);
  }

  #session(n: number): LedgerSession {
    const write = async ({ digest }: { digest: string }) => {
      await this.writing;
      if (this.failing.has(n)) throw new Error("the ledger is gone");
      this.told.push(`${n} ${digest}`);
      return { ref: { seq: n, hash: "" } };
    };
    const session = { ledger: { write }, close: () => Promise.resolve(), policyChanged: () => {} };
    return session as unknown as LedgerSession;
  }
}

Deno.test("every session is told, once, and those that begin later begin with it", async () => {
  const stage = new Stage();
  for (let i = 0; i < 2; i++) await stage.sessions.open(AGENT);
  assertEquals((await stage.sessions.ledger.write(NEXT))?.ref.seq, 2);
  await stage.sessions.open(AGENT);
  assertEquals(stage.told, ["1 begins old", "2 begins old", "1 new", "2 new", "3 begins new"]);
});

Deno.test("without a session there is no entry, and the next one begins with it", async () => {
  const stage = new Stage();
  assertEquals(await stage.sessions.ledger.write(NEXT), undefined);
  await stage.sessions.open(AGENT);
  assertEquals(stage.told, ["1 begins new"]);
});

Deno.test("a session that began under the old policy while the others were told is told as well", async () => {
  const stage = new Stage();
  await stage.sessions.open(AGENT);
  const held = Promise.withResolvers<void>();
  stage.writing = held.promise;
  const telling = stage.sessions.ledger.write(NEXT);
  await stage.sessions.open(AGENT);
  held.resolve();
  await telling;
  assertEquals(stage.told, ["1 begins old", "2 begins old", "1 new", "2 new"]);
});

Deno.test("a session that is ready only after all others were told is told before it is handed out", async () => {
  const stage = new Stage();
  const held = Promise.withResolvers<void>();
  stage.beginning = held.promise;
  const opening = stage.sessions.open(AGENT);
  await stage.sessions.ledger.write(NEXT);
  held.resolve();
  await opening;
  assertEquals(stage.told, ["1 begins old", "1 new"]);
});

Deno.test("a session that has ended stops no policy; one that cannot be told does", async () => {
  const stage = new Stage();
  const session = await stage.sessions.open(AGENT);
  await stage.sessions.open(AGENT);
  stage.failing.add(1);
  const kept = await stage.sessions.ledger.write(NEXT).catch(({ message }) => message);
  assertEquals(kept, "the ledger is gone");
  assertEquals(stage.told.slice(2), ["2 new", "2 old"], "what was told in vain is taken back");
  const held = Promise.withResolvers<void>();
  stage.writing = held.promise;
  const telling = stage.sessions.ledger.write(NEXT);
  await session.close("deleted");
  held.resolve();
  assertEquals((await telling)?.ref.seq, 2);
});
