/** A path is told to be inside a folder, or outside of it, only where no reader of it could come to another place. */
import { assert, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { folderOf, insideAny, type PathSettings } from "../../lib/policy/file_path.ts";
import type { Match } from "../../lib/verdict/mod.ts";
import { RUNS } from "./_policy.ts";

const SETTINGS: PathSettings = { workingFolder: "/srv/app", home: "/home/u" };
const FOLDER = ["", "srv", "app"];

function inside(path: string, fold = false): Match {
  const folders = [folderOf("/srv/app", SETTINGS) ?? []];
  return insideAny(path, folders, { settings: SETTINGS, fold });
}

/** What a reader may undo, done to a path. */
type Disguise = (path: string) => string;

const EVERYWHERE: readonly Disguise[] = [
  (path) => path.replaceAll("/", "//"),
  (path) => path.replaceAll("/", "/./"),
  (path) => path.replaceAll("/", "/x/../"),
  (path) => path.replaceAll("/", "\\"),
  (path) => path.replaceAll("/", "%2f"),
  (path) => path.replaceAll("/", "%252F"),
  (path) => path.replaceAll("/", "%5c"),
  (path) => path.replaceAll("/", "\uff0f"),
  (path) => path.replaceAll("/", "\u2215"),
  (path) => path.replaceAll("/", "\u2044"),
  (path) => path.replaceAll("/", "\uff3c"),
  (path) => path.replaceAll(".", "%2e"),
  (path) => path.replaceAll(".", "%252e"),
  (path) => path.replaceAll(".", "\uff0e"),
  (path) => path.replaceAll(".", "\u2024"),
  (path) => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => encodeURIComponent(path),
  (path) => `${path}/`,
  (path) => `${path}/.`,
  (path) => `${path}\u0000`,
  (path) => path.replace("/", "\u200b/"),
];
/** Put before a path. */
const BEFORE: readonly Disguise[] = [
  (path) => `file://${path}`,
  (path) => `FILE://localhost${path}`,
  (path) => `file:${path}`,
  (path) => `/../..${path}`,
  (path) => `/srv/app/../..${path}`,
  (path) => `../..${path}`,
  (path) => `~/../..${path}`,
];

/** Put round a path. */
const ROUND: readonly Disguise[] = [
  (path) => `"${path}"`,
  (path) => `'${path}'`,
  (path) => ` ${path}`,
  (path) => `${path} `,
  (path) => ` "${path}" `,
];

const name = fc.constantFrom("etc", "passwd", "x", "app-evil", "srv", "home", "id_rsa", "a.b", "secrets.env");
const tail = fc.array(name, { minLength: 1, maxLength: 4 });
const disguises = fc.tuple(
  fc.array(fc.constantFrom(...EVERYWHERE), { maxLength: 3 }),
  fc.array(fc.constantFrom(...BEFORE), { maxLength: 1 }),
  fc.array(fc.constantFrom(...ROUND), { maxLength: 1 }),
).map((steps) => (path: string) => steps.flat().reduce((dressed, disguise) => disguise(dressed), path));

const outsidePath = fc.tuple(fc.constantFrom("/", "/srv/", "/srv/app-", "/home/", "/srv/app/../"), tail)
  .map(([start, names]) => start + names.join("/"))
  .filter((path) => !isBelow(path));
const insidePath = tail.map((names) => `/srv/app/${names.join("/")}`);

/** Where a plain POSIX reader goes. */
function isBelow(path: string): boolean {
  const names: string[] = [];
  for (const one of path.split("/")) {
    if (one === "..") names.pop();
    else if (one !== "" && one !== ".") names.push(one);
  }
  return ["", ...names].slice(0, FOLDER.length).join("/") === FOLDER.join("/");
}

Deno.test("a path outside of a folder is never told to be inside, whatever it is dressed in", () => {
  fc.assert(
    fc.property(outsidePath, disguises, (path, dress) => {
      assertNotEquals(inside(dress(path)), "yes", dress(path));
    }),
    { numRuns: RUNS * 10 },
  );
});

Deno.test("a path inside a folder is never told to be outside, whatever it is dressed in", () => {
  fc.assert(
    fc.property(insidePath, disguises, (path, dress) => {
      const dressed = dress(path);
      assertNotEquals(inside(dressed), "no", dressed);
    }),
    { numRuns: RUNS * 10 },
  );
});

Deno.test("each disguise alone is seen through", () => {
  for (const disguise of [...EVERYWHERE, ...BEFORE, ...ROUND]) {
    assertNotEquals(inside(disguise("/etc/secrets.env")), "yes", disguise("/etc/secrets.env"));
    assertNotEquals(inside(disguise("/srv/app/x/../../../etc/a.b")), "yes", disguise("/etc/a.b"));
    assertNotEquals(inside(disguise("/srv/app/x/secrets.env")), "no", disguise("/srv/app/x/secrets.env"));
  }
});

Deno.test("whatever is inside with case is inside without", () => {
  const cased = insidePath.map((path) =>
    path.replace(/[a-z]/g, (letter, at) => at % 2 ? letter.toUpperCase() : letter)
  );
  fc.assert(
    fc.property(cased, (path) => {
      assert(inside(path, true) === "yes", path);
      assertNotEquals(inside(path), "yes", path);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("a variable in a path is never told to be inside or outside", () => {
  const variable = fc.constantFrom("$HOME", "${HOME}", "$(pwd)", "`pwd`", "%APPDATA%", "..$X", "~root", "~+");
  const place = fc.constantFrom((one: string) => `${one}/x`, (one: string) => `"${one}/x"`);
  fc.assert(
    fc.property(variable, place, (one, put) => {
      assert(inside(put(one)) === "unevaluable", put(one));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("what is inside stays inside under names that climb nowhere", () => {
  const harmless = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_ -]{0,6}[A-Za-z0-9_-]$/);
  fc.assert(
    fc.property(fc.array(harmless, { minLength: 1, maxLength: 5 }), (names) => {
      assert(inside(`/srv/app/${names.join("/")}`) === "yes");
      assert(inside(`/srv/app-${names.join("/")}`) === "no");
    }),
    { numRuns: RUNS },
  );
});
