import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import {
  createTokenKeyFiles,
  keyIdOf,
  loadTokenKeys,
  makeAgentToken,
  secretFromText,
  type TokenSource,
  verifyAgentToken,
  verifyWith,
} from "../../lib/identity/mod.ts";
import { CLAIMS, EDDSA, eddsa, NOW_MS, PRIVATE_PEM, PUBLIC_BYTES, PUBLIC_PEM } from "./tokens.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-tokens-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("createTokenKeyFiles(): what the private file signs, the public one verifies", async () => {
  await inFolder(async (folder) => {
    const made = await createTokenKeyFiles(`${folder}/a`, { replace: false });
    assertEquals([made.privatePath, made.publicPath], [`${folder}/a.key`, `${folder}/a.pub`]);
    const keys = await loadTokenKeys({ scheme: "ed25519", publicKeys: [made.publicPath] });
    const privateKey = await Deno.readTextFile(made.privatePath);
    const what = { agentId: "x", roles: [], issuedMs: NOW_MS, expiresMs: NOW_MS + 1000 };
    const token = await makeAgentToken(what, { scheme: "ed25519", privateKey });
    assert((await verifyAgentToken(token, keys, { nowMs: NOW_MS })).ok);
    const [publicKey = new Uint8Array()] = keys.scheme === "ed25519" ? keys.publicKeys : [];
    assertEquals(keyIdOf(publicKey), made.id);
  });
});

Deno.test({
  name: "createTokenKeyFiles(): only its owner can open the private file, also where it replaces a loose one",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      const mode = async (name: string) => ((await Deno.stat(`${folder}/${name}`)).mode ?? 0) & 0o777;
      await createTokenKeyFiles(`${folder}/a`, { replace: false });
      assertEquals(await mode("a.key"), 0o600);
      await Deno.writeTextFile(`${folder}/b.key`, "old", { mode: 0o644 });
      await createTokenKeyFiles(`${folder}/b`, { replace: true });
      assertEquals([await mode("b.key"), await mode("b.pub") & 0o022], [0o600, 0]);
    });
  },
});

for (const there of ["a.key", "a.pub"]) {
  Deno.test(`createTokenKeyFiles(): leaves everything as it is where there is an ${there}`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/${there}`, "mine");
      const make = () => createTokenKeyFiles(`${folder}/a`, { replace: false });
      const fault = await assertRejects(make, Fault, `there is a file "${folder}/${there}"`);
      assertEquals(fault.code, "usage");
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), [there]);
      assertEquals(await Deno.readTextFile(`${folder}/${there}`), "mine");
    });
  });
}

Deno.test({
  name: "createTokenKeyFiles(): does not write through a link",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/theirs`, "theirs");
      await Deno.symlink(`${folder}/theirs`, `${folder}/a.key`);
      await assertRejects(() => createTokenKeyFiles(`${folder}/a`, { replace: false }), Fault);
      await createTokenKeyFiles(`${folder}/a`, { replace: true });
      assertEquals(await Deno.readTextFile(`${folder}/theirs`), "theirs");
    });
  },
});

const SECRETS: readonly (readonly [text: string, answer: number | string])[] = [
  ["x".repeat(32), 32],
  [`${"x".repeat(32)}\n`, 32],
  [`${"x".repeat(32)}\r\n`, 32],
  [`${"x".repeat(32)} `, 33],
  ["é".repeat(16), 32],
  ["", "has 0 bytes, and must have at least 32"],
  [`${"x".repeat(31)}\n`, "has 31 bytes, and must have at least 32"],
  [PUBLIC_PEM, "is a key in PEM and no shared secret"],
];
for (const [text, answer] of SECRETS) {
  Deno.test(`secretFromText(): ${JSON.stringify(text.slice(0, 40))} of ${text.length} characters`, () => {
    const secret = secretFromText(text);
    assertEquals(secret.ok ? secret.value.length : secret.error, answer);
  });
}

const MARK = "hunter2hunter2";
const BAD_FILES: Readonly<Record<string, readonly [text: string | undefined, message: string]>> = {
  "is missing": [undefined, "there is no file"],
  "is a private key": [PRIVATE_PEM, "it is a private key"],
  "is something else": [MARK, "it is not an Ed25519 public key"],
  "is empty": ["", "it is not an Ed25519 public key"],
};
for (const [name, [text, message]] of Object.entries(BAD_FILES)) {
  Deno.test(`loadTokenKeys(): a public key file that ${name} is told by its path`, async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/agents.pub`;
      if (text !== undefined) await Deno.writeTextFile(path, text);
      const source: TokenSource = { scheme: "ed25519", publicKeys: [path] };
      const fault = await assertRejects(() => loadTokenKeys(source), Fault, message);
      assert(fault.message.includes(path) && fault.hint !== undefined && !fault.message.includes(MARK));
      const agent = await verifyWith(source, eddsa(EDDSA, CLAIMS), NOW_MS);
      assertEquals(!agent.ok && agent.error.reason, "unusable-key");
    });
  });
}

Deno.test("loadTokenKeys(): a secret from a file and one from a variable are the same bytes", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/secret`, value = "y".repeat(40);
    await Deno.writeTextFile(path, `${value}\n`);
    const file = await loadTokenKeys({ scheme: "hmac", secret: { kind: "file", path } });
    const secret = { kind: "env", variable: "S", value } as const;
    assertEquals(file, await loadTokenKeys({ scheme: "hmac", secret }));
  });
});

Deno.test("loadTokenKeys(): a short secret is told by the name of its variable", async () => {
  const secret = { kind: "env", variable: "AGENT_SECRET", value: MARK } as const;
  const fault = await assertRejects(() => loadTokenKeys({ scheme: "hmac", secret }), Fault, "AGENT_SECRET");
  assert(!`${fault.message} ${fault.hint}`.includes(MARK));
});

Deno.test("loadTokenKeys(): PEM and hex are the same key", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, PUBLIC_PEM);
    await Deno.writeTextFile(`${folder}/b`, PUBLIC_BYTES.toHex());
    const keys = await loadTokenKeys({ scheme: "ed25519", publicKeys: [`${folder}/a`, `${folder}/b`] });
    assertEquals(keys, { scheme: "ed25519", publicKeys: [PUBLIC_BYTES, PUBLIC_BYTES] });
  });
});

Deno.test("verifyWith(): a token without any key to verify it is not taken", async () => {
  const agent = await verifyWith(undefined, eddsa(EDDSA, CLAIMS), NOW_MS);
  assertEquals(!agent.ok && agent.error.reason, "no-keys");
});

Deno.test("createTokenKeyFiles(): of many at once each ends with a fault, or with a pair that belongs together", async () => {
  await inFolder(async (folder) => {
    for (let round = 0; round < 20; round++) {
      const make = () => createTokenKeyFiles(`${folder}/a`, { replace: true });
      const ends = await Promise.allSettled([make(), make(), make(), make()]);
      assert(ends.some(({ status }) => status === "fulfilled"));
      for (const end of ends) {
        if (end.status === "rejected") assertEquals(end.reason instanceof Fault && end.reason.code, "usage");
      }
      const keys = await loadTokenKeys({ scheme: "ed25519", publicKeys: [`${folder}/a.pub`] });
      const privateKey = await Deno.readTextFile(`${folder}/a.key`);
      const what = { agentId: "x", roles: [], issuedMs: NOW_MS, expiresMs: NOW_MS + 1000 };
      const token = await makeAgentToken(what, { scheme: "ed25519", privateKey });
      assert((await verifyAgentToken(token, keys, { nowMs: NOW_MS })).ok);
    }
  });
});
