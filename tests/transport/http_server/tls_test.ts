/** TLS, and HTTP/2 with it: there the name that a client calls us by is no header. */
import { assertEquals } from "@std/assert";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import { BOTH, Events, House, notice, request } from "./_fake.ts";

/**
 * Made for this test with openssl: an authority whose key is nowhere, and its certificate for localhost and 127.0.0.1,
 * good for a hundred years and for nothing else.
 */
const AUTHORITY = `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUcHvruBKLERV8UGCfkRpJa4WAD48wCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwaY291bnRlcnNpZ24gdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIw
MTYzNjMwWhgPMjEyNjEwMjcxNjM2MzBaMCUxIzAhBgNVBAMMGmNvdW50ZXJzaWdu
IHRlc3QgYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEe4MzrEUs
YFAFCbKwpnC1q2GVfHdYROtbjxviXcrF+sbtTJKeWpgZJZlLaf51f5a72YWwyamD
ilTqGPaqszGDUaNTMFEwHQYDVR0OBBYEFLO8WSD6zZyiWcPMNfDtCMdnvedPMB8G
A1UdIwQYMBaAFLO8WSD6zZyiWcPMNfDtCMdnvedPMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAKLk9OJA2YKSGeTrGNgtK5oAZ5Zh3yS3FJD7eeNC
lSNpAiEAm1AAMhDEBNX1WuSK9nc5CBnDkKT6DFTtL2UM4b6IGSQ=
-----END CERTIFICATE-----
`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBpTCCAUygAwIBAgIUH/rMe4LceuDtBfqw0EpqOBJOiuIwCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwaY291bnRlcnNpZ24gdGVzdCBhdXRob3JpdHkwIBcNMjYxMTIw
MTYzNjMwWhgPMjEyNjEwMjcxNjM2MzBaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABGR9Czi4op54SdltFvjXR2sQ/ww4ZG2C
Ru1OLlnEZ9WeDHEp1GitDJXU3hNq3T0/L2IDj9LB54B5DEzsvk4o6SCjaTBnMAkG
A1UdEwQCMAAwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMB0GA1UdDgQWBBRk
95/JiunA07vkTv13S3486ycROTAfBgNVHSMEGDAWgBSzvFkg+s2colnDzDXw7QjH
Z73nTzAKBggqhkjOPQQDAgNHADBEAiACekUujqyUwNJ6RuNgdAp5s7les82wY8SZ
SOWW6KCEuAIgN37ElwUu1f7ly9W90wz15LlII+ZO4nmMxIZUTrvYdoc=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoIdKaeBVfxqu1ZsQ
aL9DwdGiwFbjy+aqCi8CyhSti1OhRANCAARkfQs4uKKeeEnZbRb410drEP8MOGRt
gkbtTi5ZxGfVngxxKdRorQyV1N4Tat09Py9iA4/SweeAeQxM7L5OKOkg
-----END PRIVATE KEY-----
`;

for (const http2 of [true, false]) {
  Deno.test(`with a certificate all is served over TLS (${http2 ? "HTTP/2" : "HTTP/1.1"})`, async () => {
    const house = new House({ tls: { cert: CERT, key: KEY } }), server = house.serve();
    using client = Deno.createHttpClient({ caCerts: [AUTHORITY], http2, http1: !http2 });
    const url = `https://localhost:${server.port}/mcp`;
    const headers = { "content-type": "application/json", "accept": BOTH };
    const body = JSON.stringify(request(1, "initialize", { protocolVersion: "2025-06-18" }));
    const opened = await fetch(url, { client, method: "POST", headers, body });
    assertEquals(opened.status, 200);
    await opened.body?.cancel();
    const session = { ...headers, "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    const stream = await fetch(url, { client, headers: session });
    house.session().lane.send(encodeFrame(notice("notifications/x")));
    const events = new Events(stream.body);
    assertEquals((await events.message()).method, "notifications/x");
    await events.cut();
    await server.close();
  });
}

Deno.test("over TLS our own origin is one with TLS", async () => {
  const front = new House({ tls: { cert: CERT, key: KEY } }).front();
  const status = async (origin: string) => {
    const headers = { origin, host: "localhost:8080", "content-type": "application/json", accept: BOTH };
    const body = JSON.stringify(request(1, "initialize", {}));
    const sent = new Request("https://localhost:8080/mcp", { method: "POST", headers, body });
    return (await front.handle(sent, "127.0.0.1")).status;
  };
  assertEquals([await status("https://localhost:8080"), await status("http://localhost:8080")], [200, 403]);
});

Deno.test("without a Host header, as in HTTP/2, the name in the address counts", async () => {
  const front = new House({ tls: { cert: CERT, key: KEY } }).front();
  const status = async (host: string) => {
    const headers = { "content-type": "application/json", accept: BOTH };
    const body = JSON.stringify(request(1, "initialize", {}));
    return (await front.handle(
      new Request(`https://${host}/mcp`, { method: "POST", headers, body }),
      "127.0.0.1",
    )).status;
  };
  assertEquals([await status("localhost:8080"), await status("evil.com"), await status("evil.com:8080")], [
    200,
    403,
    403,
  ]);
});
