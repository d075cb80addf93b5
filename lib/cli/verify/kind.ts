/** What `verify` is given: told by what is there, never by what it says of itself. */
export type Kind = "ledger" | "pack" | "archive" | "receipt" | "other";

/** A path where nothing is counts as a ledger, whose folder is missing. */
export async function kindOf(path: string): Promise<Kind> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info === undefined) return "ledger";
  if (!info.isDirectory) return path.endsWith(".tar") ? "pack" : path.endsWith(".json") ? "receipt" : "other";
  if (await isThere(`${path}/ledger.db`)) return "ledger";
  if (await isThere(`${path}/manifest.json`)) return "pack";
  const { isArchive } = await import("./archive.ts");
  return await isArchive(path) ? "archive" : "ledger";
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
