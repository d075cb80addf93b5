/** Keys of Amazon Web Services. */
import type { KeywordDetector, Span } from "../detector.ts";
import { assignmentOf } from "./assigned.ts";
import { isPlaceholder } from "./placeholder.ts";

const SECRET_LENGTH = 40;
const SECRET_REGEXP = /[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])/y;
/** `aws_secret`, `aws_secret_key`, `aws_secret_access_key_prod`, and without `aws` where it says access key. */
const NAME =
  "(?:(?<=aws[_. -]?)secret(?:[_. -]?access)?(?:[_. -]?key)?|secret[_. -]?access[_. -]?key)(?:_[A-Za-z0-9]{1,16}){0,2}";
const KEY_REGEXP = new RegExp(`${NAME}$`, "i");

function secretAt(text: string, at: number): Span | undefined {
  SECRET_REGEXP.lastIndex = at;
  if (!SECRET_REGEXP.test(text)) return undefined;
  const end = at + SECRET_LENGTH;
  return isPlaceholder(text.slice(at, end)) ? undefined : { start: at, end };
}

function wholeSecret(value: string): Span | undefined {
  const start = value.length - value.trimStart().length;
  return secretAt(value, start);
}

export const CLOUD_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "aws-access-key",
    family: "cloud",
    description: "AWS key id: AKIA, ASIA or another prefix and 16 upper-case letters or digits",
    specificity: 3,
    floor: true,
    // deno-fmt-ignore
    keywords: [
      "akia", "asia", "abia", "acca", "agpa", "aida", "aipa", "anpa", "anva", "apka", "aroa", "asca",
      "a3t",
    ],
    pattern:
      /(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))(?:A(?:KIA|SIA|BIA|CCA|GPA|IDA|IPA|NPA|NVA|PKA|ROA|SCA)|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])/y,
    examples: {
      hits: [
        "AKIAIOSFODNN7EXAMPLE",
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "X_ASIAIOSFODNN7EXAMPLE,",
        "AROAIOSFODNN7EXAMPLE:session",
        "A3TXIOSFODNN7EXAMPLE",
        "https://b.s3.amazonaws.com/?X-Amz-Credential=ASIAIOSFODNN7EXAMPLE/20261120/us-east-1",
      ],
      misses: [
        "AKIAIOSFODNN7EXAMPL",
        "AKIAIOSFODNN7EXAMPLES",
        "akiaiosfodnn7example",
        "XAKIAIOSFODNN7EXAMPLE",
        "Asia and the Pacific",
        "AKIA",
      ],
    },
  },
  {
    kind: "keyword",
    id: "aws-secret-key",
    family: "cloud",
    description: "AWS secret access key: an assignment of 40 characters",
    specificity: 2,
    floor: true,
    keywords: ["secret"],
    pattern: assignmentOf(NAME),
    locate: (text, { end }) => secretAt(text, end),
    member: (key) => KEY_REGEXP.test(key) ? wholeSecret : undefined,
    examples: {
      hits: [
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        'aws_secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
        '"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",',
        "AWS_SECRET_ACCESS_KEY_PROD=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "<SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</SecretAccessKey>",
        "secret-access-key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      ],
      misses: [
        "aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}",
        "aws_secret_access_key = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "aws_secret_access_key = tooShort",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEYandmore",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "secret = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "the secret access key is kept elsewhere",
      ],
    },
  },
];
