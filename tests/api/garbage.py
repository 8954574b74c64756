"""Bodies that no route may stumble over, each with what its refusal has to say."""

from typing import Any

# name -> (the body's bytes, a part of the answer)
GARBAGE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "body"),
    "blank": (b" \n", "is empty"),
    "not JSON": (b"agent_id=x", "is not valid JSON"),
    "cut off": (b'{"agent_id": "a"', "is not valid JSON"),
    "two values": (b"{} {}", "is not valid JSON"),
    "trailing comma": (b'{"agent_id": "a",}', "is not valid JSON"),
    "a comment": (b'{"agent_id": "a" /* b */}', "is not valid JSON"),
    "single quotes": (b"{'agent_id': 'a'}", "is not valid JSON"),
    "a list": (b"[1, 2]", "must be a JSON object"),
    "a string": (b'"text"', "must be a JSON object"),
    "null": (b"null", "must be a JSON object"),
    "a number": (b"5", "must be a JSON object"),
    "Latin-1": ('{"agent_id": "é"}'.encode("latin-1"), "is not UTF-8"),
    "UTF-16": ('{"agent_id": "a"}'.encode("utf-16"), "UTF-8"),
    "a byte order mark": (b'\xef\xbb\xbf{"agent_id": "a"}', "byte order mark"),
    "an overlong sequence": (b'{"agent_id": "\xc0\xaf"}', "is not UTF-8"),
    "a raw surrogate": (b'{"agent_id": "\xed\xa0\x80"}', "is not UTF-8"),
    "a key twice": (b'{"x": {"amount": 10, "amount": 10000}}', "amount is given twice"),
    "a key twice behind an escaped colon": (
        b'{"amount": 10, "amount": 10000, "x": "\\u003a"}',
        "amount is given twice",
    ),
    "a key twice in two spellings": (b'{"\\u0061": 1, "a": 2, "x": "\\u003A"}', "a is given twice"),
    "NaN": (b'{"x": {"y": NaN}}', "x.y must be a finite number"),
    "Infinity": (b'{"x": [1, -Infinity]}', "x[1] must be a finite number"),
    "1e400": (b'{"x": 1e400}', "x must be a finite number"),
    "more than 2**53": (b'{"x": 9007199254740993}', "x must be a finite number"),
    "less than -2**53": (b'{"x": -9007199254740993}', "x must be a finite number"),
    "more than 2**64": (b'{"x": 99999999999999999999}', "x must be a finite number"),
    "a large float": (b'{"x": 1e20}', "x must be a finite number"),
    "5,000 digits": (b'{"x": ' + b"9" * 5000 + b"}", "x must be a finite number"),
    "half a pair": (b'{"x": "\\ud83d"}', "x contains half of a surrogate pair"),
    "the other half": (b'{"x": "a\\ude00b"}', "x contains half of a surrogate pair"),
    "half a pair in a key": (b'{"\\ud83d": 1}', "half of a surrogate pair"),
    "NUL": (b'{"x": ["a\\u0000b"]}', "x[0] contains the character U+0000"),
    "NUL in a key": (b'{"a\\u0000": 1}', "U+0000"),
    "a raw control character": (b'{"x": "a\x01b"}', "is not valid JSON"),
    "33 levels": (b'{"x":' + b"[" * 32 + b"]" * 32 + b"}", "levels deep"),
    "300 levels": (b"[" * 300 + b"]" * 300, "levels deep"),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
    "100,000 brackets": (b"[" * 100_000, "levels deep"),
    "100,000 braces": (b'{"a":' * 40_000, "levels deep"),
    "2,001 keys": (
        b"{" + b",".join(b'"k%d": 1' % n for n in range(2001)) + b"}",
        "more than 2000 keys",
    ),
    "2,001 keys in many objects": (
        b'{"x": [' + b",".join([b'{"a": 1, "b": 2}'] * 1001) + b"]}",
        "more than 2000 keys",
    ),
    "a long text": (b'{"x": "' + b"a" * 65_537 + b'"}', "x is longer than 65536 bytes"),
    "a long text of wide characters": (
        b'{"x": "' + "é".encode() * 33_000 + b'"}',
        "x is longer than 65536 bytes",
    ),
    "a long key": (b'{"' + b"k" * 70_000 + b'": 1}', "is longer than 65536 bytes"),
}

FINE: dict[str, Any] = {
    "colons in keys and values": {"a:b": "c:d", "e": [":", {":": ":"}]},
    "32 levels": None,
    "the largest numbers": {"x": [2**53 - 1, -(2**53 - 1), 0.1, -0.0, 1e-400]},
    "a text of 64 KiB": {"x": "a" * 65_536},
    "2,000 keys": {f"k{n}": n for n in range(2000)},
    "every plane": {"x": "é 漢 😀 \u202e \ufffe \U0010ffff"},
    "escapes": {"x": '\\ " \n \t \u2028'},
    "words that look suspicious": {"x": "\\u0000 \\u003a 1e5 NaN 12345678901234567890"},
}

deep: Any = "bottom"
for _ in range(31):
    deep = [deep]
FINE["32 levels"] = {"x": deep}
