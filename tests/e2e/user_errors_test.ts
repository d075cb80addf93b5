/** What goes wrong on a first try: each gives one clear line on what is wrong, and where there is one, what to do. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Box, fixture, openBox, product } from "./harness.ts";
import { runOnce } from "./harness.ts";

interface Mistake {
  readonly name: string;
  /** Spoils the box, and gives the arguments of the product. */
  readonly make: (box: Box) => readonly string[];
  readonly code: number;
  /** What the person must be able to read. */
  readonly says: readonly RegExp[];
}

function runWith(box: Box, command: readonly string[] = serverCommand()): string[] {
  return ["run", "--config", box.configPath, "--", ...command];
}

function serverCommand(): string[] {
  const { command, args } = fixture("echo_upstream.ts");
  return [command, ...args];
}

function withConfig(box: Box, text: string): string[] {
  Deno.writeTextFileSync(box.configPath, text);
  return runWith(box);
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "an unknown key in the configuration",
    make: (box) => withConfig(box, 'version = 1\n[agent]\nid = "me"\n[ledger]\npth = "x"\n'),
    code: 2,
    says: [/countersign\.toml:5:1: error: .*"pth"/, /path/],
  },
  {
    name: "a duplicate key in the configuration",
    make: (box) => withConfig(box, 'version = 1\nversion = 1\n[ledger]\npath = "x"\n'),
    code: 2,
    says: [/countersign\.toml:2:\d+: error: /],
  },
  {
    name: "two mistakes at once are told at once",
    make: (box) => withConfig(box, 'version = 1\n[agnt]\nid = "me"\n[limits]\nhold_timeout = "soon"\n'),
    code: 2,
    says: [/:2:\d+: error: .*agnt/, /:5:\d+: error: .*hold_timeout|:5:\d+: error: .*soon/],
  },
  {
    name: "a configuration that is not there",
    make: (box) => ["run", "--config", box.path("nowhere.toml"), "--", ...serverCommand()],
    code: 2,
    says: [/^error: cannot .*nowhere\.toml/m],
  },
  {
    name: "a policy that is not there",
    make: (box) => {
      box.writeConfig({ bundled: "standrd" });
      return runWith(box);
    },
    code: 2,
    says: [/standrd/, /standard/],
  },
  {
    name: "a mistake in the policy",
    make: (box) => {
      box.writeConfig({ policy: 'version = 1\n[[rules]]\nid = "r"\nefect = "deny"\ntools = ["x"]\n' });
      return runWith(box);
    },
    code: 2,
    says: [/policy\.toml:4:1: error: .*efect/, /effect/],
  },
  {
    name: "no command of a server",
    make: (box) => {
      box.writeConfig();
      return ["run", "--config", box.configPath];
    },
    code: 2,
    says: [/^error: cannot run: no command/m, /^hint: .*countersign run -- /m],
  },
  {
    name: "a command without the two dashes in front of it",
    make: (box) => {
      box.writeConfig();
      return ["run", "--config", box.configPath, "npx", "-y", "some-server"];
    },
    code: 2,
    says: [/^error: cannot run/m, /^hint: .*--/m],
  },
  {
    name: "a server that does not exist",
    make: (box) => {
      box.writeConfig();
      return runWith(box, ["no-such-server-anywhere", "--flag"]);
    },
    code: 2,
    says: [/^error: cannot start .*no-such-server-anywhere/m],
  },
  {
    name: "a server that does not exist, for clients over HTTP",
    make: (box) => {
      box.writeConfig();
      const flags = ["--listen", "127.0.0.1:0"];
      return ["run", "--config", box.configPath, ...flags, "--", "no-such-server-anywhere"];
    },
    code: 2,
    says: [/^error: cannot start .*no-such-server-anywhere/m, /^hint: check the spelling/m],
  },
  {
    name: "a ledger folder that everybody may read",
    make: (box) => {
      box.writeConfig();
      Deno.mkdirSync(box.ledgerPath);
      Deno.chmodSync(box.ledgerPath, 0o777);
      return runWith(box);
    },
    code: 2,
    says: [/^error: cannot .*0?777/m, /^hint: .*chmod 0?700 .*ledger/m],
  },
  {
    name: "a ledger folder that is a link to another",
    make: (box) => {
      box.writeConfig();
      Deno.mkdirSync(box.path("elsewhere"), { mode: 0o700 });
      Deno.symlinkSync(box.path("elsewhere"), box.ledgerPath);
      return runWith(box);
    },
    code: 2,
    says: [/^error: cannot .*symbolic link/m],
  },
  {
    name: "an unknown command",
    make: () => ["rnu"],
    code: 2,
    says: [/^error: .*rnu/m, /\brun\b/],
  },
  {
    name: "an unknown flag",
    make: (box) => {
      box.writeConfig();
      return ["run", "--confg", box.configPath, "--", ...serverCommand()];
    },
    code: 2,
    says: [/^error: .*--confg/m, /--config/],
  },
];

for (const { name, make, code, says } of MISTAKES) {
  Deno.test({
    name: `${name}: one clear line, exit code ${code}`,
    ignore: Deno.build.os === "windows" && /folder|link/.test(name),
    fn: async () => {
      await using box = await openBox();
      const done = await runOnce({ ...product(make(box)), env: box.env(), cwd: box.folder });
      assertEquals(done.code, code, done.stderr);
      for (const pattern of says) assertMatch(done.stderr, pattern);
      assertEquals(done.stdout, "", "stdout belongs to the protocol");
      assert(!/\bat (?:async )?\S+ \(|\.ts:\d+:\d+\)/.test(done.stderr), `a stack trace:\n${done.stderr}`);
      assertEquals(done.stderr.match(/^error: /gm)?.length ?? 0, 1, `one line that says it:\n${done.stderr}`);
      await box.noneLeft();
    },
  });
}

Deno.test("with no configuration at all `run` works, and says where key and ledger are", async () => {
  await using box = await openBox();
  const client = box.start({
    ...product(["run", "--", ...serverCommand()]),
    env: box.env(),
    cwd: box.folder,
  });
  await client.initialize();
  assertEquals((await client.call("echo", { n: 1 })).result.content[0].text, '{"n":1}');
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  assertMatch(client.stderr, new RegExp(`${box.path("data")}/countersign`));
  assertMatch(client.stderr, /policy standard/);
});

Deno.test("secrets of ours in the environment do not reach the server, what its configuration names does", async () => {
  await using box = await openBox();
  const env = {
    COUNTERSIGN_ANYTHING: "not-for-the-child",
    FOR_THE_SERVER: "yes",
  };
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { env }));
  await client.initialize();
  const names = (await client.call("env")).result.content[0].text.split(" ");
  assert(names.includes("FOR_THE_SERVER"));
  assertEquals(names.filter((name: string) => name.startsWith("COUNTERSIGN_")), []);
  await client.closeInput();
  await client.exited();
});
