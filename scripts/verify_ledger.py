#!/usr/bin/env python3
"""A second verifier for Countersign's ledgers, packs, receipts and attestations, written from lib/ledger/README.md alone.

    scripts/verify_ledger.py [LEDGER | PACK | RECEIPT] [--public-key KEY]... [--checkpoint FILE]... [--policy FILE] [--json]
    scripts/verify_ledger.py --attestation FILE [RECEIPT] [--public-key KEY]... [--audience NAME] [--json]
    scripts/verify_ledger.py --vector FILE...

Exit code 0: it holds. 1: a finding. 2: it was used in a wrong way, or a package is missing. Needs Python 3.9 and the package
`cryptography` (Debian: python3-cryptography; else: pip install cryptography). Everything that is read here is
ATTACKER-CONTROLLED, but for the keys, checkpoints and the policy that the auditor names. Nothing is ever written.
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import struct
import sys
from urllib.parse import quote

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.stderr.write(
        "error: cannot verify: the Python package cryptography is missing\n"
        "hint: apt-get install python3-cryptography, or: pip install cryptography\n"
    )
    sys.exit(2)

HOLDS = ("intact", "intact-open", "recovered")
MAX_DEPTH = 64
MAX_SAFE = 2**53 - 1
ZEROS = "0" * 64


class Usage(Exception):
    """What the auditor handed in cannot be used."""


class Unreadable(Exception):
    """The store cannot be read."""


class Finding(Exception):
    """The first thing that is wrong, and where."""

    def __init__(self, seq, check, detail):
        super().__init__(detail)
        self.seq, self.check, self.detail = seq, check, detail


# --- canonical JSON (RFC 8785) ---------------------------------------------------------------------------------------


def es_number(number):
    """A finite number as ECMAScript writes it."""
    if number == 0:
        return "0"
    if number < 0:
        return "-" + es_number(-number)
    digits, _, exponent = repr(float(number)).partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def canonical(value, depth=MAX_DEPTH):
    """Canonical JSON of a value. Raises ValueError for what has none, and for what is nested deeper than an entry may be."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return es_number(value)
    if isinstance(value, str):
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise ValueError("a lone surrogate")
        return json.dumps(value, ensure_ascii=False)
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, depth - 1) for item in value) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(key) + ":" + canonical(value[key], depth - 1) for key in keys) + "}"


def read_int(text):
    if len(text) > 17:
        return read_float(text)
    number = int(text)
    return number if abs(number) <= MAX_SAFE else read_float(text)


def read_float(text):
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number beyond a double")
    return number


def refuse_constant(text):
    raise ValueError(f"{text} is no JSON")


def pairs_once(pairs):
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key that stands twice")
    return fields


def lax_json(text):
    """JSON as most programs read it: of a key that stands twice the last one counts, and 1E3 is 1000."""
    return json.loads(text, parse_int=read_int, parse_float=lax_float, parse_constant=refuse_constant)


def lax_float(text):
    number = read_float(text)
    return int(number) if number.is_integer() and abs(number) <= MAX_SAFE else number


def strict_json(text):
    return json.loads(
        text,
        parse_int=read_int,
        parse_float=read_float,
        parse_constant=refuse_constant,
        object_pairs_hook=pairs_once,
    )


def canonical_object(raw):
    """The object that `raw` is the canonical form of; None for everything else."""
    try:
        text = raw.decode("utf-8")
        value = strict_json(text)
        return value if isinstance(value, dict) and canonical(value) == text else None
    except (ValueError, RecursionError):
        return None


def has_nul(text):
    """Has a text in canonical JSON an escaped NUL? An escaped backslash before the same letters is none."""
    return re.search(r"(?<!\\)(?:\\\\)*\\u0000", text) is not None


def document(text):
    """The JSON of a manifest, or of a line of payloads: no key twice, no NUL in any text."""
    if has_nul(text):
        raise ValueError("a NUL")
    return strict_json(text)


def is_count(value):
    """A whole number from 0 on that a double holds. `True` is none."""
    return type(value) is int and 0 <= value <= MAX_SAFE


def is_hex(value, length):
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{%d}" % length, value) is not None


# --- hashes, signatures, keys ----------------------------------------------------------------------------------------


def sha256(raw):
    return hashlib.sha256(raw).digest()


def key_id(public_key):
    return sha256(public_key)[:8].hex()


class PublicKey:
    """An Ed25519 public key (RFC 8032)."""

    def __init__(self, raw):
        self.raw, self.id = raw, key_id(raw)
        try:
            self.loaded = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError:
            self.loaded = None  # no key: nothing is signed by it

    def verifies(self, message, signature):
        try:
            if self.loaded is None or len(signature) != 64:
                return False
            self.loaded.verify(signature, message)
            return True
        except InvalidSignature:
            return False


SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


