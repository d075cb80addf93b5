import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { folderOf, insideAny, type PathSettings } from "../../lib/policy/file_path.ts";
import type { Match } from "../../lib/verdict/mod.ts";
import { RUNS } from "./_policy.ts";

const POSIX: PathSettings = { workingFolder: "/srv/app", home: "/home/u" };
const WINDOWS: PathSettings = { workingFolder: "C:\\work\\app", home: "C:\\Users\\u" };

function inside(path: string, folder: string, settings: PathSettings, fold = false): Match {
  const absolute = folderOf(folder, settings);
  if (absolute === undefined) throw new Error(`${folder} cannot be made absolute`);
  return insideAny(path, [absolute], { settings, fold });
}

type Row = readonly [path: string, folder: string, match: Match];

const POSIX_ROWS: readonly Row[] = [
  ["/srv/app", "/srv/app", "yes"],
  ["/srv/app/", "/srv/app", "yes"],
  ["/srv/app/x/y", "/srv/app", "yes"],
  ["/srv/app-evil", "/srv/app", "no"],
  ["/srv/app-evil/x", "/srv/app/", "no"],
  ["/srv", "/srv/app", "no"],
  ["/srv/app/../secret", "/srv/app", "no"],
  ["/srv/app/x/../../app/y", "/srv/app", "yes"],
  ["/srv/./app/./x", "/srv/app", "yes"],
  ["//srv//app//x", "/srv/app", "yes"],
  ["/../../srv/app", "/srv/app", "yes"],
  ["x/y", "/srv/app", "yes"],
  ["./x", "/srv/app", "yes"],
  ["../app/x", "/srv/app", "yes"],
  ["../other", "/srv/app", "no"],
  [".", "/srv/app", "yes"],
  ["~/work/x", "~/work", "yes"],
  ["~/work/../.ssh/id", "~/work", "no"],
  ["/home/u/work", "~/work", "yes"],
  ["~", "/home/u", "yes"],
  ["~root/x", "/home", "unevaluable"],
  ["~root", "/home", "unevaluable"],
  ["~$lock.docx", "/srv/app", "yes"],
  ["file:///srv/app/x", "/srv/app", "yes"],
  ["FILE:///srv/app/x", "/srv/app", "yes"],
  ["file:/srv/app/x", "/srv/app", "yes"],
  ["file://localhost/srv/app/x", "/srv/app", "yes"],
  ["file://evil/srv/app/x", "/srv/app", "unevaluable"],
  ["file:///srv/app/../x", "/srv/app", "no"],
  ["file:///srv/app/%2e%2e/x", "/srv/app", "unevaluable"],
  ["file:relative", "/srv/app", "unevaluable"],
  ["https://example.com/x", "/srv/app", "unevaluable"],
  // What a lenient reader would take for another place cannot be told to be inside.
  ["/srv/app/%2e%2e/x", "/srv/app", "unevaluable"],
  ["/srv/app/%2E%2E/x", "/srv/app", "unevaluable"],
  ["/srv/app/%252e%252e/x", "/srv/app", "unevaluable"],
  ["/srv/app/..%2f..%2fetc", "/srv/app", "unevaluable"],
  ["/srv/app/%c0%ae%c0%ae/x", "/srv/app", "unevaluable"],
  ["/srv/app/x%00/y", "/srv/app", "unevaluable"],
  ["/srv/app/..\\..\\etc", "/srv/app", "unevaluable"],
  ["..\\..\\etc\\passwd", "/srv/app", "unevaluable"],
  ['"/etc/passwd"', "/srv/app", "unevaluable"],
  [" /etc/passwd", "/srv/app", "unevaluable"],
  [" file:///etc/passwd", "/srv/app", "unevaluable"],
  ["/srv/app/\u2025/x", "/srv/app", "unevaluable"],
  ["/srv/app/\uff0e\uff0e/x", "/srv/app", "unevaluable"],
  ["", "/srv/app", "unevaluable"],
  ["/srv/app/..\u2215..\u2215etc", "/srv/app", "unevaluable"],
  ["/srv/app/..\u2044..\u2044etc", "/srv/app", "unevaluable"],
  ["/srv/app/..\uff0f..\uff0fetc", "/srv/app", "unevaluable"],
  ["/srv/app/..\uff3c..\uff3cetc", "/srv/app", "unevaluable"],
  ["\uff5e/x", "/srv/app", "unevaluable"],
  ["/srv/app/\uff052e\uff052e/x", "/srv/app", "unevaluable"],
  ["/srv/app/.. /x", "/srv/app", "unevaluable"],
  ["/srv/app/.../x", "/srv/app", "unevaluable"],
  ["/srv/app/x\u202e/y", "/srv/app", "unevaluable"],
  ["/srv/app/x\u0000/y", "/srv/app", "unevaluable"],
  // What a shell or a program would put something else in for.
  ["$HOME/x", "/srv/app", "unevaluable"],
  ["/srv/app/$HOME/x", "/srv/app", "unevaluable"],
  ["/srv/app/..$X/..$X/etc", "/srv/app", "unevaluable"],
  ["${HOME}/x", "/srv/app", "unevaluable"],
  ["/srv/app/x${y}", "/srv/app", "unevaluable"],
  ["/srv/app/$(id)", "/srv/app", "unevaluable"],
  ["/srv/app/`id`", "/srv/app", "unevaluable"],
  ["%USERPROFILE%\\x", "/srv/app", "unevaluable"],
  ["/srv/app/%APPDATA%/x", "/srv/app", "unevaluable"],
  ["%24HOME/x", "/srv/app", "unevaluable"],
  ["~+/x", "/srv/app", "unevaluable"],
  ["~-/x", "/srv/app", "unevaluable"],
  ["~1/x", "/srv/app", "unevaluable"],
  // Windows where there is none.
  ["C:/x", "/srv/app", "unevaluable"],
  ["C:x", "/srv/app", "unevaluable"],
  ["C:\\x", "/srv/app", "unevaluable"],
  ["\\\\host\\share\\x", "/srv/app", "unevaluable"],
  ["\\\\?\\C:\\x", "/srv/app", "unevaluable"],
  ["file:///C:/x", "/srv/app", "unevaluable"],
  ["file://host/share/x", "/srv/app", "unevaluable"],
  // What every reader takes for the same place is told.
  ["/srv/app/Foo$Bar.class", "/srv/app", "yes"],
  ["/srv/app/caf%C3%A9", "/srv/app", "yes"],
  ["/srv/app/..x/y", "/srv/app", "yes"],
  ["/srv/app/x./y", "/srv/app", "yes"],
  ["/srv/app/a:b", "/srv/app", "yes"],
  ["/srv/app/100%25.txt", "/srv/app", "yes"],
  ["/srv/app/50%.txt", "/srv/app", "yes"],
  ["/srv/app/a b/c", "/srv/app", "yes"],
  ["/etc/%70asswd", "/srv/app", "no"],
  ["/srv/APP/x", "/srv/app", "no"],
  ["/srv/app/caf\u00e9", "/srv/app/cafe\u0301", "yes"],
];

