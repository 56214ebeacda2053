#!/usr/bin/env python3
"""Checks an exported log of Rondo without any of Rondo's code: python3 verify_log.py LOG [CHECKPOINT …]

Needs Python's standard library and nothing else. It recomputes every leaf and every root (RFC 6962), checks every signature (RFC 8032) and
compares with older checkpoints that somebody kept. Exits with 0 where everything fits, with 1 where something does not.
"""
import base64
import hashlib
import json
import sys

# --- Ed25519, verification only (RFC 8032, section 5.1) ---
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def strict_base64(text):
    """The one spelling of some bytes: another one, with bits that nobody reads, is refused."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(f"not the one spelling: {text}")
    return data


def add(one, two):
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = two
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point_of(data):
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)


def signature_fits(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = point_of(public), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(h, key))
    same = lambda n: (left[n] * right[2] - right[n] * left[2]) % P == 0
    return same(0) and same(1)


# --- notes and checkpoints ---
def key_of(text):
    name, number, rest = text.split("+", 2)
    data = strict_base64(rest)
    if data[0] != 1 or len(data) != 33:
        raise ValueError("not an Ed25519 key")
    known = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if known.hex() != number:
        raise ValueError("the key's number does not fit")
    return name, known, data[1:]


def checkpoint(key, note):
    """Size and root of a checkpoint that this key signed."""
    name, number, public = key
    text, signatures = note[: note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2 :]
    signed = False
    for line in signatures.splitlines():
        dash, who, coded = line.split(" ")
        data = strict_base64(coded)
        if dash == "\u2014" and who == name and data[:4] == number:
            if not signature_fits(public, text.encode(), data[4:]):
                raise ValueError("a checkpoint's signature does not fit")
            signed = True
    if not signed:
        raise ValueError("a checkpoint is not signed by this log's key")
    origin, size, root = text.split("\n")[:3]
    if origin != name or str(int(size)) != size:
        raise ValueError("a checkpoint speaks of another log")
    return int(size), strict_base64(root)


# --- the tree ---
def leaf_hash(source, header, commitment):
    name = b"" if source == "event" else source.encode() + b"\0"
    return hashlib.sha256(b"\0" + name + header + commitment).digest()


def root_of(leaves):
    """Straight from RFC 6962, section 2.1, level by level: an odd one out moves up as it is."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    while len(leaves) > 1:
        pairs = [hashlib.sha256(b"\1" + leaves[n] + leaves[n + 1]).digest() for n in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(pairs) * 2 :]
    return leaves[0]


def main(log, kept):
    faults, leaves, heads, key = [], [], [], None
    last, gone, sittings = {}, {}, {}
    for number, line in enumerate(open(log, encoding="utf-8"), 1):
        ((what, said),) = json.loads(line).items()
        if what == "rondo_log":
            if said["layout"] != 1 or key is not None:
                raise ValueError("a layout of another time")
            key = key_of(said["key"])
            notes = [(name, open(name, encoding="utf-8").read()) for name in kept]
            heads += [(name, *checkpoint(key, note)) for name, note in notes]
        elif what == "checkpoint":
            heads.append((f"the checkpoint in line {number}", *checkpoint(key, said)))
            newest = heads[-1][1]
        elif what == "leaf":
            place = f"{said['stream']}, {said['source']} {said['seq']}"
            if said["n"] != len(leaves):
                faults.append(f"leaf {len(leaves)} is missing")
            stream = said["source"], said["stream"]
            if said["seq"] <= last.get(stream, 0):
                faults.append(f"{place}: out of order")
            if said["source"] == "audit" and said["seq"] != last.get(stream, 0) + 1:
                faults.append(f"{place}: records before it are missing")
            last[stream] = said["seq"]
            if said["source"] == "sitting":
                sittings[said["stream"]] = said["seq"]
            if "hash" in said:
                leaves.append(strict_base64(said["hash"]))
                gone.setdefault(said["stream"], []).append(said["seq"])
            else:
                header = strict_base64(said["header"])
                place_said = header[1:25] if said["source"] == "event" else header[:24]
                if place_said.hex() != said["stream"] + f"{said['seq']:016x}":
                    faults.append(f"{place}: its header speaks of another place")
                leaves.append(leaf_hash(said["source"], header, strict_base64(said["commitment"])))
        else:
            raise ValueError(f"line {number} is of an unknown kind")
    if len(leaves) != newest:
        faults.append(f"{len(leaves)} leaves, and the newest checkpoint speaks of {newest}")
    for whose, size, root in heads:
        if size > len(leaves):
            faults.append(f"{whose}: it was signed for {size} leaves, and there are {len(leaves)}")
        elif root_of(leaves[:size]) != root:
            faults.append(f"{whose}: the first {size} leaves are not those that it was signed for")
    for stream, numbers in gone.items():
        for number in numbers:
            if number > sittings.get(stream, 0):
                faults.append(f"{stream}, event {number}: it is missing")
    for fault in faults:
        print("DOES NOT FIT:", fault)
    print(f"{len(leaves)} leaves, {len(heads)} checkpoints, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except (ValueError, KeyError, IndexError, TypeError) as wrong:
        print("DOES NOT FIT: the file itself:", wrong)
        sys.exit(1)
