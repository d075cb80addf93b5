import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { indexTar, TAR_END, tarHeader, tarPadding } from "../../../lib/ledger/evidence/tar.ts";
import { isPackName } from "../../../lib/ledger/evidence/names.ts";
import { bytes, type Files } from "./support.ts";
import { tarOf } from "./tar_support.ts";

const FILES: Files = new Map([
  ["manifest.json", bytes("{}")],
  ["entries.jsonl", bytes("x".repeat(1300))],
  ["hashes.bin", new Uint8Array()],
  ["keys/0123456789abcdef.pub", new Uint8Array(512)],
]);

async function index(archive: Uint8Array, mostFiles = 10, allows: (name: string) => boolean = isPackName) {
  const readAt = (at: number, length: number) => Promise.resolve(archive.subarray(at, at + length));
  const read = await indexTar(readAt, archive.length, { allows, mostFiles });
  return read.ok ? read.value : read.error;
}

Deno.test("indexTar() finds every file where it is", async () => {
  const archive = tarOf(FILES);
  const places = await index(archive);
  assertEquals(typeof places, "object");
  if (typeof places === "string") return;
  assertEquals(new Map(places.map(({ name, at, size }) => [name, archive.slice(at, at + size)])), FILES);
});

Deno.test("tarHeader() has no form for a name that is too long or a file of 8 GiB", () => {
  const file = { name: "a", size: 0, timeSeconds: 0 };
  assertEquals(tarHeader({ ...file, name: "a".repeat(100) })?.length, 512);
  assertEquals(tarHeader({ ...file, name: "a".repeat(101) }), undefined);
  assertEquals(tarHeader({ ...file, size: 8 ** 11 - 1 })?.length, 512);
  assertEquals(tarHeader({ ...file, size: 8 ** 11 }), undefined);
});

/** The archive with its first header changed, the checksum made to fit. */
function withHeader(change: (header: Uint8Array) => void): Uint8Array {
  const archive = tarOf(FILES);
  const header = archive.subarray(0, 512);
  change(header);
  header.set(bytes(" ".repeat(8)), 148);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.set(bytes(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return archive;
}

const put = (at: number, text: string) => (header: Uint8Array) => header.set(bytes(text), at);
const name = (text: string) => (header: Uint8Array) => header.fill(0, 0, 100).set(bytes(text));
const whole = tarOf(FILES);

const HOSTILE: readonly (readonly [string, Uint8Array, string])[] = [
  ["a name that climbs", withHeader(name("../../etc/passwd")), "a name that no file of a pack has"],
  ["an absolute name", withHeader(name("/etc/passwd")), "a name that no file of a pack has"],
  ["a name with a dot in front", withHeader(name("./manifest.json")), "a name that no file of a pack has"],
  ["a name with something behind its end", withHeader(put(50, "x")), "there is no plain file at byte 0"],
  ["no name", withHeader(name("")), "there is no plain file at byte 0"],
  ["a prefix before the name", withHeader(put(345, "..")), "there is no plain file at byte 0"],
  ["a symbolic link", withHeader(put(156, "2")), "there is no plain file at byte 0"],
  ["a hard link", withHeader(put(156, "1")), "there is no plain file at byte 0"],
  ["a folder", withHeader(put(156, "5")), "there is no plain file at byte 0"],
  ["an extended header", withHeader(put(156, "x")), "there is no plain file at byte 0"],
  ["a long name of GNU", withHeader(put(156, "L")), "there is no plain file at byte 0"],
  ["the magic of GNU", withHeader(put(257, "ustar  \0")), "there is no plain file at byte 0"],
  ["a link name", withHeader(put(157, "x")), "there is no plain file at byte 0"],
  [
    "a size in base 256",
    withHeader((header) => void (header[124] = 0x80)),
    "there is no plain file at byte 0",
  ],
  ["a negative size", withHeader(put(124, "-0000000001")), "there is no plain file at byte 0"],
  ["a size beyond the end", withHeader(put(124, "00000077777")), "the archive is cut off"],
  ["another mode", withHeader(put(100, "0004755")), "there is no plain file at byte 0"],
  ["a wrong checksum", whole.with(148, 0x37), "there is no plain file at byte 0"],
  ["a name twice", twice(), '"manifest.json" is there twice'],
  ["padding that is not empty", whole.with(600, 1), 'something stands behind "manifest.json"'],
  ["something behind the end", Uint8Array.from([...whole, 0]), "something stands behind its end"],
  ["an archive behind the end", Uint8Array.from([...whole, ...whole]), "something stands behind its end"],
  ["one empty block at the end", whole.subarray(0, whole.length - 512), "something stands behind its end"],
  ["no end", whole.subarray(0, whole.length - 1024), "the archive is cut off"],
  ["cut within a file", whole.subarray(0, 1600), "the archive is cut off"],
  ["nothing", new Uint8Array(), "the archive is cut off"],
  ["no archive", bytes("PK\x03\x04".repeat(200)), "there is no plain file at byte 0"],
];

function twice(): Uint8Array {
  const header = tarHeader({ name: "manifest.json", size: 2, timeSeconds: 0 }) ?? new Uint8Array();
  const file = [...header, ...bytes("{}"), ...tarPadding(2)];
  return Uint8Array.from([...file, ...file, ...TAR_END]);
}

for (const [title, archive, says] of HOSTILE) {
  Deno.test(`indexTar() refuses ${title}`, async () => {
    const answer = await index(archive);
    assertEquals([typeof answer, String(answer).includes(says)], ["string", true], String(answer));
  });
}

Deno.test("indexTar() stops at as many files as it is told", async () => {
  assertEquals(typeof await index(whole, 3), "string");
});

Deno.test("whatever byte of an archive is changed, it is refused or only a file's content changed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const archive = whole.with(at, (whole[at] ?? 0) ^ by);
      const places = await index(archive);
      if (typeof places === "string") return true;
      // A time may be another one: nothing rests on it, and its checksum would have to fit.
      return places.some((place) => at >= place.at && at < place.at + place.size);
    }),
    { numRuns: 300 },
  );
});