for (const [path, folder, expected] of POSIX_ROWS) {
  Deno.test(`insideAny(): ${JSON.stringify(path)} in ${folder} is ${expected}`, () => {
    assertEquals(inside(path, folder, POSIX), expected);
  });
}

const WINDOWS_ROWS: readonly Row[] = [
  ["C:\\work\\app\\x", "C:\\work\\app", "yes"],
  ["c:/WORK/App/x", "C:\\work\\app", "yes"],
  ["C:\\work\\app\\..\\x", "C:\\work\\app", "no"],
  ["x\\y", "C:\\work\\app", "yes"],
  ["\\work\\app\\x", "C:\\work\\app", "yes"],
  ["/etc/passwd", "C:\\work\\app", "no"],
  ["D:\\work\\app\\x", "C:\\work\\app", "no"],
  ["\\\\host\\share\\x", "C:\\work\\app", "no"],
  ["file:///C:/work/app/x", "C:\\work\\app", "yes"],
  ["~\\x", "C:\\Users\\u", "yes"],
  ["C:x", "C:\\work\\app", "unevaluable"],
  ["C:\\work\\app.\\x", "C:\\work\\app", "unevaluable"],
  ["C:\\WORKAP~1\\x", "C:\\work\\app", "unevaluable"],
  ["C:\\work\\app\\x::$DATA", "C:\\work\\app", "unevaluable"],
  ["C:\\work\\app \\x", "C:\\work\\app", "unevaluable"],
  ["C:\\work\\app\\.. \\x", "C:\\work\\app", "unevaluable"],
  ["\\\\?\\C:\\work\\app\\x", "C:\\work\\app", "unevaluable"],
  ["\\\\.\\C:\\work", "C:\\work\\app", "unevaluable"],
  ["%USERPROFILE%\\x", "C:\\work\\app", "unevaluable"],
  ["file:////host/share/x", "C:\\work\\app", "no"],
];

