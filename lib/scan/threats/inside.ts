/** Requests that a server is to make for somebody who could not: to itself, to its neighbours, to its cloud. */
import { signsOf } from "./threat.ts";
import { hostWith } from "./url.ts";

export const INSIDE_SIGNS = signsOf("server-side-request-forgery", [
  {
    id: "cloud-metadata",
    weight: 5,
    explanation: "the address at which a cloud hands out the machine's own credentials",
    keywords: [
      "000.000.000.000",
      "metadata.google.internal",
      "metadata.goog",
      "instance-data",
      "fd00:ec0",
      "latest/meta-data",
      "computemetadata",
      "metadata.azure",
      "metadata/identity",
      "/opc/v0/",
    ],
    look:
      /169\.254\.169\.254|169\.254\.170\.2(?!\d)|100\.100\.100\.200(?!\d)|metadata\.google\.internal|metadata\.goog\b|(?<=:\/\/)instance-data\b|fd00:ec2::254|latest\/meta-data|computemetadata\/v1|metadata\.azure\.\w|metadata\/identity\/oauth2|(?<=192\.0\.0\.192)\/opc\/v\d\//iy,
    examples: {
      hits: [
        "http://169.254.169.254/latest/meta-data/iam",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
      ],
      misses: ["http://169.254.1.1", "metadata of the file", "192.168.100.200"],
    },
  },
  {
    id: "cloud-metadata-address",
    weight: 5,
    explanation: "the address at which a cloud hands out the machine's own credentials",
    keywords: ["000.000.000.0"],
    look: /169\.254\.170\.2(?!\d)/y,
    examples: { hits: ["http://169.254.170.2/v2/credentials"], misses: ["169.254.170.23"] },
  },
  {
    id: "disguised-loopback",
    weight: 4,
    explanation: "this machine or its network, written so that a filter does not see it",
    keywords: ["://"],
    look: hostWith("disguised-loopback"),
    examples: {
      hits: [
        "http://2130706433/",
        "http://0x7f000001",
        "http://0177.0.0.1/",
        "http://127.1:8080",
        "http://0/",
        "http://[::ffff:127.0.0.1]/",
        "http://0xa9fea9fe/",
      ],
      misses: ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:8080", "http://1.example.com"],
    },
  },
  {
    id: "rebinding-host",
    weight: 3,
    explanation: "a name that anybody can point at an inner address",
    keywords: [
      ".nip.io",
      ".sslip.io",
      ".xip.io",
      "localtest.me",
      "lvh.me",
      ".rbndr.us",
      "vcap.me",
      ".0u.ms",
      "spoofed.burp",
    ],
    look: /\.(?:nip|sslip|xip)\.io\b|(?<=[/.@])(?:localtest|lvh|vcap)\.me\b|\.rbndr\.us\b|\.1u\.ms\b/iy,
    examples: {
      hits: ["http://10.0.0.1.nip.io", "https://localtest.me:8080", "http://7f000001.c0a80001.rbndr.us"],
      misses: ["snip.io", "https://example.me"],
    },
  },
  {
    id: "inner-name-of-address",
    weight: 2,
    explanation: "an inner address inside of a public name",
    keywords: ["000.0.0.0.", "000-0-0-0.", "00.0.0.0.", "000.000.", "7f000000."],
    look:
      /(?:127[.-]0[.-]0[.-]1|169[.-]254[.-]169[.-]254|10[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}|192[.-]168[.-]\d{1,3}[.-]\d{1,3}|7f000001)\.[a-z]/iy,
    examples: {
      hits: [
        "http://127.0.0.1.nip.io/",
        "http://169-254-169-254.sslip.io".replace("169-254-169-254", "127-0-0-1"),
      ],
      misses: ["127.0.0.1:80", "10.0.0.1", "7f00"],
    },
  },
  {
    id: "inner-address",
    weight: 1,
    explanation: "a machine of an inner network",
    keywords: ["://localhost", "://000.", "://00.", "://[::", "://host.docker", ".svc", ".internal"],
    look:
      /:\/\/(?:localhost\b|127\.\d{1,3}\.|10\.\d{1,3}\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)/iy,
    examples: {
      hits: ["http://localhost:3000", "http://10.0.0.5/x", "http://192.168.1.1/admin"],
      misses: ["https://localhosting.example".replace("localhosting", "mylocalhost"), "http://11.0.0.1"],
    },
  },
  {
    id: "inner-service",
    weight: 4,
    explanation: "a service that only trusts who is already inside: a container engine, a store, a cluster",
    keywords: [
      ":0000/",
      ":00000/",
      ":00000",
      "kubernetes.default",
      "docker.sock",
      "/actuator/",
      "/server-status",
      "consul.service",
    ],
    look:
      /(?<=:\/\/[\w.[\]-]{1,80}):(?:2375|2376|10250|10255|2379|8500|6379|11211|9200|5984)\/(?:containers|images|exec|v\d|pods|run|keys|v1\/kv|_cat|_all_dbs|_)|kubernetes\.default(?:\.svc)?|(?<=unix(?:-socket)?[ :=]{1,3}["']?[\w/.]{0,20})docker\.sock|\/actuator\/(?:env|heapdump|shutdown)/iy,
    examples: {
      hits: [
        "http://127.0.0.1:2375/containers/json",
        "https://kubernetes.default.svc/api/v1/secrets",
        "http://10.0.0.1:10250/pods",
        "http://localhost:8080/actuator/heapdump",
      ],
      misses: ["http://localhost:8080/", "http://localhost:9200/", "redis://localhost:6379/0"],
    },
  },
  {
    id: "inner-scheme",
    weight: 5,
    explanation: "a scheme that speaks other protocols through a web client, or reads files with it",
    keywords: [
      "gopher://",
      "dict://",
      "php://",
      "expect://",
      "jar:http",
      "netdoc:",
      "phar://",
      "zip://",
      "tftp://",
      "ldap://",
    ],
    look:
      /(?<!\w)(?:gopher:\/\/\S|dict:\/\/\S|php:\/\/(?:filter|input|stdin|fd)|expect:\/\/\w|jar:https?:|netdoc:\/|phar:\/\/|tftp:\/\/\w|ldap:\/\/(?:127\.|localhost)[^\s]{0,40}(?:exploit|\$\{))/iy,
    examples: {
      hits: [
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "dict://localhost:11211/stat",
        "php://filter/convert.base64-encode/resource=x",
        "expect://id",
      ],
      misses: ["ldap://ldap.example.com", "dict: //", "https://example.com/gopher"],
    },
  },
  {
    id: "system-file-address",
    weight: 4,
    explanation: "an address that reads a file of the system",
    keywords: ["file:/"],
    look:
      /(?<!\w)file:\/{1,3}(?:localhost\/)?(?:etc|proc|root|boot|sys|dev|var\/(?:log|run|lib)|[a-z]:[\/\\]windows|home\/\w{1,32}\/\.(?:ssh|aws|gnupg))[\/\\]?/iy,
    examples: {
      hits: [
        "file:///etc/passwd",
        "file:///proc/self/environ",
        "file:///C:/Windows/win.ini",
        "file:///home/me/.ssh/id_rsa",
      ],
      misses: ["file:///home/me/project/x.ts", "file:///tmp/x", "profile:/etc", "file:///C:/Users/me/x"],
    },
  },
]);
