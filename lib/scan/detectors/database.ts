/** Addresses of databases and brokers that carry their credentials. */
import type { KeywordDetector, Span } from "../detector.ts";
import { isWordUnit } from "../digits.ts";
import { valueInText } from "./assigned.ts";
import { isPlaceholder } from "./placeholder.ts";

// deno-fmt-ignore
const SCHEMES: readonly string[] = [
  "postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "rediss", "amqp", "amqps", "mssql", "sqlserver",
  "oracle", "clickhouse", "cockroachdb", "couchdb", "couchbase", "couchbases", "cassandra", "neo4j", "bolt", "db2",
  "snowflake", "influxdb", "redshift", "vertica", "ldap", "ldaps", "nats", "kafka",
];
const JDBC = "jdbc:";
/**
 * A password with a slash that nobody encoded; `db:5432/app?x=a@b` is a port and a path. LINEAR: it ends at the next
 * address.
 */
const SLASHED = "(?!\\d{1,5}[,/?#]|\\$\\{)(?:(?!://)[^\\s@\"'`]){1,64}";
/** Scheme, an optional driver (`mongodb+srv`, `postgresql+asyncpg`), user (may be empty), password, `@`. */
const URL = `(?:(?<![A-Za-z0-9+.])|(?<=\\\\[nrt]))(?:${
  SCHEMES.join("|")
})(?:\\+[a-z0-9]{1,16})?://[^\\s:@/"'<>\`]{0,128}:(?:[^\\s@/"'\`]{1,256}|${SLASHED})@`;
/**
 * Drivers take the credentials as parameters (`jdbc:sqlserver://host;user=sa;password=…`) or before the host
 * (`jdbc:oracle:thin:scott/tiger@host`). LINEAR: the search for `password=` stops at the next `jdbc:`.
 */
const JDBC_PARAMETER = "jdbc:[a-z0-9]{2,20}:(?:(?!jdbc:)[^\\s\"'<>`]){0,400}?[;?&:(]password ?=";
const JDBC_ORACLE = "jdbc:oracle:\\w{2,8}:[^\\s/\"'@:]{1,64}/[^\\s@\"':]{1,64}@";
const SCHEME_SET: ReadonlySet<string> = new Set(SCHEMES);
const SCHEME_MAX = 28;

/** Is what ends at `end` in `text` a scheme whose addresses are found here? */
export function isDatabaseScheme(text: string, end: number): boolean {
  let start = end, driver = end;
  while (end - start < SCHEME_MAX && (isWordUnit(text.charCodeAt(start - 1)) || text[start - 1] === "+")) {
    start--;
    if (text[start] === "+") driver = start;
  }
  return SCHEME_SET.has(text.slice(start, driver).toLowerCase());
}

/**
 * `user:password@localhost`, as documents write it. Narrow: these words alone (`root`, `admin` and `pass` are in use), and
 * no host that somebody has.
 */
const EXAMPLE_HOST = "localhost|127\\.0\\.0\\.1|\\[::1\\]|(?:your[-_]?)?host(?:name)?|" +
  "(?:[a-z0-9-]{1,63}\\.){0,4}example(?:\\.(?:com|org|net))?";
const EXAMPLE_REGEXP = new RegExp(
  `://(?:(?:db|my|your)?_?user(?:_?name)?):(?:(?:db|my|your)?_?pass(?:word|wd))@(?:${EXAMPLE_HOST})` +
    "(?::(?:\\d{1,5}|port))?(?!\\.?[\\w:@-])",
  "iy",
);

const REST_REGEXP = /[^\s"'<>`]*/y;
const TRAILING_REGEXP = /[),.;\]}]{1,8}$/;

