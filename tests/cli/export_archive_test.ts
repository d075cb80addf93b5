/** `export --append-to`, to a folder and to a bucket with object lock. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Io, main } from "../../lib/cli/mod.ts";
import { signedHeaders } from "../../lib/cli/export/sigv4.ts";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { call, openRequest, outcome, simple } from "../ledger/support.ts";
import { ACCESS, fakeS3 } from "./fake_s3.ts";

/** As Amazon publishes them: "Authenticating Requests (AWS Signature Version 4)", examples of S3. */
const PUBLISHED: readonly (readonly [string, Parameters<typeof signedHeaders>[0], string])[] = [
  ["GET Object", {
    method: "GET",
    url: new URL("https://examplebucket.s3.amazonaws.com/test.txt"),
    headers: { range: "bytes=0-9" },
  }, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"],
  ["PUT Object", {
    method: "PUT",
    url: new URL("https://examplebucket.s3.amazonaws.com/test$file.text"),
    headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
    body: new TextEncoder().encode("Welcome to Amazon S3."),
  }, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"],
  ["GET Bucket Lifecycle", {
    method: "GET",
    url: new URL("https://examplebucket.s3.amazonaws.com/?lifecycle"),
    headers: {},
  }, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
  ["GET Bucket (List Objects)", {
    method: "GET",
    url: new URL("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"),
    headers: {},
  }, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
];

for (const [name, request, want] of PUBLISHED) {
  Deno.test(`signedHeaders() signs as published: ${name}`, async () => {
    const { authorization } = await signedHeaders(request, {
      credentials: {
        accessKeyId: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      },
      region: "us-east-1",
      nowMicros: Date.parse("2013-05-24T00:00:00Z") * 1000,
    });
    assertEquals(authorization?.split("Signature=")[1], want);
  });
}

interface Place {
  readonly outer: string;
  run(words: string): Promise<{ exit: number; stdout: readonly string[]; stderr: readonly string[] }>;
  session(): Promise<void>;
}

async function runIn(folder: string, words: string): ReturnType<Place["run"]> {
  let stdout = "", stderr = "";
  const env: Readonly<Record<string, string>> = { HOME: folder, ...ACCESS };
  const io: Io = {
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    terminal: { out: false, err: false },
    env: (name) => env[name],
    cwd: () => folder,
  };
  const exit = await main(words.split(" "), io);
  const lines = (text: string) => text === "" ? [] : text.trimEnd().split("\n");
  return { exit, stdout: lines(stdout), stderr: lines(stderr) };
}

async function withLedger(test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-archive-" }));
  const session = async () => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/ledger` })));
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
    await ledger.close("client-eof");
  };
  try {
    await session();
    await test({ outer, session, run: (words) => runIn(outer, words) });
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

Deno.test("export --append-to a folder: read-only segments, and more of them each time", () =>
  withLedger(async ({ run, outer, session }) => {
    assertEquals((await run("export --append-to worm --ledger ledger")).exit, 2);
    await Deno.mkdir(`${outer}/worm`);
    const first = await run("export --append-to worm --ledger ledger");
    assertEquals([first.exit, first.stdout], [0, ["appended 4 entries in 1 segment; the archive has 4"]]);
    const again = await run("export --append-to worm --ledger ledger");
    assertEquals(again.stdout, ["nothing new: the archive has all 4 entries"]);
    await session();
    const json = await run("export --append-to worm --json --ledger ledger");
    assertEquals(JSON.parse(json.stdout.join("")), { archive: "worm", segments: 1, entries: 4, total: 8 });
    const verified = await run("verify worm --public-key ledger/keys/signing.pub --json");
    const { status, entries } = JSON.parse(verified.stdout.join(""));
    assertEquals([verified.exit, status, entries], [0, "intact", 8]);
    assertEquals((await run("verify worm")).exit, 2);
    for await (const { name } of Deno.readDir(`${outer}/worm`)) {
      assertEquals(((await Deno.stat(`${outer}/worm/${name}`)).mode ?? 0) & 0o777, 0o400);
    }
    const path = `${outer}/worm/segment-000000000000-000000000003.jsonl`;
    await Deno.chmod(path, 0o600);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("read_file", "rEad_file"));
    assertEquals(
      (await run("verify worm --public-key ledger/keys/signing.pub")).stdout[0],
      "broken at entry 1",
    );
    const changed = await run("export --append-to worm --ledger ledger");
    assertEquals(changed.exit, 3);
    assertStringIncludes(changed.stderr[0], "is not what was written");
  }));

Deno.test("export --append-to a bucket: signed, locked, digested, never over what is there", () =>
  withLedger(async ({ run, session }) => {
    const s3 = fakeS3("evidence");
    const words =
      `export --append-to s3://evidence/a/b --endpoint ${s3.endpoint} --retain 365d --ledger ledger`;
    try {
      const first = await run(words);
      assertEquals([first.exit, first.stderr, s3.refused], [0, [], []]);
      await session();
      assertEquals((await run(words)).exit, 0);
      await session();
      assertEquals((await run(`${words} --mode GOVERNANCE --thorough`)).stdout, [
        "appended 4 entries in 1 segment; the archive has 12",
      ]);
      const names = [0, 4, 8].flatMap((from) =>
        [".json", ".jsonl"].map((end) =>
          `a/b/segment-${String(from).padStart(12, "0")}-${String(from + 3).padStart(12, "0")}${end}`
        )
      );
      assertEquals([...s3.objects.keys()].toSorted(), names);
      const modes = [...s3.locks.values()].map((lock) => lock.split(" ")[0]);
      assertEquals(modes.filter((mode) => mode === "GOVERNANCE").length, 2);
      const until = Date.parse([...s3.locks.values()][0]?.split(" ")[1] ?? "");
      assertEquals(Math.round((until - Date.now()) / 86_400_000), 365);
      assertEquals(s3.refused, []);
    } finally {
      await s3.close();
    }
  }));

Deno.test("export --append-to a bucket that fails now and then, or refuses", () =>
  withLedger(async ({ run }) => {
    const s3 = fakeS3("evidence");
    const words = `export --append-to s3://evidence --endpoint ${s3.endpoint} --retain 1d --ledger ledger`;
    try {
      s3.instead.push(new Response("slow down", { status: 503 }), new Response("", { status: 500 }));
      assertEquals((await run(words)).exit, 0);
      s3.instead.push(
        new Response("<Error><Code>AccessDenied</Code><Message>AKIDEXAMPLE</Message></Error>", {
          status: 403,
        }),
      );
      const refused = await run(words);
      assertEquals(refused.exit, 3);
      assertEquals(
        refused.stderr[0],
        "error: cannot list the archive: the endpoint answers 403 AccessDenied",
      );
      assertEquals(refused.stderr.join("").includes("AKIDEXAMPLE"), false);
      s3.instead.push(new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }));
      assertEquals((await run(words)).exit, 0); // not followed, and tried again
    } finally {
      await s3.close();
    }
  }));

const MISTAKES: readonly (readonly [string, string])[] = [
  ["--append-to s3://evidence --endpoint https://s3.example.com", "--retain is missing"],
  ["--append-to s3://evidence --retain 1h", "want 1d to"],
  ["--append-to s3://evidence --retain 1d --mode soft", "want COMPLIANCE or GOVERNANCE"],
  ["--append-to s3://evidence --retain 1d --endpoint http://s3.example.com", "--endpoint is no https URL"],
  ["--append-to s3://E --retain 1d", "names no bucket"],
  ["--append-to s3://evidence/../x --retain 1d", "names no bucket"],
  ["--append-to s3://evidence --retain 1d --region a/b", "is no region"],
  ["--append-to . --retain 1d", "--retain is for archives in a bucket"],
  ["--append-to . --tool x", "--tool and --append-to do not go together"],
  ["-o x.tar --retain 1d", "--retain goes with --append-to"],
];

for (const [words, says] of MISTAKES) {
  Deno.test(`export ${words}: a mistake, said before anything is done`, () =>
    withLedger(async ({ run }) => {
      const { exit, stderr } = await run(`export ${words} --ledger ledger`);
      assertEquals(exit, 2);
      assertStringIncludes(stderr[0], says);
    }));
}
