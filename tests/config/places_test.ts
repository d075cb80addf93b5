import { assertEquals } from "@std/assert";
import { type ConfigPlaces, defaultPaths, findConfig } from "../../lib/config/mod.ts";

type Env = Readonly<Record<string, string>>;
const envOf = (env: Env) => (name: string) => env[name];

const FOLDERS: readonly (readonly [
  name: string,
  os: string,
  env: Env,
  data: string | undefined,
  config: string | undefined,
])[] = [
  [
    "Linux",
    "linux",
    { HOME: "/home/u" },
    "/home/u/.local/share/countersign",
    "/home/u/.config/countersign",
  ],
  [
    "Linux with XDG",
    "linux",
    { HOME: "/home/u", XDG_DATA_HOME: "/d", XDG_CONFIG_HOME: "/c" },
    "/d/countersign",
    "/c/countersign",
  ],
  [
    "a relative XDG folder is ignored",
    "linux",
    { HOME: "/home/u", XDG_DATA_HOME: "d" },
    "/home/u/.local/share/countersign",
    "/home/u/.config/countersign",
  ],
  ["no home", "linux", {}, undefined, undefined],
  [
    "macOS",
    "darwin",
    { HOME: "/Users/u" },
    "/Users/u/Library/Application Support/countersign",
    "/Users/u/Library/Application Support/countersign",
  ],
  [
    "Windows",
    "windows",
    { LOCALAPPDATA: "C:\\Users\\u\\AppData\\Local", APPDATA: "C:\\Users\\u\\AppData\\Roaming" },
    "C:\\Users\\u\\AppData\\Local\\countersign",
    "C:\\Users\\u\\AppData\\Roaming\\countersign",
  ],
  ["Windows without its variables", "windows", { HOME: "/x" }, undefined, undefined],
];

for (const [name, os, env, data, config] of FOLDERS) {
  Deno.test(`defaultPaths(): ${name}`, () => {
    const folders = defaultPaths(envOf(env), os);
    assertEquals([folders?.data, folders?.config], [data, config]);
  });
}

const HERE = { cwd: "/home/u/p/q", home: "/home/u", os: "linux" };
type Row = readonly [
  name: string,
  places: Partial<ConfigPlaces> & { vars?: Env },
  files: readonly string[],
  found: string | undefined,
];

const ROWS: readonly Row[] = [
  ["nothing anywhere", {}, [], undefined],
  [
    "the working folder",
    {},
    ["/home/u/p/q/countersign.toml", "/home/u/p/countersign.toml"],
    "/home/u/p/q/countersign.toml",
  ],
  ["a folder above", {}, ["/home/u/countersign.toml"], "/home/u/countersign.toml"],
  ["not above the home folder", {}, ["/home/countersign.toml", "/countersign.toml"], undefined],
  [
    "up to the root outside of the home folder",
    { cwd: "/srv/a/b" },
    ["/countersign.toml"],
    "/countersign.toml",
  ],
  [
    "the user's own",
    { vars: { HOME: "/home/u" } },
    ["/home/u/.config/countersign/countersign.toml"],
    "/home/u/.config/countersign/countersign.toml",
  ],
  ["the environment before the working folder", { vars: { COUNTERSIGN_CONFIG: "/etc/c.toml" } }, [
    "/home/u/p/q/countersign.toml",
  ], "/etc/c.toml"],
  [
    "the flag before the environment",
    { flag: "x.toml", vars: { COUNTERSIGN_CONFIG: "/etc/c.toml" } },
    [],
    "/home/u/p/q/x.toml",
  ],
  [
    "an empty variable names nothing",
    { vars: { COUNTERSIGN_CONFIG: "" } },
    ["/home/u/p/countersign.toml"],
    "/home/u/p/countersign.toml",
  ],
  ["the root as working folder", { cwd: "/" }, ["/countersign.toml"], "/countersign.toml"],
  ["a Windows folder above", { cwd: "C:\\work\\p", home: "C:\\Users\\u", os: "windows" }, [
    "C:\\work\\countersign.toml",
  ], "C:\\work\\countersign.toml"],
  [
    "the root of a drive",
    { cwd: "C:\\work", home: "C:\\Users\\u", os: "windows" },
    ["C:\\countersign.toml"],
    "C:\\countersign.toml",
  ],
];

for (const [name, { vars = {}, ...places }, files, found] of ROWS) {
  Deno.test(`findConfig(): ${name}`, () => {
    const isFile = (path: string) => files.includes(path);
    assertEquals(findConfig({ ...HERE, env: envOf(vars), ...places }, { isFile }), found);
  });
}
