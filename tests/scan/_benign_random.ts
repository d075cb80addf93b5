/** Ordinary outputs that are full of random characters, made anew from a seed: UUIDs, digests, lock files, pictures. */

/** xorshift32: the same texts in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const HEX = "0123456789abcdef";
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

class Maker {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  int(below: number): number {
    return Math.floor(this.#next() * below);
  }

  of(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet[this.int(alphabet.length)]).join("");
  }

  hex(length: number): string {
    return this.of(HEX, length);
  }

  base64(bytes: number): string {
    return Uint8Array.from({ length: bytes }, () => this.int(256)).toBase64();
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`;
  }

  lines(count: number, line: (index: number) => string): string {
    return Array.from({ length: count }, (_, i) => line(i)).join("\n");
  }
}

/** By name: the text of a file or an output. */
export function randomOutputs(seed: number): Readonly<Record<string, string>> {
  const make = new Maker(seed);
  const date = () =>
    `2026-${10 + make.int(3)}-${10 + make.int(18)}T0${make.int(10)}:${10 + make.int(50)}:${
      10 + make.int(50)
    }`;
  return {
    "UUIDs": make.lines(200, () => make.uuid()),
    "MD5 sums": make.lines(150, (i) => `${make.hex(32)}  ./src/file_${i}.c`),
    "SHA-1 sums": make.lines(150, (i) => `${make.hex(40)}  dist/asset-${i}.js`),
    "SHA-256 sums": make.lines(150, (i) => `${make.hex(64)} *image-${i}.iso`),
    "SHA-512 sums": make.lines(60, (i) => `${make.hex(128)}  pkg-${i}.tar.zst`),
    "git log": make.lines(
      100,
      (i) =>
        `commit ${
          make.hex(40)
        }\nAuthor: Alice Example <alice@corp.io>\nDate:   ${date()}Z\n\n    Fix #${i}: index access in parser\n`,
    ),
    "git blame": make.lines(
      120,
      (i) =>
        `^${make.hex(7)} (Alice 2026-11-${10 + make.int(19)} 09:07:${
          10 + make.int(49)
        } +0100 ${i}) return next;`,
    ),
    "git ls-tree": make.lines(150, (i) => `100644 blob ${make.hex(40)}\tlib/part${i}.ts`),
    "a diff": make.lines(
      60,
      (i) =>
        `diff --git a/f${i} b/f${i}\nindex ${make.hex(7)}..${
          make.hex(7)
        } 100644\n@@ -${i},7 +${i},9 @@ function f${i}() {`,
    ),
    "package-lock.json": `{"packages":{\n${
      make.lines(120, (i) =>
        `"node_modules/@scope/p${i}":{"version":"${make.int(9)}.${make.int(30)}.${
          make.int(9)
        }","resolved":"https://registry.npmjs.org/@scope/p${i}/-/p${i}-1.0.0.tgz","integrity":"sha512-${
          make.base64(64)
        }"},`)
    }\n}}`,
    "yarn.lock": make.lines(
      120,
      (i) =>
        `"@scope/p${i}@^1.${i}.0":\n  version "1.${i}.2"\n  resolved "https://registry.yarnpkg.com/p${i}/-/p${i}-1.${i}.2.tgz#${
          make.hex(40)
        }"\n  integrity sha1-${make.base64(20)}\n`,
    ),
    "Cargo.lock": make.lines(
      100,
      (i) =>
        `[[package]]\nname = "crate-${i}"\nversion = "0.${i}.1"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${
          make.hex(64)
        }"\n`,
    ),
    "go.sum": make.lines(
      120,
      (i) =>
        `github.com/org/mod${i} v1.${i}.0 h1:${make.base64(32)}\ngithub.com/org/mod${i} v1.${i}.0/go.mod h1:${
          make.base64(32)
        }`,
    ),
    "poetry.lock": make.lines(
      100,
      (i) => `    {file = "pkg${i}-1.0-py3-none-any.whl", hash = "sha256:${make.hex(64)}"},`,
    ),
    "requirements with hashes": make.lines(
      80,
      (i) => `pkg${i}==1.${i}.0 \\\n    --hash=sha256:${make.hex(64)} \\\n    --hash=sha256:${make.hex(64)}`,
    ),
    "docker images": make.lines(
      80,
      (i) =>
        `registry.example.com:5000/team/app${i}   latest   sha256:${make.hex(64)}   ${make.hex(12)}   ${
          make.int(900)
        }MB`,
    ),
    "container ids": make.lines(
      80,
      (i) => `${make.hex(12)}   nginx:1.27   "/docker-entrypoint.…"   0.0.0.0:${8000 + i}->80/tcp   web_${i}`,
    ),
    "a picture in base64": make.base64(6000),
    "a picture in lines": (make.base64(6000).match(/.{1,76}/g) ?? []).join("\n"),
    "a data URL": `<img src="data:image/png;base64,${make.base64(3000)}" alt="index">`,
    "a certificate": `-----BEGIN CERTIFICATE-----\n${
      (make.base64(900).match(/.{1,64}/g) ?? []).join("\n")
    }\n-----END CERTIFICATE-----`,
    "authorized_keys": make.lines(
      20,
      (i) =>
        `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${
          make.of(BASE62, 43)
        } dev${i}@laptop\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ${make.base64(380).slice(0, 500)} ci`,
    ),
    "known_hosts": make.lines(
      30,
      () =>
        `|1|${make.base64(20)}|${make.base64(20)} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${
          make.of(BASE62, 43)
        }`,
    ),
    "a hex dump": make.lines(
      200,
      (i) =>
        `${(i * 16).toString(16).padStart(8, "0")}  ${
          Array.from({ length: 16 }, () => make.hex(2)).join(" ")
        }  |................|`,
    ),
    "object ids": make.lines(150, () => `{"_id": {"$oid": "${make.hex(24)}"}, "n": ${make.int(1e6)}}`),
    "ULIDs": make.lines(150, () => `01J${make.of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 23)}`),
    "snowflake ids": make.lines(
      150,
      () => `{"message_id": "11${make.of("0123456789", 16)}", "author_id": "2${make.of("0123456789", 16)}"}`,
    ),
    "nano ids": make.lines(150, () => `https://app.example.com/d/${make.of(`${BASE62}_`, 21)}`),
    "short ids": make.lines(150, () => `https://youtu.be/${make.of(BASE62, 11)}?t=${make.int(1000)}`),
    "trace ids": make.lines(150, () => `traceparent: 00-${make.hex(32)}-${make.hex(16)}-01`),
    "ETags": make.lines(
      100,
      () =>
        `ETag: W/"${make.hex(4)}-${make.base64(20)}"\nX-Request-Id: ${make.uuid()}\nContent-MD5: ${
          make.base64(16)
        }`,
    ),
    "times and numbers": make.lines(
      200,
      () => `${date()}.${make.int(1e6)}Z ${1.7e12 + make.int(1e9)} ${make.int(1e9) / 1e4} ${make.int(100)}%`,
    ),
    "an access log": make.lines(
      150,
      () =>
        `10.${make.int(255)}.${make.int(255)}.7 - - [20/Nov/2026:09:07:46 +0000] "GET /api/v1/items/${
          make.int(1e6)
        }?page=${make.int(9)}&sort=key HTTP/1.1" 200 ${
          make.int(1e5)
        } "https://example.com/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
    ),
    "coordinates": make.lines(
      150,
      () => `[${(make.int(3.6e8) / 1e6 - 180).toFixed(13)}, ${(make.int(1.8e8) / 1e6 - 90).toFixed(14)}],`,
    ),
    "an SQL dump": make.lines(
      120,
      (i) =>
        `INSERT INTO orders (id, ref, total, created_at) VALUES (${100000 + i}, 'ORD-${
          make.of("0123456789", 8)
        }', ${make.int(1e5) / 100}, '2026-11-20 09:07:46.${make.int(1e6)}');`,
    ),
    "CSV of sales": `sku,ean,qty,price\n${
      make.lines(150, (i) =>
        `SKU-${i},${make.int(9)}00638${make.int(1e6)},${make.int(90)},${make.int(1e4) / 100}`)
    }`,
    "a source map": `{"version":3,"sources":["index.ts"],"mappings":"${
      make.of("ACDEGIKMOQSUWYacegikmoqsuwy,;", 4000)
    }"}`,
    "a hashed bundle": make.lines(
      100,
      (i) =>
        `  dist/assets/index-${make.of(BASE62, 8)}.js   ${make.int(900)}.${i} kB │ gzip: ${make.int(90)} kB`,
    ),
    "a wasm blob": `const wasm = Uint8Array.fromBase64("AGFzbQEAAAA${make.base64(3000)}");`,
  };
}