def public_key_from(text):
    """A key from 64 hex digits or PEM."""
    text = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return PublicKey(bytes.fromhex(text))
    match = re.fullmatch(r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----", text)
    der = base64.b64decode(match.group(1)) if match else b""
    if len(der) != 44 or not der.startswith(SPKI_PREFIX):
        raise Usage("a public key is 64 hex digits, or a PEM file of an Ed25519 key")
    return PublicKey(der[12:])


def pem_of(key):
    encoded = base64.b64encode(SPKI_PREFIX + key.raw)
    return b"-----BEGIN PUBLIC KEY-----\n" + encoded + b"\n-----END PUBLIC KEY-----\n"


class KeyChain:
    """The keys of one ledger in their order; one trusted key among them is enough (README.md, "Keys")."""

    def __init__(self, trusted, offered):
        self.trusted, self.keys = trusted, []
        self.hints = {key.id: key for key in [*offered, *trusted]}

    @property
    def current(self):
        return self.keys[-1] if self.keys else None

    @property
    def anchor(self):
        ids = {key.id for key in self.keys}
        return next((key for key in self.trusted if key.id in ids), None)

    @property
    def believed(self):
        return [*self.keys, *(key for key in self.trusted if all(key.id != one.id for one in self.keys))]

    def rotate(self, entry):
        seq, next_key, old = entry["seq"], entry.get("next_key"), self.current
        fields = next_key if isinstance(next_key, dict) else {}
        if not (
            is_hex(fields.get("old_public_key"), 64)
            and is_hex(fields.get("public_key"), 64)
            and is_hex(fields.get("sig"), 128)
        ):
            raise Finding(seq, "key", "its next_key is not a change of keys")
        if fields["old_public_key"] != old.raw.hex():
            raise Finding(seq, "key", "it does not replace the key that signs it")
        new = PublicKey(bytes.fromhex(fields["public_key"]))
        if fields.get("id") != new.id:
            raise Finding(seq, "key", "the id of the new key is not that of the key")
        if any(key.id == new.id for key in self.keys):
            raise Finding(seq, "key", "the new key has signed here before")
        lines = ["countersign/key/v1", str(seq), entry["prev"], fields["old_public_key"], fields["public_key"]]
        if not new.verifies("".join(f"{line}\n" for line in lines).encode(), bytes.fromhex(fields["sig"])):
            raise Finding(seq, "key", "the new key has not signed for what was before it")
        self.keys.append(new)


# --- the tree (RFC 6962, section 2.1) --------------------------------------------------------------------------------


def parent(left, right):
    return sha256(b"\x01" + left + right)


class Tree:
    """Roots of the full subtrees, one for each bit of the size."""

    def __init__(self):
        self.size, self.roots = 0, []

    def add(self, leaf):
        size = self.size
        while size % 2 == 1:
            leaf = parent(self.roots.pop(), leaf)
            size //= 2
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        if not self.roots:
            return sha256(b"")
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = parent(left, root)
        return root


def root_of_inclusion(index, size, leaf, proof):
    """The root that a proof leads to (RFC 9162, section 2.1.3.2); None where it is no proof for that place."""
    if index >= size:
        return None
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if node % 2 == 1 or node == last:
            result = parent(sibling, result)
            while node % 2 == 0 and node != 0:
                node, last = node // 2, last // 2
        else:
            result = parent(result, sibling)
        node, last = node // 2, last // 2
    return result if last == 0 else None


# --- notes, checkpoints, policies (C2SP) -----------------------------------------------------------------------------


def from_base64(text):
    """Standard base64 in its one form; None for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def is_key_name(name):
    return name != "" and not re.search("[\\s+\x00-\x1f\x7f\x85]", name) and not re.search("[\ud800-\udfff]", name)


class Note:
    """A signed note: the text, and who says that they signed it."""

    def __init__(self, text):
        if len(text) > 1_000_000 or re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", text):
            raise ValueError("the note has a character that no note may have, or too many")
        gap = text.rfind("\n\n")
        if gap < 0 or not text.endswith("\n"):
            raise ValueError("the note has no signatures")
        self.text = text[: gap + 1]
        lines = text[gap + 2 : -1].split("\n")
        if len(lines) > 100:
            raise ValueError("the note has more than 100 signatures")
        self.signatures = [self.signature(line) for line in lines]

    @staticmethod
    def signature(line):
        words = line.split(" ")
        raw = from_base64(words[2]) if len(words) == 3 else None
        if len(words) != 3 or words[0] != "\u2014" or not is_key_name(words[1]) or raw is None or len(raw) <= 4:
            raise ValueError("a signature line has not the form of one")
        return words[1], raw[:4], raw[4:]

    def by(self, name, kind, public_key):
        """The signatures that say that they are of this key."""
        wanted = sha256(name.encode() + b"\n" + bytes([kind]) + public_key.raw)[:4]
        return [raw for who, short, raw in self.signatures if who == name and short == wanted]

    def signed_by(self, name, public_key):
        ours = self.by(name, 1, public_key)
        return bool(ours) and all(public_key.verifies(self.text.encode(), raw) for raw in ours)

    def cosigned_by(self, name, public_key):
        ours = self.by(name, 4, public_key)
        return bool(ours) and all(self.cosignature(public_key, raw) for raw in ours)

    def cosignature(self, public_key, raw):
        if len(raw) != 72:
            return False
        time = struct.unpack(">Q", raw[:8])[0]
        message = f"cosignature/v1\ntime {time}\n{self.text}".encode()
        return time <= MAX_SAFE and public_key.verifies(message, raw[8:])


class Checkpoint:
    """A tree at one size, in a note."""

    def __init__(self, text):
        self.note = Note(text)
        lines = self.note.text[:-1].split("\n")
        if len(lines) < 3 or "" in lines:
            raise ValueError("it has not three lines")
        self.origin = lines[0]
        if not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]) or int(lines[1]) > MAX_SAFE:
            raise ValueError("the second line is not a tree size")
        self.size, root = int(lines[1]), from_base64(lines[2])
        if root is None or len(root) != 32:
            raise ValueError("the third line is not a hash")
        self.root = root

    def is_signed(self, keys):
        return any(self.note.signed_by(self.origin, key) for key in keys)


def verifier_key(text, kinds):
    name, _, rest = text.partition("+")
    short, _, encoded = rest.partition("+")
    raw = from_base64(encoded)
    if raw is None or not raw or raw[0] not in kinds or len(raw) != (1313 if raw[0] == 6 else 33):
        raise ValueError(f"a key of one of the types {kinds} is wanted")
    if not is_key_name(name) or sha256(name.encode() + b"\n" + raw)[:4].hex() != short:
        raise ValueError("the key id is not the one of this name and key")
    return name, raw[0], raw[1:]


class Policy:
    """Which logs, which witnesses, how many of them (C2SP tlog-policy)."""

    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        self.members = set()
        if not text.endswith("\n") or re.search("[\x00-\x08\x0b-\x1f\x7f]", text):
            raise ValueError("its last line does not end, or it has a character that no policy may have")
        for number, line in enumerate(text[:-1].split("\n"), 1):
            words = [word for word in re.split("[ \t]+", line) if word]
            if not words or words[0].startswith("#"):
                continue
            try:
                self.take(*words)
            except (ValueError, TypeError, KeyError) as wrong:
                raise ValueError(f"line {number}: {wrong}") from None
        if self.quorum is None:
            raise ValueError("it has no quorum line")

    def take(self, keyword, *words):
        {"log": self.log, "witness": self.witness, "group": self.group, "quorum": self.set_quorum}[keyword](*words)

    def log(self, vkey, _url=None):
        key = verifier_key(vkey, (1, 6))
        if any(key[2] == other[2] for other in self.logs):
            raise ValueError("another log has this public key")
        self.logs.append(key)

    def new_name(self, name):
        if name == "none" or name in self.witnesses or name in self.groups:
            raise ValueError("the name is taken")

    def witness(self, name, vkey, _url=None):
        self.new_name(name)
        key = verifier_key(vkey, (4, 6))
        if any(key[2] == other[2] for other in self.witnesses.values()):
            raise ValueError("another witness has this public key")
        self.witnesses[name] = key

    def group(self, name, count, *members):
        self.new_name(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups or member in self.members:
                raise ValueError("a member is not defined before, or is one of a group already")
            self.members.add(member)
        threshold = {"any": 1, "all": len(members)}.get(count)
        if threshold is None:
            threshold = int(count) if re.fullmatch("[1-9][0-9]{0,3}", count) else 0
        if not 1 <= threshold <= len(members):
            raise ValueError("the number is not one from 1 to that of the members")
        self.groups[name] = threshold, members

    def set_quorum(self, name):
        if self.quorum is not None or name != "none" and name not in self.witnesses and name not in self.groups:
            raise ValueError("there is a quorum already, or the name is not defined before")
        self.quorum = name

    def cosigned(self, note):
        """Whose cosignatures hold, and whether they are enough."""
        by = [
            name
            for name, (key, kind, raw) in self.witnesses.items()
            if kind == 4 and note.cosigned_by(key, PublicKey(raw))
        ]
        standing = set(by)
        for name, (threshold, members) in self.groups.items():
            if sum(member in standing for member in members) >= threshold:
                standing.add(name)
        return by, self.quorum == "none" or self.quorum in standing

    def accepts(self, checkpoint):
        """Who has cosigned; and is it of a log that the policy knows, and are they enough?"""
        known = not self.logs or any(
            kind == 1 and name == checkpoint.origin and checkpoint.note.signed_by(name, PublicKey(raw))
            for name, kind, raw in self.logs
        )
        by, is_met = self.cosigned(checkpoint.note)
        return by, known and is_met


# --- entries ---------------------------------------------------------------------------------------------------------

KINDS = {
    *("session-open", "call", "outcome", "approval", "drift", "pin", "policy", "malformed", "fault", "key"),
    *("recovered", "session-close", "prune"),
}
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Record:
    """One row of `entry`, as far as it says something by itself. `fields` is None where the text was pruned."""

    def __init__(self, place, raw):
        self.hash, self.signature, self.key = raw[1:33], raw[33:97], raw[97:105].hex()
        self.fields = None
        if len(raw) == 105 and raw[0] == 2:
            return
        if len(raw) <= 106:
            raise Finding(place, "record", "too few bytes for an entry")
        if raw[0] != 1 or raw[105] != 0:
            raise Finding(place, "record", "not an entry of format 1")
        if sha256(raw[105:]) != self.hash:
            raise Finding(place, "hash", "the bytes do not have the stored leaf hash")
        self.fields = canonical_object(raw[106:])
        if self.fields is None:
            raise Finding(place, "canonical", "the bytes are not one object in canonical JSON")
        wrong = self.wrong_field()
        if wrong:
            raise Finding(place, "fields", wrong)

    def wrong_field(self):
        fields = self.fields
        if type(fields.get("v")) is not int or fields["v"] != 1:
            return "v is not 1"
        if type(fields.get("seq")) is not int:
            return "seq is not a whole number"
        for name, pattern in (("id", ID), ("time", TIME), ("prev", re.compile("[0-9a-f]{64}"))):
            if not isinstance(fields.get(name), str) or not pattern.fullmatch(fields[name]):
                return f"{name} is not what it should be"
        if not isinstance(fields.get("kind"), str) or fields["kind"] not in KINDS:
            return "kind is not one of an entry"
        if not isinstance(fields.get("session"), str) or fields["session"] == "":
            return "session is missing"
        return None

    def is_signed(self, key):
        return key.verifies(b"countersign/entry/v1\n" + self.hash, self.signature)


class Pairing:
    """Sessions open and close once; an outcome and an answer have a call that waits for them."""

    def __init__(self):
        self.recovered, self.lost, self.noted = 0, [], set()
        self.pruned = 0
        self.forget()

    def forget(self):
        self.open, self.held, self.owed = set(), {}, {}
        self.named, self.ended = set(), set()

    def skip(self, place):
        """The text of this entry is gone: of all before it nobody knows how it went on."""
        self.pruned = place + 1
        self.forget()

    def follow(self, entry):
        seq, kind, session = entry["seq"], entry["kind"], entry["session"]
        if kind == "session-open":
            if session in self.open:
                raise Finding(seq, "session", "it opens a session that is open")
            self.open.add(session)
            return
        if session not in self.open:
            if self.pruned == 0 or session in self.ended:
                raise Finding(seq, "session", "it belongs to a session that is not open")
            self.open.add(session)
        handler = {
            "call": self.call,
            "outcome": self.outcome,
            "approval": self.approval,
            "recovered": self.recover,
            "session-close": self.close,
        }.get(kind)
        if handler:
            handler(entry)

    def call(self, entry):
        verdict, enforced = entry.get("verdict"), entry.get("enforced")
        if verdict == "hold" and enforced is True:
            self.held[entry["seq"]] = entry["session"]
        elif "form" not in entry and (verdict in ("forward", "redact") or enforced is False):
            self.owed[entry["seq"]] = entry["session"]

    def outcome(self, entry):
        call = self.number(entry.get("call"))
        if call in self.owed:
            del self.owed[call]
        elif call in self.noted:
            self.noted.discard(call)
        elif not self.explained(call):
            raise Finding(entry["seq"], "pairing", f"it is the outcome of entry {call}, which waits for none")

    def approval(self, entry):
        call, session = self.number(entry.get("call")), entry["session"]
        if self.held.get(call) != session and not self.explained(call):
            raise Finding(entry["seq"], "pairing", f"it answers entry {call}, which is not held")
        self.held.pop(call, None)
        if entry.get("decision") == "allow" and "form" not in entry:
            self.owed[call] = session

    def recover(self, entry):
        for call in self.numbers(entry.get("calls")):
            if self.owed.get(call) != entry["session"] and not self.explained(call):
                raise Finding(entry["seq"], "pairing", f"it names entry {call} as left, which it is not")
            self.owed.pop(call, None)
            self.noted.add(call)
        if "more" not in entry:
            self.end(entry["session"])
            self.recovered += 1

    def close(self, entry):
        for call in self.numbers(entry.get("calls")):
            if self.owed.get(call) == entry["session"]:
                continue
            if not self.explained(call):
                raise Finding(entry["seq"], "pairing", f"it names entry {call} as left, which it is not")
            self.lost.append(call)
        self.end(entry["session"])

    def explained(self, call):
        """May something in the pruned part explain this? Once."""
        if not 0 <= call < self.pruned or call in self.named:
            return False
        self.named.add(call)
        return True

    def end(self, session):
        self.open.discard(session)
        if self.pruned:
            self.ended.add(session)
        self.lost += [call for call, owner in self.owed.items() if owner == session]
        for waiting in (self.owed, self.held):
            for call in [call for call, owner in waiting.items() if owner == session]:
                del waiting[call]

    @staticmethod
    def number(value):
        return value if type(value) is int else -1

    def numbers(self, value):
        return [self.number(item) for item in value] if isinstance(value, list) else []


# --- the ledger ------------------------------------------------------------------------------------------------------


class Head:
    """The newest entry, as the head's row says."""

    def __init__(self, raw):
        fields = canonical_object(raw)
        if fields is None or sorted(fields) != ["hash", "key", "seq", "sig", "time_us", "v"]:
            raise ValueError("no head")
        if type(fields["v"]) is not int or fields["v"] != 1 or not isinstance(fields["hash"], str):
            raise ValueError("no head")
        if not is_count(fields["seq"]) or not is_count(fields["time_us"]):
            raise ValueError("no head")
        self.seq, self.hash, self.key = fields["seq"], fields["hash"], fields["key"]
        self.message = f"countersign/head/v1\n{self.seq}\n{self.hash}\n{fields['time_us']}\n".encode()
        self.sig = bytes.fromhex(fields["sig"]) if is_hex(fields["sig"], 128) else b""

    def is_signed(self, keys):
        return any(key.id == self.key and key.verifies(self.message, self.sig) for key in keys)


class Trust:
    """What the auditor brings along."""

    def __init__(self, keys, kept=(), policy=None, offered=()):
        self.keys, self.kept, self.policy, self.offered = keys, kept, policy, offered


# Of two findings at one entry the one that is earlier here is told.
RANKS = ["unreadable", "broken", "head", "unsigned", "late", "unsigned-checkpoint", "forked", "shorter", "quorum"]


ENDS_EARLY = {"unreadable", "broken", "late", "truncated"}


class LedgerWalk:
    """One walk over all entries, in the order of `seq`."""

    def __init__(self, source, trust):
        self.source, self.trust = source, trust
        self.chain = KeyChain(trust.keys, trust.offered)
        self.tree, self.pairing = Tree(), Pairing()
        self.prev, self.time = ZEROS, ""
        self.findings, self.flags = [], set()
        self.newest, self.checkpoints, self.witnessed = [], 0, None
        self.stubs, self.until = [None, -1], 0
        self.stored = iter(())
        self.row = None
        self.kept = sorted(trust.kept, key=lambda kept: kept.size)

    def run(self):
        try:
            self.walk()
        except Unreadable as thrown:
            self.note("unreadable", Finding(self.tree.size, "record", f"the store cannot be read: {thrown}"))
        self.check_anchor()
        for kept in self.trust.kept:
            if not kept.is_signed(self.chain.believed):
                raise Usage("a checkpoint that was kept is not signed by a key of this ledger")
        if not self.flags & {"broken", "late", "head", "unreadable"}:
            self.check_stubs()
            self.check_quorum()
        return self.report()

    def note(self, flag, finding):
        finding.rank = RANKS.index(flag)
        self.flags.add(flag)
        self.findings.append(finding)

    def note_broken(self, finding):
        """What ends the walk. Checkpoints and the head may have been made to fit entries that nobody signed."""
        self.note({"head": "head", "checkpoint": "late", "stub": "late"}.get(finding.check, "broken"), finding)

    def walk(self):
        raw = self.source.head()
        head = self.read_head(raw)
        self.begin_keys()
        self.stored = self.source.checkpoints()
        self.row = next(self.stored, None)
        rows = self.source.entries()
        row = next(rows, None)
        end = head.seq + 1 if head is not None and head.is_signed(self.chain.believed) else None
        try:
            self.pass_checkpoints()
            while row is not None and not (end is not None and type(row[0]) in (int, float) and row[0] >= end):
                self.step(*row)
                self.pass_checkpoints()
                row = next(rows, None)
        except Finding as finding:
            return self.note_broken(finding)
        self.compare_head(raw is not None, head)
        if "head" in self.flags:
            return None
        if row is not None:
            return self.note_broken(Finding(self.tree.size, "head", "a row stands behind the newest entry"))
        return self.compare_larger()

    @staticmethod
    def read_head(raw):
        try:
            return None if raw is None else Head(raw)
        except ValueError:
            return None

    def begin_keys(self):
        """The key that signed the first entry; where nobody names it, the first change of keys does."""
        first = next((raw for key, raw in self.source.entries() if key == 0), None)
        try:
            record = None if first is None else Record(0, first)
        except Finding:
            return
        if record is None:
            return
        key = self.chain.hints.get(record.key) or self.old_key(record.key)
        if key is not None:
            self.chain.keys.append(key)

    def old_key(self, wanted):
        for _, raw in self.source.entries():
            if raw[:1] != b"\x01" or b'"kind":"key"' not in raw:
                continue
            try:
                fields = Record(0, raw).fields
            except Finding:
                continue
            change = fields.get("next_key")
            old = change.get("old_public_key") if isinstance(change, dict) else None
            if is_hex(old, 64) and key_id(bytes.fromhex(old)) == wanted:
                return PublicKey(bytes.fromhex(old))
        return None

    def step(self, key, raw):
        place = self.tree.size
        if type(key) not in (int, float) or key != place or str(key).startswith("-"):
            is_later = type(key) is int and place < key
            check = "missing" if is_later else "extra"
            raise Finding(place, check, f"entry {place} is not at its place")
        record = Record(place, raw)
        self.check_signature(place, record)
        if record.fields is None:
            self.stubs = [place if self.stubs[0] is None else self.stubs[0], place]
            self.pairing.skip(place)
        else:
            self.link(place, record.fields)
            self.pairing.follow(record.fields)
            self.take_special(record)
            self.time = record.fields["time"]
        self.tree.add(record.hash)
        self.prev = record.hash.hex()

    def check_signature(self, place, record):
        if "unsigned-entry" in self.flags:
            return
        current = self.chain.current
        if current is None or record.key != current.id:
            self.flags.add("unsigned-entry")
            self.note("unsigned", Finding(place, "key", f"signed by key {record.key}"))
        elif not record.is_signed(current):
            self.flags.add("unsigned-entry")
            self.note("unsigned", Finding(place, "signature", "the signature is not one of the trusted key"))

    def link(self, place, fields):
        if fields["seq"] != place:
            raise Finding(place, "seq", f"the entry says that it is {fields['seq']}")
        if fields["prev"] != self.prev:
            raise Finding(place, "prev", "prev is not the leaf hash of the entry before")
        if fields["time"] < self.time:
            raise Finding(place, "time", "it is earlier than the entry before")

    def take_special(self, record):
        fields = record.fields
        if fields["kind"] == "key" and self.chain.current is not None and record.key == self.chain.current.id:
            self.chain.rotate(fields)
        if fields["kind"] == "prune":
            until = fields.get("until", 0)
            if not is_count(until) or until > fields["seq"]:
                raise Finding(fields["seq"], "fields", "until is not the number of an entry before it")
            self.until = max(self.until, until)

    def compare_head(self, is_there, head):
        size = self.tree.size
        if not is_there:
            finding = Finding(size - 1, "head", "there are entries, and no head") if size > 0 else None
        elif head is None:
            finding = Finding(size, "head", "the head cannot be read")
        elif head.seq >= size:
            if head.is_signed(self.chain.believed):
                self.flags.add("truncated")
            finding = Finding(size, "head", f"the head names entry {head.seq}, and the entries end before")
        elif self.chain.current is None or not head.is_signed([self.chain.current]):
            finding = Finding(size - 1, "head", "the head is not signed by the trusted key")
        elif head.seq < size - 1:
            finding = Finding(head.seq + 1, "head", f"the head names entry {head.seq}, and there are more")
        else:
            finding = Finding(size - 1, "head", "the head names another entry") if head.hash != self.prev else None
        if finding is not None:
            self.note("head", finding)

    def pass_checkpoints(self):
        size = self.tree.size
        while self.row is not None and not (type(self.row[0]) in (int, float) and self.row[0] > size):
            self.compare_stored(self.read_stored(*self.row))
            self.row = next(self.stored, None)
        while self.kept and self.kept[0].size <= size:
            self.compare_signed(self.kept.pop(0))

    @staticmethod
    def read_stored(key, raw):
        place = key if is_count(key) else None
        try:
            checkpoint = Checkpoint(raw.decode("utf-8"))
            if checkpoint.size != place:
                raise ValueError("it has another size than its key")
            return checkpoint
        except ValueError as wrong:
            raise Finding(max(0, (place or 0) - 1), "checkpoint", f"a stored checkpoint is none: {wrong}") from None

    def compare_stored(self, checkpoint):
        fits = checkpoint.root == self.tree.root()
        place = max(0, checkpoint.size - 1)
        if checkpoint.is_signed(self.chain.believed):
            self.checkpoints += fits
            self.compare_signed(checkpoint)
        elif fits:
            self.note("unsigned-checkpoint", Finding(place, "checkpoint", "a stored checkpoint is not signed"))
        else:
            raise Finding(place, "checkpoint", "a stored checkpoint has another root, and no signature of ours")

    def compare_signed(self, checkpoint):
        if checkpoint.root != self.tree.root():
            place = max(0, checkpoint.size - 1)
            self.note("forked", Finding(place, "checkpoint", f"another root for {checkpoint.size} entries"))
        elif self.newest and self.newest[0].size == checkpoint.size:
            self.newest.append(checkpoint)
        else:
            self.newest = [checkpoint]

    def compare_larger(self):
        """What is larger than the tree tells of entries that are gone."""
        try:
            stored = None if self.row is None else self.read_stored(*self.row)
        except Finding as finding:
            return self.note_broken(finding)
        if stored is not None and not stored.is_signed(self.chain.believed):
            return self.note_broken(Finding(self.tree.size, "checkpoint", "a stored checkpoint is not signed"))
        larger = stored or (self.kept[0] if self.kept else None)
        if larger is not None:
            self.note("shorter", Finding(self.tree.size, "checkpoint", f"a checkpoint has {larger.size} entries"))
        return None

    def check_anchor(self):
        # Where the walk ended early nobody knows which keys would have come.
        if self.tree.size == 0 or self.chain.anchor is not None or self.flags & ENDS_EARLY:
            return
        if not any(one.seq == 0 and one.check in ("key", "signature") for one in self.findings):
            self.note("unsigned", Finding(0, "key", "signed by a key that is not trusted"))

    def check_stubs(self):
        first, last = self.stubs
        if first is None:
            return
        if last >= self.until:
            place = max(first, self.until)
            self.note_broken(Finding(place, "stub", f"entry {last} has lost its text, and nothing allows that"))
        elif "forked" not in self.flags and (not self.newest or last >= self.newest[0].size):
            self.note_broken(Finding(first, "stub", "no signed checkpoint pins the entries without text"))

    def check_quorum(self):
        if self.trust.policy is None:
            return
        size = self.newest[0].size if self.newest else 0
        for checkpoint in self.newest:
            by, is_met = self.trust.policy.accepts(checkpoint)
            if is_met:
                self.witnessed = {"size": size, "by": by}
                return
        self.note("quorum", Finding(max(0, size - 1), "quorum", "the newest checkpoint does not meet the policy"))

    def status(self):
        flags = self.flags
        if "unreadable" in flags:
            return "unreadable"
        if "truncated" in flags:
            return "truncated"
        if "unsigned" in flags and "broken" not in flags:
            return "unsigned"
        if flags & {"broken", "late", "head"}:
            return "broken"
        if "shorter" in flags:
            return "truncated"
        if "forked" in flags:
            return "forked"
        if flags & {"unsigned-checkpoint", "quorum"}:
            return "unsigned"
        if self.pairing.open:
            return "intact-open"
        return "recovered" if self.pairing.recovered else "intact"

    def report(self):
        tree, pairing = self.tree, self.pairing
        first = min(self.findings, key=lambda one: (one.seq, one.rank), default=None)
        lost = sorted([*pairing.lost, *pairing.noted])
        key = self.chain.anchor or (self.trust.keys[0] if self.trust.keys else None)
        return {
            "status": self.status(),
            "entries": tree.size,
            "head": {"seq": tree.size - 1, "hash": self.prev} if tree.size else None,
            "root": tree.root().hex(),
            **({"finding": {"seq": first.seq, "check": first.check, "detail": first.detail}} if first else {}),
            "key": key.id if key else "",
            "keys": [key.id for key in self.chain.keys],
            "sessions": {"open": len(pairing.open), "recovered": pairing.recovered, "waiting": len(pairing.owed)},
            "without_outcome": {"count": len(lost), "calls": lost[:100]},
            "checkpoints": {"stored": self.checkpoints, "newest": self.newest[0].size if self.newest else None},
            "pruned": self.stubs[1] + 1,
            **({"witnessed": self.witnessed} if self.witnessed else {}),
        }


# --- where it all comes from -----------------------------------------------------------------------------------------


class Folder:
    """A ledger's folder: rows of Deno KV, which is a file of SQLite. Read-only, without a lock."""

    def __init__(self, folder):
        path = os.path.join(folder, "ledger.db")
        # Somebody has it open, or had when it died: what is in the log counts, and all is read as of one moment.
        in_use = os.path.exists(path + "-wal")
        self.db = sqlite3.connect(f"file:{quote(path)}?{'mode=ro' if in_use else 'immutable=1'}", uri=True)
        self.db.isolation_level = None
        self.db.execute("begin")
        # A ledger writes no row that goes away by itself.
        if self.db.execute("select 1 from kv where expiration_ms > -1 limit 1").fetchone():
            raise Unreadable("rows of the store are set to go away by themselves")

    def rows(self, table):
        prefix = b"\x02" + table.encode() + b"\x00"
        query = "select k, v, v_encoding from kv where k > ? and k < ? order by k"
        try:
            for key, value, encoding in self.db.execute(query, (prefix, prefix + b"\xff")):
                yield row_key(key[len(prefix) :]), row_value(value, encoding)
        except sqlite3.Error as thrown:
            raise Unreadable(str(thrown)) from None

    def head(self):
        return next((value for key, value in self.rows("head") if key == "newest"), None)

    def entries(self):
        return self.rows("entry")

    def checkpoints(self):
        return self.rows("checkpoint")


def row_key(raw):
    """The second part of a key, where it is a number or a text, and there is no third. A whole number is an int."""
    if len(raw) == 9 and raw[0] == 0x21:
        bits = struct.unpack(">Q", raw[1:])[0]
        bits = bits ^ (1 << 63) if bits >> 63 else ~bits & (2**64 - 1)
        number = struct.unpack(">d", struct.pack(">Q", bits))[0]
        if bits == 1 << 63:
            return "-0"
        return int(number) if number == number and abs(number) <= MAX_SAFE and number == int(number) else number
    if raw[:1] == b"\x02" and raw[-1:] == b"\x00":
        text = raw[1:-1].replace(b"\x00\xff", b"\x01")
        return raw[1:-1].decode("utf-8", "replace") if b"\x00" not in text else None
    return None


def row_value(value, encoding):
    """Bytes: as they are, or as V8 serialises a Uint8Array, in that one form. Any other kind of value is none."""
    if encoding == 3:
        return value
    if encoding != 1 or re.match(rb"\xff[\x0d-\x10][^B]", value, re.DOTALL):
        return b""
    match = re.match(rb"\xff([\x0d-\x10])B((?:[\x80-\xff])*[\x00-\x7f])", value, re.DOTALL)
    length = sum((byte & 0x7F) << 7 * i for i, byte in enumerate(match.group(2))) if match else 0
    view = b"VB\0" + match.group(2) + (b"\0" if match.group(1) > b"\x0d" else b"") if match else b""
    if not match or not value.startswith(view, match.end() + length):
        raise Unreadable("a value is none that a ledger writes")
    return value[match.end() : match.end() + length]


class Lines:
    """A ledger out of texts: a vector, or the files of a pack."""

    def __init__(self, head, lines, checkpoints):
        self.raw_head, self.lines, self.notes = head, lines, checkpoints

    def head(self):
        return self.raw_head

    def entries(self):
        for place, line in enumerate(self.lines()):
            record = record_of_line(line)
            yield (place, b"") if record is None else record

    def checkpoints(self):
        return iter(self.notes())


BESIDE = re.compile(r',"hash":"([0-9a-f]{64})","sig":"([0-9a-f]{128})","key":"([0-9a-f]{16})"\}')


def record_of_line(line):
    """`seq`, and the record as the store keeps it; None for a line that is no entry."""
    try:
        text = line.decode("utf-8")
        fields = lax_json(text)
    except (ValueError, RecursionError):
        return None
    return record_of_object(fields, text) if isinstance(fields, dict) else None


def record_of_object(fields, text=""):
    digest, sig, key = (fields.pop(name, None) for name in ("hash", "sig", "key"))
    seq = fields.get("seq")
    if not is_hex(digest, 64) or not is_hex(sig, 128) or not is_hex(key, 16) or not is_count(seq):
        return None
    frame = bytes.fromhex(digest + sig + key)
    if list(fields) == ["seq"]:
        return seq, b"\x02" + frame
    beside = next((m for m in BESIDE.finditer(text) if m.end() == len(text)), None)
    if beside is not None and "\\u" not in text:
        # As it was written: then the bytes that were hashed stand in it.
        return seq, b"\x01" + frame + b"\x00" + (text[: beside.start()] + "}").encode()
    try:
        return seq, b"\x01" + frame + b"\x00" + canonical(fields, 10_000).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return seq, b"\x01" + frame + b"\x00"


# --- packs and receipts ----------------------------------------------------------------------------------------------


def problem(status, seq, check, detail):
    return {"status": status, "finding": {"seq": seq, "check": check, "detail": detail}}


def reachable(trusted, changes, forwards_only=False):
    """Keys by id: the trusted ones, and what entries of kind `key` lead to from these, forwards and backwards.

    Forwards only: those that may seal a tree. A key that was replaced may be in other hands, and that is why it was.
    """
    keys = {key.id: key for key in trusted}
    links = [link for link in map(rotation_of, changes) if link]
    while True:
        reached = [link for link in links if any(
            keys.get(one.id) and keys[one.id].raw == one.raw for one in (link[:1] if forwards_only else link)
        )]
        new = [one for link in reached for one in link if one.id not in keys]
        if not new:
            return keys
        keys.update((one.id, one) for one in new)


def rotation_of(change):
    """The two keys of a change that both of them signed."""
    seq, raw = change
    try:
        record = Record(seq, raw)
        fields = record.fields
        if not fields or fields["kind"] != "key" or not isinstance(fields.get("next_key"), dict):
            return None
        old_hex = fields["next_key"].get("old_public_key")
        if not is_hex(old_hex, 64):
            return None
        chain = KeyChain([], [])
        chain.keys.append(PublicKey(bytes.fromhex(old_hex)))
        if record.key != chain.keys[0].id or not record.is_signed(chain.keys[0]):
            return None
        chain.rotate(fields)
        return chain.keys
    except Finding:
        return None


def kept_of(kept, keys):
    if all(one.is_signed(keys.values()) for one in kept):
        return kept
    raise Usage("a checkpoint that was kept is not signed by a key of this ledger")


def signer_of(checkpoint, keys):
    return next((key for key in keys.values() if checkpoint.is_signed([key])), None)


EMPTY = {"status": "unreadable", "entries": 0, "head": None, "root": sha256(b"").hex(), "key": ""}


def unreadable(detail):
    return {**EMPTY, **problem("unreadable", 0, "form", detail)}


def verify_receipt(text, trust):
    try:
        receipt = strict_json(text)
        if has_nul(canonical(receipt, 256)):
            raise ValueError("a NUL character")
    except (ValueError, RecursionError):
        return unreadable("it is not JSON")
    try:
        entry, own, rotations = receipt_parts(receipt)
        index, proof, checkpoint = tlog_proof(receipt["proof"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return unreadable("it is not a receipt")
    trusted = trust.keys or [own]
    keys = reachable(trusted, rotations)
    seq, raw = entry
    signer = signer_of(checkpoint, reachable(trusted, rotations, forwards_only=True))
    found = check_receipt_entry(entry, own, keys) or check_disclosed(receipt, seq)
    if not found and signer is None:
        found = problem("unsigned", 0, "checkpoint", "the checkpoint is not signed by a trusted key")
    if not found and (
        index != seq or root_of_inclusion(index, checkpoint.size, raw[1:33], proof) != checkpoint.root
    ):
        found = problem("broken", seq, "proof", "the proof does not lead from the entry to the checkpoint")
    found = found or check_receipt_note(checkpoint, keys, trust)
    held = {"entries": 1, "head": {"seq": seq, "hash": raw[1:33].hex()}}
    return {
        **EMPTY,
        "status": "intact",
        **({} if found else held),
        **({"root": checkpoint.root.hex(), "key": signer.id} if signer else {}),
        **(found or {}),
    }


def receipt_parts(receipt):
    known = {"v", "type", "entry", "hash", "sig", "key", "public_key", "proof", "disclosed", "rotations"}
    if set(receipt) - known or type(receipt["v"]) is not int or receipt["v"] != 1:
        raise ValueError("a field that no receipt has")
    if receipt["type"] != "countersign/receipt" or not is_hex(receipt["public_key"], 64):
        raise ValueError("no receipt")
    rotations = receipt.get("rotations", [])
    if not isinstance(rotations, list) or len(rotations) > 100 or not isinstance(receipt["proof"], str):
        raise ValueError("no receipt")
    if not isinstance(receipt.get("disclosed", {}), dict):
        raise ValueError("no receipt")
    return loose_entry(receipt), PublicKey(bytes.fromhex(receipt["public_key"])), [*map(loose_entry, rotations)]


def loose_entry(part):
    entry = part["entry"]
    if set(entry) & {"hash", "sig", "key"}:
        raise ValueError("an entry with fields that stand beside it")
    record = record_of_object({**entry, **{name: part[name] for name in ("hash", "sig", "key")}})
    if record is None or record[1][0] != 1:
        raise ValueError("no entry")
    return record


def tlog_proof(text):
    """Index, hashes and checkpoint (C2SP tlog-proof), in their one form."""
    before, gap, after = text.partition("\n\n")
    magic, *lines = before.split("\n")
    if lines and lines[0].startswith("extra "):
        if from_base64(lines.pop(0)[6:]) is None:
            raise ValueError("extra data")
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,15})", lines.pop(0)) if lines else None
    hashes = [from_base64(line) for line in lines]
    if not gap or magic != "c2sp.org/tlog-proof@v1" or index is None or len(hashes) > 63:
        raise ValueError("no proof")
    if any(one is None or len(one) != 32 for one in hashes):
        raise ValueError("a hash that is none")
    return int(index.group(1)), hashes, Checkpoint(after)


def check_receipt_entry(entry, own, keys):
    seq, raw = entry
    try:
        record = Record(seq, raw)
    except Finding as found:
        return problem("broken", seq, found.check, found.detail)
    if own.id != record.key:
        return problem("broken", seq, "key", "the public key that it brings is not that of its entry")
    if record.key not in keys:
        return problem("unsigned", seq, "key", f"signed by key {record.key}, which is not trusted")
    if not record.is_signed(keys[record.key]):
        return problem("unsigned", seq, "signature", "the signature is not one of the trusted key")
    return None


def check_disclosed(receipt, seq):
    disclosed = receipt.get("disclosed")
    if disclosed is None:
        return None
    if set(disclosed) - {"k", "input", "output"}:
        return problem("broken", seq, "disclosed", "what it discloses is not k with its payloads")
    return check_payload(disclosed, receipt["entry"], seq)


def check_payload(disclosed, entry, seq):
    """Has each payload that is disclosed the digest of the entry, under the k that is disclosed?"""
    if not is_hex(disclosed.get("k"), 64):
        return problem("broken", seq, "disclosed", "k is not what it should be")
    for name in ("input", "output"):
        if name not in disclosed:
            continue
        text, want = disclosed[name], entry.get(name)
        if not isinstance(text, str) or not isinstance(want, dict):
            return problem("broken", seq, "disclosed", f"there is no {name} to disclose")
        digest = hmac.new(bytes.fromhex(disclosed["k"]), text.encode(), hashlib.sha256).hexdigest()
        if want.get("digest") != digest or want.get("bytes") != len(text.encode()):
            return problem("broken", seq, "disclosed", f"the {name} does not have the digest of the entry")
    return None


def check_receipt_note(checkpoint, keys, trust):
    size = checkpoint.size
    for kept in kept_of(trust.kept, keys):
        if kept.size == size and kept.root != checkpoint.root:
            return problem("forked", size, "checkpoint", "a kept checkpoint has another root")
    return check_policy(checkpoint, trust.policy)


def check_policy(checkpoint, policy):
    if policy is None or policy.accepts(checkpoint)[1]:
        return None
    return problem("unsigned", max(0, checkpoint.size - 1), "quorum", "too few witnesses have cosigned the checkpoint")


PACK_NAME = re.compile(
    r"manifest\.json|entries\.jsonl|hashes\.bin|checkpoint\.txt|head\.json|payloads/payloads\.jsonl"
    r"|checkpoints/(?:0|[1-9][0-9]{0,14})\.txt|keys/[0-9a-f]{16}\.pub|policies/[0-9A-Za-z_-]{1,80}\.json"
)


def is_predicate(origin, created, entries, range, filter, checkpoint, **end):
    """Does a manifest say what it is about? `end`: of a segment, all three of them, or nothing."""
    texts = [origin, created, *(filter or {}).values()]
    note, head, size = end.get("note"), end.get("head"), end.get("bytes")
    return (
        all(isinstance(one, str) for one in texts)
        and (filter is None or isinstance(filter, dict))
        and (range is None or 0 <= range["first"] <= range["last"] and is_count(range["first"]) and is_count(range["last"]))
        and is_count(entries)
        and is_count(checkpoint["size"])
        and is_hex(checkpoint["root"], 64)
        and (not {"note", "head", "bytes"} & set(end) or isinstance(note, str) and isinstance(head, str) and is_count(size))
    )


class Manifest:
    """An in-toto statement (v1) in an envelope (DSSE v1): what is there, and who has signed that."""

    def __init__(self, raw, wanted):
        envelope = document(raw.decode("utf-8"))
        if set(envelope) != {"payload", "payloadType", "signatures"}:
            raise ValueError("the manifest is no envelope")
        payload, kind = from_base64(envelope["payload"]), envelope["payloadType"]
        if payload is None or kind != "application/vnd.in-toto+json":
            raise ValueError("the manifest holds no in-toto statement")
        statement = document(payload.decode("utf-8"))
        if statement["_type"] != "https://in-toto.io/Statement/v1" or statement["predicateType"] != wanted:
            raise ValueError("the manifest holds another statement")
        self.message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        self.signatures = [from_base64(one["sig"]) for one in envelope["signatures"]]
        hints = [one.get("keyid", "") for one in envelope["signatures"]]
        if not 1 <= len(hints) <= 16 or None in self.signatures or not all(isinstance(one, str) for one in hints):
            raise ValueError("a signature of the manifest is none")
        self.digests = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
        if len(self.digests) != len(statement["subject"]):
            raise ValueError("the manifest names a file twice")
        if not all(isinstance(name, str) and is_hex(digest, 64) for name, digest in self.digests.items()):
            raise ValueError("the manifest names a file without its SHA-256")
        self.predicate = statement["predicate"]
        if not is_predicate(**self.predicate):
            raise ValueError("the manifest does not say what it is about")

    def is_signed(self, keys):
        return any(key.verifies(self.message, sig) for key in keys.values() for sig in self.signatures)

    def signer(self, keys):
        return next((key.id for key in keys.values() if self.is_signed({key.id: key})), "")


class Pack:
    """The files of a pack: those of a folder, or of a tar of plain files."""

    def __init__(self, path):
        self.path = path
        self.places = tar_places(path) if os.path.isfile(path) else folder_places(path)
        if any(not PACK_NAME.fullmatch(name) for name in self.places):
            raise ValueError("it has a file that no pack has")
        self.manifest = Manifest(self.read("manifest.json"), "urn:countersign:pack:v1")
        self.checkpoint_text = self.read("checkpoint.txt").decode("utf-8")

    def open(self, name):
        path, at, _ = self.places[name]
        file = open(path, "rb")
        file.seek(at)
        return file

    def pieces(self, name):
        left = self.places[name][2]
        with self.open(name) as file:
            while left > 0:
                piece = file.read(min(left, 65536))
                if not piece:
                    return
                left -= len(piece)
                yield piece

    def read(self, name):
        if name not in self.places:
            raise ValueError(f"it has no {name}")
        return b"".join(self.pieces(name))

    def lines(self):
        return split_lines(self.pieces("entries.jsonl")) if "entries.jsonl" in self.places else iter(())

    def stored(self):
        sizes = sorted(int(name[12:-4]) for name in self.places if name.startswith("checkpoints/"))
        for size in sizes:
            if f"checkpoints/{size}.txt" in self.places:
                yield size, self.read(f"checkpoints/{size}.txt")

    def offered(self):
        keys = []
        for name in self.places:
            if name.startswith("keys/"):
                try:
                    key = public_key_from(self.read(name).decode("utf-8"))
                    keys += [key] if self.read(name) == pem_of(key) else []
                except (Usage, ValueError):
                    pass  # a hint less
        return keys

    def changes(self):
        marked = (record_of_line(line) for line in self.lines() if b'"kind":"key"' in line)
        return [record for record in marked if record is not None]


def folder_places(folder):
    places = {}
    for base, folders, files in os.walk(folder):
        if any(os.path.islink(os.path.join(base, name)) for name in [*folders, *files]):
            raise ValueError("it has a symbolic link")
        for name in files:
            path = os.path.join(base, name)
            places[os.path.relpath(path, folder).replace(os.sep, "/")] = path, 0, os.path.getsize(path)
    return places


def tar_places(path):
    """Where the files of an archive stand: ustar, plain files alone, nothing behind the end."""
    places, at, size = {}, 0, os.path.getsize(path)
    with open(path, "rb") as file:
        while True:
            header = file.read(512)
            if header == bytes(512):
                break
            if len(header) < 512 or header[156:157] != b"0" or header[257:265] != b"ustar\x0000" or any(header[345:]):
                raise ValueError("it is not an archive of plain files")
            blank = header[:148] + b" " * 8 + header[156:]
            name = header[:100].rstrip(b"\0").decode("utf-8")
            length = int(header[124:135], 8)
            if int(header[148:154], 8) != sum(blank) or name in places or b"\0" in header[:100].rstrip(b"\0"):
                raise ValueError("a header that is none, or a name twice")
            places[name] = path, at + 512, length
            at += 512 + length + -length % 512
            if at > size:
                raise ValueError("it is cut off")
            file.seek(at - (-length % 512))
            if any(file.read(-length % 512)):
                raise ValueError("something stands behind a file")
        if file.read() != bytes(512):
            raise ValueError("something stands behind its end")
    return places


def verify_pack(path, trust):
    try:
        pack = Pack(path)
        predicate = pack.manifest.predicate
        is_filtered = predicate["filter"] is not None
        claimed = predicate["checkpoint"]["size"], predicate["checkpoint"]["root"], predicate["entries"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as wrong:
        return unreadable(f"it is no pack: {wrong}")
    trust = Trust(trust.keys or pack.offered(), trust.kept, trust.policy, pack.offered())
    changes = pack.changes()
    keys, sealers = reachable(trust.keys, changes), reachable(trust.keys, changes, forwards_only=True)
    signer = pack.manifest.signer(sealers)
    report = {**EMPTY, "status": "intact", "root": claimed[1], "key": signer}
    if not is_filtered:
        head = pack.read("head.json") if "head.json" in pack.places else None
        whole = LedgerWalk(Lines(head, pack.lines, pack.stored), trust).run()
        report = {**whole, "key": signer}
        if whole["status"] not in HOLDS:
            return report
    found = check_pack(pack, (keys, sealers), trust, None if is_filtered else report, claimed, report)
    return {**report, **found}


def check_pack(pack, both, trust, whole, claimed, report):
    keys, sealers = both
    try:
        checkpoint = Checkpoint(pack.checkpoint_text)
    except ValueError as wrong:
        return problem("broken", 0, "checkpoint", str(wrong))
    if not checkpoint.is_signed(sealers.values()):
        return problem("unsigned", 0, "checkpoint", "the checkpoint is not signed by a trusted key")
    size, root = checkpoint.size, checkpoint.root.hex()
    if whole and (whole["root"], whole["entries"]) != (root, size):
        return problem("broken", 0, "checkpoint", "the entries are not those of the checkpoint")
    chosen = Chosen(pack, keys) if whole is None else None
    found = check_leaves(pack, checkpoint, kept_of(trust.kept, keys), chosen)
    if chosen and chosen.count:
        report.update(entries=chosen.count, head=chosen.last)
    if found:
        return found
    if claimed != (size, root, chosen.count if chosen else whole["entries"]):
        return problem("broken", 0, "manifest", "the manifest says another number of entries, or another tree")
    if not pack.manifest.is_signed(sealers):
        return problem("unsigned", 0, "manifest", "the manifest is not signed by a trusted key")
    return check_files(pack) or check_payloads(pack) or check_policy(checkpoint, trust.policy) or {}


class Chosen:
    """The entries of a filtered pack, each held against the leaf at its place."""

    def __init__(self, pack, keys):
        self.rows = enumerate(pack.lines())
        self.keys, self.count, self.last, self.unsigned = keys, 0, None, None
        self.advance()

    def advance(self):
        place, line = next(self.rows, (None, None))
        self.next = None if line is None else record_of_line(line) or (None, place)

    def leaf(self, index, leaf):
        if self.next is None or self.next[0] is not None and self.next[0] > index:
            return None
        seq, raw = self.next
        if seq is None or seq < index:
            return problem("broken", index if seq is None else seq, "seq", "a line is no entry, or out of order")
        try:
            record = Record(seq, raw)
        except Finding as found:
            return problem("broken", seq, found.check, found.detail)
        if record.hash != leaf:
            return problem("broken", seq, "proof", "it is not the entry that the tree has at this place")
        key = self.keys.get(record.key)
        if self.unsigned is None and (key is None or not record.is_signed(key)):
            self.unsigned = problem("unsigned", seq, "signature", "it is not signed by a trusted key")
        self.count, self.last = self.count + 1, {"seq": seq, "hash": record.hash.hex()}
        self.advance()
        return None

    def end(self):
        if self.next is None:
            return self.unsigned
        return problem("broken", self.next[0] or 0, "proof", "an entry is behind the end of the tree")


def check_leaves(pack, checkpoint, kept, chosen):
    tree, left = Tree(), b""
    for piece in pack.pieces("hashes.bin") if "hashes.bin" in pack.places else ():
        left += piece
        whole = len(left) - len(left) % 32
        for at in range(0, whole, 32):
            found = chosen.leaf(tree.size, left[at : at + 32]) if chosen else None
            if found:
                return found
            tree.add(left[at : at + 32])
            if any(one.size == tree.size and one.root != tree.root() for one in kept):
                return problem("forked", tree.size, "checkpoint", "a kept checkpoint has another root")
        left = left[whole:]
    found = chosen.leaf(tree.size, left) if chosen and left else None
    if found:
        return found
    if left or tree.size != checkpoint.size or tree.root() != checkpoint.root:
        return problem("broken", tree.size + bool(left), "proof", "the hashes do not give the root of the checkpoint")
    if any(one.size > tree.size for one in kept):
        return problem("truncated", tree.size, "checkpoint", "a kept checkpoint is larger")
    return chosen.end() if chosen else None


def check_files(pack):
    if set(pack.places) - {"manifest.json"} != set(pack.manifest.digests):
        return problem("broken", 0, "file", "the files are not those that the manifest names")
    for name, digest in pack.manifest.digests.items():
        hashed = hashlib.sha256()
        for piece in pack.pieces(name):
            hashed.update(piece)
        if hashed.hexdigest() != digest:
            return problem("broken", 0, "file", f"{name} is not the file that the manifest names")
    return None


def check_payloads(pack):
    """Both files are in the order of `seq`: they are read side by side."""
    name = "payloads/payloads.jsonl"
    records = (record_of_line(line) for line in pack.lines())
    for line in split_lines(pack.pieces(name)) if name in pack.places else ():
        try:
            disclosed = document(line.decode("utf-8"))
            if has_nul(canonical(disclosed)):
                raise ValueError("a NUL character")
            seq = disclosed["seq"]
            raw = next(record[1] for record in records if record is not None and record[0] == seq)
            found = check_payload(disclosed, Record(seq, raw).fields or {}, seq)
        except (ValueError, KeyError, TypeError, RecursionError, StopIteration, Finding):
            return problem("broken", 0, "disclosed", "a line of the payloads is none, or of no entry")
        if found:
            return found
    return None


def split_lines(pieces):
    left = b""
    for piece in pieces:
        *whole, left = (left + piece).split(b"\n")
        yield from whole
    if left:
        yield left


# --- archives of segments --------------------------------------------------------------------------------------------

SEGMENT = re.compile(r"segment-[0-9]{12}-[0-9]{12}(?:-r[0-9]{1,2})?\.json(l?)")


class Segment:
    """A closed file of entries, by its manifest. Raises for one that is not whole."""

    def __init__(self, folder, name):
        with open(os.path.join(folder, name), "rb") as file:
            self.manifest = Manifest(file.read(), "urn:countersign:segment:v1")
        predicate = self.manifest.predicate
        [(self.name, self.digest)] = self.manifest.digests.items()
        self.path = os.path.join(folder, self.name)
        self.first, self.last = predicate["range"]["first"], predicate["range"]["last"]
        self.note, self.head = predicate["note"], predicate["head"].encode()
        if not is_count(self.first) or not is_count(self.last) or self.first > self.last:
            raise ValueError("no range")
        whole = predicate["entries"] == self.last - self.first + 1 and predicate["filter"] is None
        if not whole or predicate["checkpoint"]["size"] != self.last + 1:
            raise ValueError("not all entries of its range")
        match = SEGMENT.fullmatch(self.name)
        if not match or not match.group(1) or os.path.getsize(self.path) != predicate["bytes"]:
            raise ValueError("its file is not whole")

    def pieces(self):
        with open(self.path, "rb") as file:
            yield from iter(lambda: file.read(65536), b"")


def verify_archive(folder, trust):
    found = {}
    for name in os.listdir(folder):
        match = SEGMENT.fullmatch(name)
        if not match or match.group(1):
            continue
        try:
            segment = Segment(folder, name)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
            continue  # somebody was interrupted: what is not whole does not count
        if segment.first not in found or found[segment.first].last < segment.last:
            found[segment.first] = segment
    segments, end = [], 0
    while end in found:
        segments.append(found[end])
        end = segments[-1].last + 1
    if any(first > end for first in found):
        return {**EMPTY, **problem("broken", 0, "missing", f"entry {end} is in no segment, and later ones are")}
    return verify_segments(segments, trust)


def verify_segments(segments, trust):
    def lines():
        return split_lines(piece for segment in segments for piece in segment.pieces())

    notes = [(segment.last + 1, segment.note.encode()) for segment in segments]
    head = segments[-1].head if segments else None
    whole = LedgerWalk(Lines(head, lines, lambda: notes), trust).run()
    marked = (record_of_line(line) for line in lines() if b'"kind":"key"' in line)
    keys = reachable(trust.keys, [record for record in marked if record is not None])
    report = {**whole, "key": segments[-1].manifest.signer(keys) if segments else ""}
    for segment in segments if whole["status"] in HOLDS else ():
        if not segment.manifest.is_signed(keys):
            return {**report, **problem("unsigned", segment.first, "manifest", "a segment is not signed")}
        hashed = hashlib.sha256()
        for piece in segment.pieces():
            hashed.update(piece)
        if hashed.hexdigest() != segment.digest:
            return {**report, **problem("broken", segment.first, "file", "a segment is not what was signed")}
    return report


# --- attestations ----------------------------------------------------------------------------------------------------

ATTESTATION_TYPE = "countersign-attestation+jwt"
MAX_ATTESTATION = 32 * 1024


def verify_attestation(token, trust, audience=None, receipt=None):
    """The token that came with a call; with a receipt, also that its entry is the one that the token speaks of."""
    against = None if receipt is None else verify_receipt(receipt, trust)
    if against is not None and against["status"] not in HOLDS:
        return against
    keys = list(trust.keys)
    if receipt is not None:
        keys.append(PublicKey(bytes.fromhex(strict_json(receipt)["public_key"])))
    try:
        kid, claims, signed, signature = jws_parts(token.strip())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return unreadable("it is no attestation")
    key = next((key for key in keys if key.id == kid), None)
    if key is None or not key.verifies(signed, signature):
        return {**EMPTY, **problem("unsigned", 0, "signature", "it is not signed by a trusted key")}
    if not is_attestation(claims):
        return unreadable("it does not say what an attestation says")
    seq = claims["entry"]
    if audience is not None and claims["aud"] != audience:
        return {**EMPTY, **problem("broken", seq, "audience", "it is for another server"), "attestation": claims}
    if against is not None and not is_attested(claims, against["head"], strict_json(receipt)["entry"]):
        found = problem("broken", seq, "attestation", "it is not of the entry of the receipt")
        return {**EMPTY, "root": against["root"], "key": kid, **found, "attestation": claims}
    head = {"seq": seq, "hash": claims["hash"]}
    root = EMPTY["root"] if against is None else against["root"]
    return {**EMPTY, "status": "intact", "entries": 1, "head": head, "root": root, "key": kid, "attestation": claims}


def jws_parts(token):
    """Compact JWS (RFC 7515, section 7.1) of this one kind, read strictly. Raises."""
    if len(token) > MAX_ATTESTATION:
        raise ValueError("too long")
    header, payload, signature = map(base64url, token.split("."))
    fields, claims = (document(part.decode("utf-8")) for part in (header, payload))
    for value in (fields, claims):
        canonical(value, 16)
    if set(fields) != {"alg", "kid", "typ"} or fields["alg"] != "EdDSA" or fields["typ"] != ATTESTATION_TYPE:
        raise ValueError("another kind of token")
    if not isinstance(fields["kid"], str) or not isinstance(claims, dict):
        raise ValueError("no token of ours")
    return fields["kid"], claims, token[: token.rindex(".")].encode(), signature


def base64url(part):
    """base64url without padding, in its one form."""
    if not re.fullmatch("[A-Za-z0-9_-]+", part):
        raise ValueError("no base64url")
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise ValueError("bits that say nothing")
    return raw


def is_attestation(claims):
    texts = [claims.get(name) for name in ("aud", "jti", "ledger", "method", "server")]
    texts += [claims.get(name, "") for name in ("policy", "tool")]
    agent, digest = claims.get("agent"), claims.get("input", {"bytes": 0})
    return (
        claims.get("iss") == "countersign"
        and all(isinstance(text, str) for text in texts)
        and is_count(claims.get("entry"))
        and is_count(claims.get("iat"))
        and claims["iat"] <= 253_402_300_799
        and is_hex(claims.get("hash"), 64)
        and isinstance(agent, dict)
        and isinstance(agent.get("id"), str)
        and isinstance(agent.get("verified"), bool)
        and isinstance(digest, dict)
        and is_count(digest.get("bytes"))
        and ("digest" not in digest or is_hex(digest["digest"], 64))
    )


def is_attested(claims, head, entry):
    """Does the attestation say of the entry what stands in it, and did the call leave?"""
    if claims["entry"] != head["seq"] or claims["hash"] != head["hash"]:
        return False
    left = entry.get("verdict") in ("forward", "redact", "hold") and entry.get("enforced") is True
    agent = {name: entry["agent"].get(name) for name in ("id", "verified")}
    said = {**entry, "agent": agent, "jti": entry["id"], "tool": entry.get("tool") or None}
    same = all(claims.get(name) == said.get(name) for name in ("agent", "input", "jti", "method", "policy", "server", "tool"))
    return entry["kind"] == "call" and left and same


# --- vectors ---------------------------------------------------------------------------------------------------------


def verify_vector(text):
    """What a vector expects, and what it is (tests/vectors/ledger/README.md)."""
    first, *sections = re.split(r"^-- ", text, flags=re.MULTILINE)
    expect, keys = None, []
    for line in first.splitlines():
        name, _, value = line.partition(": ")
        if name == "expect":
            expect = value
        elif name == "public-key":
            keys.append(public_key_from(value))
        elif line and not line.startswith("#"):
            raise Usage(f"a vector has no field {name}")
    parts = {}
    for section in sections:
        name, _, body = section.partition("\n")
        if name not in ("head", "entries", "checkpoint", "kept", "policy", "receipt", "attestation", "audience"):
            raise Usage(f"a vector has no section {name}")
        parts.setdefault(name, []).append(body)
    try:
        report = verify_parts(parts, keys)
    except Usage as wrong:
        report = {"status": "usage", "detail": str(wrong)}
    return expect, report


def verify_parts(parts, keys):
    policy = policy_from(parts["policy"][0]) if "policy" in parts else None
    trust = Trust(keys, [kept_from(text) for text in parts.get("kept", [])], policy)
    if "attestation" in parts:
        audience, receipt = (parts.get(name, [None])[0] for name in ("audience", "receipt"))
        return verify_attestation(parts["attestation"][0], trust, audience and audience.strip(), receipt)
    if "receipt" in parts:
        return verify_receipt(parts["receipt"][0], trust)
    head = parts["head"][0].rstrip("\n").encode() if "head" in parts else None
    lines = [line for line in "".join(parts.get("entries", [])).encode().split(b"\n") if line]
    notes = sorted(((size_of(text), text.encode()) for text in parts.get("checkpoint", [])), key=lambda one: one[0])
    return LedgerWalk(Lines(head, lambda: lines, lambda: notes), trust).run()


def size_of(text):
    """By its second line, where the store would have the size in the key."""
    lines = text.split("\n")
    return int(lines[1]) if len(lines) > 1 and re.fullmatch("[0-9]{1,15}", lines[1]) else 0


def kept_from(text):
    try:
        return Checkpoint(text)
    except ValueError as wrong:
        raise Usage(f"a checkpoint that was kept is none: {wrong}") from None


def policy_from(text):
    try:
        return Policy(text)
    except ValueError as wrong:
        raise Usage(f"the policy is none: {wrong}") from None


# --- the command -----------------------------------------------------------------------------------------------------


def read_text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8")
    except (OSError, ValueError):
        raise Usage(f'there is no readable text "{path}"') from None


def named_key(value):
    return public_key_from(value if re.fullmatch("[0-9a-fA-F]{64}", value) else read_text(value))


def verify_path(path, public_keys=(), checkpoints=(), policy=None):
    """The report on whatever stands at `path`. Raises Usage."""
    trust = Trust(
        [named_key(key) for key in public_keys],
        [kept_from(read_text(kept)) for kept in checkpoints],
        None if policy is None else policy_from(read_text(policy)),
    )
    has_ledger = os.path.isfile(os.path.join(path, "ledger.db"))
    if path.endswith(".tar") or not has_ledger and os.path.isfile(os.path.join(path, "manifest.json")):
        return verify_pack(path, trust)
    if os.path.isfile(path) and path.endswith(".json"):
        return verify_receipt(read_text(path), trust)
    if not has_ledger and os.path.isdir(path) and any(SEGMENT.fullmatch(name) for name in os.listdir(path)):
        if not trust.keys:
            raise Usage("an archive has no key beside it: name one with --public-key")
        return verify_archive(path, trust)
    if not has_ledger:
        raise Usage(f'"{path}" is no ledger, no pack and no receipt')
    return verify_folder(path, trust)


def verify_attestation_at(args):
    """`--attestation FILE`, with a key that is named, or a receipt, or both. Raises Usage."""
    trust = Trust([named_key(key) for key in args.public_key], [], None)
    if len(args.path) > 1 or args.path and not args.path[0].endswith(".json") or not args.path and not trust.keys:
        raise Usage("name a key with --public-key, or the receipt (.json) of the entry")
    receipt = read_text(args.path[0]) if args.path else None
    return verify_attestation(read_text(args.attestation), trust, args.audience, receipt)


def verify_folder(folder, trust):
    offered, keys = [], os.path.join(folder, "keys")
    retired = os.path.join(keys, "retired")
    names = sorted(os.listdir(retired)) if os.path.isdir(retired) else []
    for path in [os.path.join(keys, "signing.pub"), *(os.path.join(retired, name) for name in names)]:
        try:
            offered.append(public_key_from(read_text(path)))
        except (Usage, ValueError):
            pass  # a hint less
    trust.offered = offered
    trust.keys = trust.keys or [named_key(os.path.join(keys, "signing.pub"))]
    try:
        return LedgerWalk(Folder(folder), trust).run()
    except (sqlite3.Error, Unreadable) as thrown:
        return unreadable(str(thrown))


def asked():
    parser = argparse.ArgumentParser(description="Verifies a ledger, a pack or a receipt of Countersign.")
    parser.add_argument("path", nargs="*")
    parser.add_argument("--public-key", action="append", default=[], metavar="KEY")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    parser.add_argument("--policy", metavar="FILE")
    parser.add_argument("--attestation", metavar="FILE", help="the attestation of a call; a receipt may be named beside it")
    parser.add_argument("--audience", metavar="NAME", help="whom the attestation must be for")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--vector", action="store_true", help="each path is a test vector")
    parser.add_argument("--serve", action="store_true", help="a JSON object of these per line of stdin, for tests")
    return parser.parse_args()


def serve():
    """One request a line, one report a line."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "vector" in request:
                expect, report = verify_vector(request["vector"])
                report = {**report, "expect": expect}
            else:
                report = verify_path(**request)
        except Usage as wrong:
            report = {"status": "usage", "detail": str(wrong)}
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
    return 0


def run_vectors(paths):
    failed = 0
    for path in paths:
        expect, report = verify_vector(read_text(path))
        holds = expect == report["status"]
        failed += not holds
        print(f"{'ok' if holds else 'FAILED'} {path}: {report['status']}" + ("" if holds else f", want {expect}"))
    if not paths or failed:
        print(f"{failed} of {len(paths)} vectors failed", file=sys.stderr)
    return 1 if failed or not paths else 0


def main():
    args = asked()
    if args.serve:
        return serve()
    if args.vector:
        return run_vectors(args.path)
    if args.attestation is not None:
        report = verify_attestation_at(args)
    elif len(args.path) != 1:
        raise Usage("name one ledger, pack or receipt")
    else:
        report = verify_path(args.path[0], args.public_key, args.checkpoint, args.policy)
    if args.json:
        print(json.dumps(report))
    else:
        finding = report.get("finding")
        noun = "entry" if report["entries"] == 1 else "entries"
        print(report["status"] + (f" at entry {finding['seq']}" if finding else f" {report['entries']} {noun}"))
        if finding:
            print(f"  {finding['check']}: {finding['detail']}")
        print(f"  root  {report['root']}\n  key   {report['key']}")
    return 0 if report["status"] in HOLDS else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Usage as wrong:
        sys.stderr.write(f"error: cannot verify: {wrong}\n")
        sys.exit(2)