for (const [path, folder, expected] of WINDOWS_ROWS) {
  Deno.test(`insideAny() on Windows: ${JSON.stringify(path)} in ${folder} is ${expected}`, () => {
    assertEquals(inside(path, folder, WINDOWS), expected);
  });
}

Deno.test("insideAny() ignores case where it is told to", () => {
  assertEquals(inside("/Home/U/.SSH/id", "~/.ssh", POSIX, true), "yes");
});

Deno.test("insideAny() cannot tell where a relative path is without a working folder", () => {
  const settings = { home: "/home/u" };
  assertEquals(inside("x", "/srv", settings), "unevaluable");
  assertEquals(inside("/srv/x", "/srv", settings), "yes");
});

Deno.test("folderOf() fills in no variable and takes no URL apart", () => {
  for (const folder of ["$HOME/work", "${HOME}", "%APPDATA%/x", "file:///srv/app", "https://example.com/x"]) {
    assertEquals(folderOf(folder, POSIX), undefined, folder);
  }
});

Deno.test("folderOf() has no answer for ~ without a home", () => {
  assertEquals(folderOf("~/work", { workingFolder: "/srv" }), undefined);
  assertEquals(folderOf("work", {}), undefined);
});

/** A way out of /srv/app, in one of the disguises that readers undo. */
const escape = fc.tuple(
  fc.integer({ min: 3, max: 6 }),
  fc.constantFrom("..", "%2e%2e", ".%2e", "%2E.", "%252e%252e", "\uff0e\uff0e", "./..", "x/../.."),
  fc.constantFrom("/", "//", "\\", "%2f", "/./", "%5c"),
  fc.constantFrom(
    "/srv/app/",
    "",
    "./",
    "file:///srv/app/",
    "//srv/app//",
    "/srv/app\\",
    '"/srv/app/',
    " /srv/app/",
  ),
  fc.constantFrom("etc/passwd", "home/u/.ssh/id", "srv/app-evil/x", "srv/other"),
).map(([ups, up, separator, start, end]) => start + Array(ups).fill(up).join(separator) + separator + end);

Deno.test("a path that climbs out is never inside, whatever it is dressed in", () => {
  fc.assert(
    fc.property(escape, (path) => assert(inside(path, "/srv/app", POSIX) !== "yes", path)),
    { numRuns: RUNS * 5 },
  );
});

Deno.test("a plain path below the folder is inside, however it is written", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_ .-]{0,8}[A-Za-z0-9_-]$/);
  const plain = fc.tuple(
    fc.constantFrom("/srv/app/", "", "./", "file:///srv/app/", "../app/"),
    fc.array(name, { minLength: 1 }),
  )
    .map(([start, names]) => start + names.join("/"));
  fc.assert(fc.property(plain, (path) => assertEquals(inside(path, "/srv/app", POSIX), "yes")), {
    numRuns: RUNS,
  });
});

Deno.test("insideAny() answers for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (path) => {
      const match = inside(path, "/srv/app", POSIX);
      assert(match === "yes" || match === "no" || match === "unevaluable");
    }),
    { numRuns: RUNS * 5 },
  );
});
