/** The mirror: every entry once, in order, whoever wrote it and whoever died; and nothing ever waits for it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  answerCall,
  entryLine,
  type Ledger,
  ledgerReader,
  type MirrorFile,
  openLedger,
  pruneEntries,
  stubLine,
} from "../../lib/ledger/mod.ts";
import { memoryStore, mirrorFile } from "../../lib/store/mod.ts";
import {
  call,
  die,
  heldCall,
  locksIn,
  openIn,
  openRequest,
  outcome,
  PRINCIPAL,
  simple,
  type TestLedger,
  verifyIn,
  type World,
  world,
} from "./support.ts";

interface Place {
  readonly here: World;
  readonly folder: string;
  readonly path: string;
  readonly told: string[];
}

/** A ledger in memory whose mirror is a file. */
async function withPlace(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-mirror-" });
  try {
    await test({ here: world(), folder, path: `${folder}/ledger.jsonl`, told: [] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function openMirrored(place: Place, file?: MirrorFile): Promise<TestLedger> {
  const { here, folder, path, told } = place;
  const ledger: Ledger = await openLedger(openRequest(), {
    store: memoryStore(here.rows),
    keys: here.keys,
    locks: locksIn(here),
    clock: here.clock,
    mirror: { file: file ?? mirrorFile(folder, path), tell: (line) => void told.push(line) },
  });
  return simple(ledger);
}

async function session(place: Place, calls = 3): Promise<void> {
  const ledger = await openMirrored(place);
  await calling(ledger, calls);
  await ledger.close("done");
}

async function calling(ledger: TestLedger, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
}

/** What the mirror has to be: `audit --json`, oldest first. */
async function expected({ here }: Place, from = 0): Promise<string> {
  let text = "";
  for await (const { seq, stored, pruned } of ledgerReader(memoryStore(here.rows)).oldestFirst(from)) {
    if (stored !== undefined) text += entryLine(stored);
    else if (pruned !== undefined) text += stubLine(seq, pruned);
  }
  return text;
}

async function assertMirrored(place: Place): Promise<void> {
  assertEquals(await Deno.readTextFile(place.path), await expected(place));
  assertEquals(place.told, []);
}

Deno.test("the mirror has every entry of its sessions once, in order, and is for its owner alone", async () => {
  await withPlace(async (place) => {
    await session(place);
    await session(place, 700);
    await assertMirrored(place);
    assertEquals(((await Deno.stat(place.path)).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("a line is what the entry was hashed from, with hash, signature and key behind it", async () => {
  await withPlace(async (place) => {
    const ledger = await openMirrored(place);
    await ledger.write(call({ tool: "a\u001b[31m\u202eb" }));
    await ledger.close("done");
    const [, line = ""] = (await Deno.readTextFile(place.path)).split("\n");
    assertMatch(
      line,
      /^\{"agent":.*"tool":"a\\u001b\[31m\\u202eb".*"hash":"[0-9a-f]{64}","sig":"[0-9a-f]{128}","key":"[0-9a-f]{16}"\}$/,
    );
  });
});

Deno.test("what others wrote, with a mirror or without one, is there as well", async () => {
  await withPlace(async (place) => {
    const { here } = place;
    await (await openIn(here)).close("before there was a mirror");
    const ledger = await openMirrored(place);
    const { ref } = await ledger.write(heldCall());
    const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
    assert((await answerCall(deps, { call: ref.seq, decision: "deny" })).ok);
    const other = await openIn(here);
    await calling(other, 3);
    await calling(ledger, 1);
    await other.close("done");
    await ledger.close("done");
    await assertMirrored(place);
  });
});

Deno.test("four that write and mirror at once come out as one mirror", async () => {
  await withPlace(async (place) => {
    const one = async () => {
      const ledger = await openMirrored(place);
      await calling(ledger, 40);
      await ledger.close("done");
    };
    await Promise.all([one(), one(), one(), one()]);
    await session(place, 1);
    await assertMirrored(place);
    assertEquals((await verifyIn(place.here)).status, "intact");
  });
});

Deno.test("cut off anywhere, as a crash or a full disk leaves it, the mirror is made whole", async () => {
  await withPlace(async (place) => {
    await session(place, 1);
    const whole = await Deno.readTextFile(place.path);
    const bytes = new TextEncoder().encode(whole);
    for (let left = 0; left < bytes.length; left += left % 97 === 0 ? 1 : 13) {
      await Deno.writeFile(place.path, bytes.subarray(0, left));
      // What is empty may have been put aside by whoever rotates logs; without the note nobody knows of that.
      if (left === 0) await Deno.remove(`${place.folder}/mirror.note`);
      await session(place, 0);
      await assertMirrored(place);
    }
  });
});

Deno.test("a process that died before it mirrored leaves nothing out", async () => {
  await withPlace(async (place) => {
    const dead = await openIn(place.here);
    await calling(dead, 300);
    die(place.here, dead);
    await session(place);
    await assertMirrored(place);
  });
});

Deno.test("a mirror that is put aside while a session runs goes on in a new file, where the old one ends", async () => {
  await withPlace(async (place) => {
    const ledger = await openMirrored(place);
    await calling(ledger, 3);
    await settled(place);
    await Deno.rename(place.path, `${place.path}.1`);
    await calling(ledger, 3);
    await ledger.close("done");
    await Deno.rename(place.path, `${place.path}.2`);
    await session(place);
    const parts = await Promise.all([".1", ".2", ""].map((end) => Deno.readTextFile(place.path + end)));
    assertEquals(parts.join(""), await expected(place));
    assertEquals(parts.map((part) => part.length > 0), [true, true, true]);
  });
});

/** Once the mirror has caught up. */
async function settled(place: Place): Promise<void> {
  while (await textOf(place.path) !== await expected(place)) await new Promise((done) => setTimeout(done, 1));
}

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

Deno.test("a mirror that is begun late has stubs where entries were pruned", async () => {
  await withPlace(async (place) => {
    const { here } = place;
    await (await openIn(here)).close("done");
    here.clock.advanceMs(1000);
    const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
    await pruneEntries(deps, {
      beforeMs: here.clock.nowMicros() / 1000,
      dryRun: false,
      principal: PRINCIPAL,
    });
    await session(place);
    await assertMirrored(place);
    assertMatch(
      await Deno.readTextFile(place.path),
      /^\{"seq":0,"hash":"\w{64}","sig":"\w{128}","key":"\w{16}"\}\n/,
    );
  });
});

const FOREIGN: readonly { name: string; text: string }[] = [
  { name: "a text", text: "export PATH=/bin\n" },
  { name: "a text without an end", text: "export PATH=/bin" },
  { name: "JSON of another program", text: '{"seq":0,"level":"info"}\n' },
  { name: "an entry that was changed", text: `{"seq":0,"hash":"${"0".repeat(64)}"}\n` },
  { name: "an entry that there is not", text: '{"seq":1e9}\n' },
  { name: "bytes that are no text", text: "\ufffe\u0000\n" },
];

for (const { name, text } of FOREIGN) {
  Deno.test(`a file that ends with ${name} is left as it is, and that is said once`, async () => {
    await withPlace(async (place) => {
      await Deno.writeTextFile(place.path, text);
      await session(place);
      assertEquals(await Deno.readTextFile(place.path), text);
      assertEquals(place.told.length, 1);
      assertMatch(place.told[0] ?? "", /does not end with an entry of this ledger/);
      assertEquals((await verifyIn(place.here)).status, "intact");
    });
  });
}

const NO_FILES: readonly { name: string; make: (place: Place) => Promise<unknown>; says: RegExp }[] = [
  {
    name: "a symbolic link",
    make: async ({ folder, path }) => {
      await Deno.writeTextFile(`${folder}/target`, "");
      await Deno.symlink(`${folder}/target`, path);
    },
    says: /symbolic link/,
  },
  {
    name: "a link to nowhere",
    make: ({ folder, path }) => Deno.symlink(`${folder}/target`, path),
    says: /symbolic link/,
  },
  { name: "a folder", make: ({ path }) => Deno.mkdir(path), says: /no file/ },
  {
    name: "a pipe that nobody reads",
    make: ({ path }) => new Deno.Command("mkfifo", { args: [path] }).output(),
    says: /no file/,
  },
];

for (const { name, make, says } of NO_FILES) {
  Deno.test({
    name: `the mirror refuses ${name}, and calls go on`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withPlace(async (place) => {
        await make(place);
        await session(place);
        assertEquals(place.told.length, 1);
        assertMatch(place.told[0] ?? "", says);
        assertEquals(await textOf(`${place.folder}/target`), "");
        assertEquals((await verifyIn(place.here)).status, "intact");
      }),
  });
}

Deno.test("a folder that there is not is said once, and the mirror catches up when it is there", async () => {
  await withPlace(async (place) => {
    const late = { ...place, path: `${place.folder}/logs/ledger.jsonl` };
    const ledger = await openMirrored(late);
    await calling(ledger, 3);
    await until(() => place.told.length > 0);
    await calling(ledger, 3);
    await Deno.mkdir(`${place.folder}/logs`);
    place.here.clock.advanceMs(2000);
    await calling(ledger, 3);
    await ledger.close("done");
    assertEquals(place.told.length, 1);
    assertEquals(await Deno.readTextFile(late.path), await expected(late));
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 1));
}

/** The file, with something in front of each write. */
function hooked(file: MirrorFile, before: (bytes: Uint8Array) => Promise<void> | void): MirrorFile {
  return {
    take: async (known) => {
      const turn = await file.take(known);
      if (turn === undefined) return undefined;
      const append = async (bytes: Uint8Array, seq: number) => {
        await before(bytes);
        await turn.append(bytes, seq);
      };
      return { ...turn, append };
    },
    close: () => file.close(),
  };
}

Deno.test("calls are answered while the mirror hangs", async () => {
  await withPlace(async (place) => {
    const released = Promise.withResolvers<void>();
    let hanging = false;
    const file = hooked(mirrorFile(place.folder, place.path), () => {
      hanging = true;
      return released.promise;
    });
    const ledger = await openMirrored(place, file);
    await until(() => hanging);
    await calling(ledger, 600);
    released.resolve();
    await ledger.close("done");
    await assertMirrored(place);
  });
});

Deno.test("a disk that is full for some writes leaves no line out, none twice, and no call refused", async () => {
  await withPlace(async (place) => {
    let writes = 0;
    const path = place.path;
    const file = hooked(mirrorFile(place.folder, path), async (bytes) => {
      if (++writes % 3 !== 2) return;
      // As the system does it: a part is written, and then it says so.
      await Deno.writeFile(path, bytes.subarray(0, bytes.length >> 1), { append: true });
      throw new Error("No space left on device");
    });
    const ledger = await openMirrored(place, file);
    while (writes < 12) {
      place.here.clock.advanceMs(2000); // past the pause that follows a failure
      await calling(ledger, 1);
      await new Promise((done) => setTimeout(done, 1));
    }
    await ledger.close("done");
    await session(place, 0);
    assertEquals(place.told.length, 1);
    assertEquals(await Deno.readTextFile(path), await expected(place));
  });
});

Deno.test("a large ledger is written in small pieces", async () => {
  await withPlace(async (place) => {
    const before = await openIn(place.here);
    await Promise.all(Array.from({ length: 3000 }, () => before.write(call())));
    await before.close("done");
    const sizes: number[] = [];
    const file = hooked(mirrorFile(place.folder, place.path), (bytes) => void sizes.push(bytes.length));
    await (await openMirrored(place, file)).close("done");
    await assertMirrored(place);
    assert(sizes.length > 20 && sizes.every((size) => size < 200_000), String(sizes));
  });
});

Deno.test("another process that keeps the mirror to itself is waited for without end by nobody", async () => {
  await withPlace(async (place) => {
    const busy: MirrorFile = { take: () => Promise.resolve(undefined), close: () => {} };
    const ledger = await openMirrored(place, busy);
    await calling(ledger, 3);
    await ledger.close("done");
    assertEquals(place.told.length, 1);
  });
});
