import { TAR_END, tarHeader, tarPadding } from "../../../lib/ledger/evidence/tar.ts";
import type { Files } from "./support.ts";

/** The archive of `files`. */
export function tarOf(files: Files): Uint8Array<ArrayBuffer> {
  const parts = [...files].flatMap(([name, content]) => {
    const header = tarHeader({ name, size: content.length, timeSeconds: 1_790_000_000 });
    if (header === undefined) throw new TypeError(`no header for ${name}`);
    return [header, content, tarPadding(content.length)];
  });
  return Uint8Array.from([...parts, TAR_END].flatMap((part) => [...part]));
}