function locate(text: string, match: Span): Span | undefined {
  const matched = text.slice(match.start, match.end);
  if (matched.endsWith("=")) return valueInText(text, match.end, 1) && wholeUrl(text, match);
  const slashes = matched.indexOf("://");
  const before = slashes < 0 ? matched.lastIndexOf("/") : matched.indexOf(":", slashes + "://".length);
  const password = matched.slice(before + 1, -1);
  if (isPlaceholder(password) || (slashes >= 0 && isExample(text, match.start + slashes))) return undefined;
  return wholeUrl(text, match);
}

function isExample(text: string, slashes: number): boolean {
  EXAMPLE_REGEXP.lastIndex = slashes;
  return EXAMPLE_REGEXP.test(text);
}

/** From `jdbc:`, if it is there, as far as the address reaches; a comma or bracket behind belongs to the sentence. */
function wholeUrl(text: string, { start, end }: Span): Span {
  const prefixed = text.slice(Math.max(0, start - JDBC.length), start).toLowerCase() === JDBC;
  REST_REGEXP.lastIndex = end;
  REST_REGEXP.test(text);
  const rest = REST_REGEXP.lastIndex;
  const trailing = TRAILING_REGEXP.exec(text.slice(Math.max(end, rest - 8), rest));
  return { start: prefixed ? start - JDBC.length : start, end: rest - (trailing?.[0].length ?? 0) };
}

export const DATABASE_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "connection-string",
    family: "database",
    description: "address of a database or broker with its password, jdbc: too; to the end of the address",
    specificity: 2,
    floor: false,
    // deno-fmt-ignore
    keywords: [
      "postgres", "mysql", "mariadb", "mongodb", "redis", "amqp", "mssql", "sqlserver", "oracle", "clickhouse",
      "cockroachdb", "couchdb", "couchbase", "cassandra", "neo4j", "bolt", "db2", "snowflake", "influxdb",
      "redshift", "vertica", "ldap", "nats", "kafka", "jdbc:",
    ],
    pattern: new RegExp(`${URL}|${JDBC_PARAMETER}|${JDBC_ORACLE}`, "iy"),
    locate,
    examples: {
      hits: [
        "postgres://app:s3cr3t@db.internal:5432/app?sslmode=require",
        "DATABASE_URL=postgresql+asyncpg://app:s3cr3t@db/app",
        "mongodb+srv://app:s3cr3t@cluster0.example.net/test",
        "redis://:s3cr3t@cache:6379/0",
        "(mysql://root:password@localhost/app)",
        "amqps://app:s3cr3t@mq/vhost",
        "jdbc:mysql://app:s3cr3t@db/app",
        "jdbc:postgresql://db/app?user=app&password=s3cr3t",
        "jdbc:sqlserver://db;user=sa;password=s3cr3t;encrypt=true",
        "jdbc:oracle:thin:scott/tiger@db:1521:orcl",
        "postgres://app:s3:cr3t@db/app",
        "postgres://app:s3/cr3t@db/app",
        "postgres://user:pass@localhost/app",
        "postgres://user:password@db.internal:5432/app",
        "postgres://user:password@localhost.corp.io/app",
        "postgres://user:password@localhost:s3cr3t@db/app",
        "postgres://root:mypassword@localhost/app",
      ],
      misses: [
        "postgres://db.internal:5432/app",
        "postgres://app@db.internal/app",
        "postgres://${USER}:${PASSWORD}@db/app",
        "postgres://user:<password>@db/app",
        "postgres://user:****@db/app",
        "mongodb://host:27017/app?replicaSet=user@x",
        "mongodb://a:27017,b:27017/app?x=a@b",
        "postgres://${HOST}:${PORT}/app?user=a@b",
        "jdbc:postgresql://db/app?user=app",
        "jdbc:postgresql://db/app?user=app&password=${DB_PASSWORD}",
        "we use postgres and redis",
        "DATABASE_URL=postgres://user:password@localhost:5432/app",
        "postgresql+asyncpg://username:password@host:5432/dbname",
        "mongodb://myuser:mypassword@db.example.com/test",
        "https://example.com/a:b@c",
      ],
    },
  },
];
