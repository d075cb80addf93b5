/** Who may use the network: those commands that need it, and nobody else. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ACCESS, fakeS3 } from "../cli/fake_s3.ts";
import { fixture, openBox } from "./harness.ts";

Deno.test("an archive in a bucket is written by the product itself", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  await client.closeInput();
  await client.exited();
  const bucket = fakeS3("evidence");
  try {
    const flags = ["--append-to", "s3://evidence/ledger", "--endpoint", bucket.endpoint, "--retain", "1d"];
    const made = await box.command(["export", "--ledger", "ledger", ...flags], ACCESS);
    assertEquals([made.code, bucket.refused], [0, []], made.stderr);
    assertEquals(bucket.objects.size > 0, true);
  } finally {
    await bucket.close();
  }
});

Deno.test("an endpoint that cannot be reached is told of, and none of the access", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  await client.closeInput();
  await client.exited();
  const flags = ["--append-to", "s3://evidence/ledger", "--endpoint", "http://127.0.0.1:1", "--retain", "1d"];
  const made = await box.command(["export", "--ledger", "ledger", ...flags], ACCESS);
  assertEquals(made.code, 3, made.stdout);
  assertStringIncludes(made.stderr, 'cannot reach the archive at "http://127.0.0.1:1"');
  assertEquals(made.stderr.includes(ACCESS.AWS_SECRET_ACCESS_KEY), false);
});
