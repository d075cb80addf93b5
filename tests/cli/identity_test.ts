import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../lib/cli/mod.ts";
import { CLAIMS, EDDSA, eddsa, HS256, hs256, PRIVATE_PEM, PUBLIC_PEM, SECRET } from "../identity/tokens.ts";

const FAR = { ...CLAIMS, exp: 32_503_680_000 };

/** What a command prints in a folder with these files, and these variables set. */
interface Place {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

async function inPlace(
  { files = {}, env = {} }: Place,
  test: (
    run: (...argv: string[]) => Promise<{ exit: number; out: string; err: string }>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-identity-" }));
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
    }
    await test(async (...argv) => {
      let out = "", err = "";
      const exit = await main(argv, {
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        terminal: { out: false, err: false },
        env: (name) => ({ HOME: folder, ...env })[name],
        cwd: () => folder,
      });
      assert(!`${out}${err}`.includes(SECRET), "the secret was shown");
      return { exit, out, err };
    }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CONFIGS: readonly (readonly [name: string, place: Place])[] = [
  ["a shared secret of a variable", {
    files: { "countersign.toml": 'version = 1\n[identity]\nsecret = "${AGENT_SECRET}"\n' },
    env: { AGENT_SECRET: SECRET, COUNTERSIGN_AGENT_TOKEN: hs256(HS256, FAR) },
  }],
  ["a shared secret of a file", {
    files: {
      "countersign.toml": 'version = 1\n[identity]\nsecret_file = "s"\n',
      s: `${SECRET}\n`,
    },
    env: { COUNTERSIGN_AGENT_TOKEN: hs256(HS256, FAR) },
  }],
  ["a public key", {
    files: {
      "countersign.toml": 'version = 1\n[identity]\npublic_keys = ["a.pub"]\n',
      "a.pub": PUBLIC_PEM,
    },
    env: { COUNTERSIGN_AGENT_TOKEN: eddsa(EDDSA, FAR) },
  }],
];
for (const [name, place] of CONFIGS) {
  Deno.test(`identity inspect: takes the token of the environment and, from the configuration, ${name}`, async () => {
    await inPlace(place, async (run) => {
      const { exit, out, err } = await run("identity", "inspect", "--json");
      const seen = JSON.parse(out);
      assertEquals([exit, err, seen.verified, seen.claims.sub], [0, "", true, "support-bot"]);
    });
  });
}

Deno.test("identity token: a shared secret signs from a variable and from a file, and nothing else is printed", async () => {
  await inPlace({ files: { s: SECRET }, env: { S: SECRET } }, async (run) => {
    for (const from of [["--secret-env", "S"], ["--secret-file", "s"]]) {
      const made = await run("identity", "token", "--scheme", "hmac", "--agent-id", "a", ...from);
      assertEquals([made.exit, made.err], [0, ""]);
      assert(/^[\w-]+\.[\w-]+\.[\w-]+\n$/.test(made.out));
    }
  });
});

Deno.test("identity token and inspect: what one makes the other finds good, with roles and time", async () => {
  await inPlace({ files: { "a.key": PRIVATE_PEM, "a.pub": PUBLIC_PEM } }, async (run, folder) => {
    const flags = ["--agent-id", "bot", "--role", "x", "--role", "y", "--key", "a.key", "--expires", "1h"];
    const made = await run("identity", "token", ...flags);
    await Deno.writeTextFile(`${folder}/token`, made.out);
    const { exit, out } = await run(
      "identity",
      "inspect",
      "--file",
      "token",
      "--public-key",
      "a.pub",
      "--json",
    );
    const { claims, left_ms: leftMs } = JSON.parse(out);
    assertEquals([exit, claims.sub, claims.roles, claims.aud], [0, "bot", ["x", "y"], "countersign"]);
    assertEquals(claims.exp - claims.iat, 3600);
    assert(leftMs > 3_500_000 && leftMs <= 3_600_000);
  });
});

Deno.test("identity inspect: a token of the other scheme is not good under a public key", async () => {
  await inPlace({ files: { t: hs256(HS256, FAR, PUBLIC_PEM), "a.pub": PUBLIC_PEM } }, async (run) => {
    const { exit, out } = await run("identity", "inspect", "--file", "t", "--public-key", "a.pub", "--json");
    assertEquals([exit, JSON.parse(out).reason], [1, "wrong-scheme"]);
  });
});

Deno.test("identity inspect: without any key nothing is good", async () => {
  await inPlace({ files: { t: eddsa(EDDSA, FAR) } }, async (run) => {
    const { exit, out, err } = await run("identity", "inspect", "--file", "t");
    assertEquals([exit, err], [1, "hint: name one with --public-key FILE\n"]);
    assertStringIncludes(out, "verifies  no: no key is named, and none is configured\n");
  });
});

const REFUSED: readonly (readonly [name: string, place: Place, argv: readonly string[], message: string])[] =
  [
    [
      "a short secret",
      { env: { S: "hunter2" } },
      ["--secret-env", "S"],
      "has 7 bytes, and must have at least 32",
    ],
    [
      "a public key for a secret",
      { files: { s: PUBLIC_PEM } },
      ["--secret-file", "s"],
      '"s" is a key in PEM and no shared secret',
    ],
    ["a public key to sign with", { files: { k: PUBLIC_PEM } }, ["--key", "k"], "not an Ed25519 private key"],
    ["both secrets", { env: { S: SECRET } }, ["--secret-env", "S", "--secret-file", "s"], "are both given"],
  ];
for (const [name, place, argv, message] of REFUSED) {
  Deno.test(`identity token: refuses ${name}`, async () => {
    await inPlace(place, async (run) => {
      const { exit, out, err } = await run("identity", "token", "--agent-id", "a", ...argv);
      assertEquals([exit, out], [2, ""]);
      assertStringIncludes(err, message);
      assert(!err.includes("hunter2"));
    });
  });
}

Deno.test("identity keygen: names the whole path where the configuration is in another folder", async () => {
  await inPlace({ files: { "countersign.toml": "version = 1\n" } }, async (run, folder) => {
    await Deno.mkdir(`${folder}/keys`);
    const { out } = await run("identity", "keygen", "--out", "keys/team");
    assertStringIncludes(out, 'public_keys = ["keys/team.pub"]');
    assertEquals([...Deno.readDirSync(`${folder}/keys`)].map(({ name }) => name).sort(), [
      "team.key",
      "team.pub",
    ]);
  });
  const env = { COUNTERSIGN_CONFIG: "/etc/countersign.toml" };
  await inPlace({ env }, async (run, folder) => {
    assertStringIncludes((await run("identity", "keygen")).out, `public_keys = ["${folder}/agents.pub"]`);
  });
});

const DOCTOR: readonly (readonly [name: string, place: Place, said: string])[] = [
  ["a key that is missing", {}, 'there is no file "'],
  ["a private key for a public one", { files: { "a.pub": PRIVATE_PEM } }, "it is a private key"],
];
for (const [name, { files }, said] of DOCTOR) {
  Deno.test(`doctor: finds ${name} before an agent does`, async () => {
    const config = 'version = 1\n[identity]\npublic_keys = ["a.pub"]\n';
    await inPlace({ files: { "countersign.toml": config, ...files } }, async (run) => {
      const { exit, out } = await run("doctor", "--json");
      const found = JSON.parse(out).checks.find(({ check }: { check: string }) => check === "identity");
      assertEquals([exit, found.status], [1, "fail"]);
      assertStringIncludes(found.detail, said);
    });
  });
}

Deno.test("identity inspect: reads a token from stdin", async () => {
  await inPlace({ files: { "a.pub": PUBLIC_PEM } }, async (_, folder) => {
    const program = new URL("../../main.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, "identity", "inspect", "--public-key", "a.pub", "--json"],
      cwd: folder,
      env: { COUNTERSIGN_AGENT_TOKEN: "" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(`${eddsa(EDDSA, FAR)}\n`));
    await input.close();
    const { code, stdout, stderr } = await child.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    assertEquals(JSON.parse(new TextDecoder().decode(stdout)).verified, true);
  });
});
