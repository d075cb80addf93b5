/** Files that are watched, on a real file system. */
import { assertEquals } from "@std/assert";
import { changeTest, FileWatch } from "../../lib/cli/run/watch.ts";

/** A folder with a file in it, and a watch on the file that counts what it tells of. */
async function watched(run: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  let told = Promise.withResolvers<void>();
  const log: string[] = [];
  const watch = new FileWatch({ onChange: () => told.resolve(), log: (line) => void log.push(line) });
  const next = () => (told = Promise.withResolvers<void>()).promise;
  try {
    await Deno.writeTextFile(`${folder}/policy.toml`, "1");
    await run({ folder, watch, next, log });
  } finally {
    watch.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Stage {
  readonly folder: string;
  readonly watch: FileWatch;
  /** Resolves at the next change that is told of. */
  readonly next: () => Promise<void>;
  readonly log: readonly string[];
}

const WAYS: readonly { name: string; change: (folder: string) => Promise<void> }[] = [
  { name: "written in place", change: (folder) => Deno.writeTextFile(`${folder}/policy.toml`, "2") },
  {
    name: "replaced by another",
    change: async (folder) => {
      await Deno.writeTextFile(`${folder}/.policy.swp`, "2");
      await Deno.rename(`${folder}/.policy.swp`, `${folder}/policy.toml`);
    },
  },
  {
    name: "taken away and made anew",
    change: async (folder) => {
      await Deno.remove(`${folder}/policy.toml`);
      await Deno.writeTextFile(`${folder}/policy.toml`, "2");
    },
  },
];

for (const { name, change } of WAYS) {
  Deno.test(`a watched file that is ${name} is told of, again and again`, () =>
    watched(async ({ folder, watch, next }) => {
      watch.watch([`${folder}/policy.toml`]);
      for (let n = 0; n < 2; n++) {
        const told = next();
        await change(folder);
        await told;
      }
    }));
}

const FOLDER_WAYS: readonly { name: string; change: (folder: string) => Promise<void> }[] = [
  {
    name: "replaced by another",
    change: async (folder) => {
      await Deno.rename(`${folder}/rules`, `${folder}/${crypto.randomUUID()}`);
      await Deno.rename(`${folder}/next`, `${folder}/rules`);
    },
  },
  {
    name: "taken away and made anew",
    change: async (folder) => {
      await Deno.remove(`${folder}/rules`, { recursive: true });
      await Deno.rename(`${folder}/next`, `${folder}/rules`);
    },
  },
];

for (const { name, change } of FOLDER_WAYS) {
  Deno.test(`files in a folder that is ${name} are watched on`, () =>
    watched(async ({ folder, watch, next }) => {
      const make = async (name: string) => {
        await Deno.mkdir(`${folder}/${name}`);
        await Deno.writeTextFile(`${folder}/${name}/p.toml`, "1");
      };
      await make("rules");
      watch.watch([`${folder}/rules/p.toml`]);
      await make("next");
      const exchanged = next();
      await change(folder);
      await exchanged;
      const written = next();
      await Deno.writeTextFile(`${folder}/rules/p.toml`, "23");
      await written;
    }));
}

Deno.test({
  name: "a link whose target is exchanged somewhere beside it is told of, as mounted configurations do it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    watched(async ({ folder, watch, next }) => {
      for (const version of ["v1", "v2"]) {
        await Deno.mkdir(`${folder}/${version}`);
        await Deno.writeTextFile(`${folder}/${version}/p.toml`, version);
      }
      await Deno.symlink("v1", `${folder}/data`);
      await Deno.symlink("data/p.toml", `${folder}/p.toml`);
      watch.watch([`${folder}/p.toml`]);
      const told = next();
      await Deno.symlink("v2", `${folder}/data.new`);
      await Deno.rename(`${folder}/data.new`, `${folder}/data`);
      await told;
      assertEquals(await Deno.readTextFile(`${folder}/p.toml`), "v2");
    }),
});

Deno.test("a change beside the files is none of theirs, whatever spelling the system tells it in", () => {
  const isChange = changeTest(["/etc/agents/policy.toml", "/etc/agents/countersign.toml"]);
  const rows: readonly (readonly [path: string, about: boolean])[] = [
    ["/etc/agents/policy.toml", true],
    ["/private/etc/agents/policy.toml", true],
    ["C:\\agents\\policy.toml", true],
    ["/etc/agents/.policy.toml.swp", false],
    ["/etc/agents/other.toml", false],
    ["/etc/agents", false],
  ];
  assertEquals(rows.map(([path]) => [path, isChange(path)]), rows.map((row) => [...row]));
});

Deno.test("a folder that cannot be watched is said, and nothing else happens", () =>
  watched(({ folder, watch, log }) => {
    watch.watch([`${folder}/nowhere/policy.toml`]);
    assertEquals(log.length, 1);
    return Promise.resolve();
  }));
