import { assertEquals } from "@std/assert";
import { checkMode, type FileFacts, type FileKind, type Files, systemFiles } from "../../lib/config/mod.ts";

const FOLDER: FileFacts = { isFile: false, isDirectory: true, isSymlink: false, mode: 0o40700, uid: 1000 };
const FILE: FileFacts = { isFile: true, isDirectory: false, isSymlink: false, mode: 0o100600, uid: 1000 };
const LINK: FileFacts = { ...FILE, isFile: false, isSymlink: true, mode: 0o120777 };

function filesWith(facts: FileFacts | undefined, uid: number | null = 1000, target = facts): Files {
  return { isFile: () => true, lstat: () => facts, stat: () => target, uid: () => uid };
}

type Row = readonly [name: string, kind: FileKind, files: Files, message: string | undefined, hint?: string];

const ROWS: readonly Row[] = [
  ["a folder of our own", "folder", filesWith(FOLDER), undefined],
  ["nothing there yet", "folder", filesWith(undefined), undefined],
  [
    "a folder that others can open",
    "folder",
    filesWith({ ...FOLDER, mode: 0o40755 }),
    "/p has mode 0755, so others can open it; at most 0700 is safe",
    "chmod 700 /p",
  ],
  [
    "a folder that everybody can write",
    "folder",
    filesWith({ ...FOLDER, mode: 0o40777 }),
    "/p has mode 0777, so others can open it; at most 0700 is safe",
    "chmod 700 /p",
  ],
  [
    "a folder that the group can open",
    "folder",
    filesWith({ ...FOLDER, mode: 0o40710 }),
    "/p has mode 0710, so others can open it; at most 0700 is safe",
    "chmod 700 /p",
  ],
  [
    "a link to a folder",
    "folder",
    filesWith(LINK),
    "/p is a link, which could lead anywhere",
    "name the place itself",
  ],
  [
    "a file where a folder belongs",
    "folder",
    filesWith(FILE),
    "/p is a file and must be a folder",
    "move it away, or name another place",
  ],
  [
    "somebody else's folder",
    "folder",
    filesWith(FOLDER, 1001),
    "/p belongs to another user (uid 1000, this is 1001)",
    "chown 1001 /p",
  ],
  ["a folder of root's", "folder", filesWith({ ...FOLDER, uid: 0 }, 1001), undefined],
  ["a system that does not say who we are", "folder", filesWith(FOLDER, null), undefined],
  ["a system without modes", "folder", filesWith({ ...FOLDER, mode: null, uid: null }), undefined],
  ["a key", "secret", filesWith(FILE), undefined],
  ["a key that may be read only", "secret", filesWith({ ...FILE, mode: 0o100400 }), undefined],
  [
    "a key that others can read",
    "secret",
    filesWith({ ...FILE, mode: 0o100604 }),
    "/p has mode 0604, so others can open it; at most 0600 is safe",
    "chmod 600 /p",
  ],
  [
    "a link to a key",
    "secret",
    filesWith(LINK),
    "/p is a link, which could lead anywhere",
    "name the place itself",
  ],
  ["a configuration that others can read", "config", filesWith({ ...FILE, mode: 0o100644 }), undefined],
  [
    "a configuration that the group can write",
    "config",
    filesWith({ ...FILE, mode: 0o100664 }),
    "/p has mode 0664, so others can write it; at most 0600 is safe",
    "chmod go-w /p",
  ],
  ["a link to a configuration of our own", "config", filesWith(LINK, 1000, FILE), undefined],
  [
    "a link to a configuration that others can write",
    "config",
    filesWith(LINK, 1000, { ...FILE, mode: 0o100666 }),
    "/p has mode 0666, so others can write it; at most 0600 is safe",
    "chmod go-w /p",
  ],
];

for (const [name, kind, files, message, hint] of ROWS) {
  Deno.test(`checkMode(): ${name}`, () => {
    const problem = checkMode("/p", kind, files);
    assertEquals([problem?.message, problem?.hint], [message, hint]);
  });
}

Deno.test("checkMode() quotes a path for the shell in the command that mends it", () => {
  const problem = checkMode("/it's a place", "folder", filesWith({ ...FOLDER, mode: 0o40755 }));
  assertEquals(problem?.hint, "chmod 700 '/it'\\''s a place'");
});

Deno.test({
  name: "systemFiles sees modes, links and what is not there",
  ignore: Deno.build.os === "windows",
  fn() {
    const folder = Deno.makeTempDirSync();
    try {
      const [file, link] = [`${folder}/f`, `${folder}/l`];
      Deno.writeTextFileSync(file, "x", { mode: 0o600 });
      Deno.symlinkSync(file, link);
      Deno.chmodSync(folder, 0o700);
      assertEquals(checkMode(folder, "folder", systemFiles), undefined);
      assertEquals(checkMode(file, "secret", systemFiles), undefined);
      assertEquals(
        checkMode(link, "secret", systemFiles)?.message,
        `${link} is a link, which could lead anywhere`,
      );
      assertEquals(systemFiles.isFile(link), true);
      assertEquals(systemFiles.isFile(`${file}/below`), false);
      Deno.chmodSync(folder, 0o755);
      assertEquals(checkMode(folder, "folder", systemFiles)?.hint, `chmod 700 ${folder}`);
      assertEquals(checkMode(`${folder}/gone`, "folder", systemFiles), undefined);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
