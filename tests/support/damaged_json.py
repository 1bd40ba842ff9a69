"""What may lie in a file that should hold the champion's moves."""

ONE = b'{"version": "v2", "previous": "v1", "at": "2026-01-02T03:04:05Z", "by": "a", "reason": "r"}'

NOT_A_HISTORY = [
    b"",
    b"null",
    b"3",
    b"1e999",
    b'"v2"',
    b"true",
    b"[]",
    b"{}",
    b"[1]",
    b"[null]",
    b"[[]]",
    b"[" + ONE,
    b"[" + ONE[:-20],
    ONE,
    b"[" + ONE + b"] trailing",
    b"[" + ONE + b", {}]",
    b"[" + ONE.replace(b'"v2"', b"2") + b"]",
    b"[" + ONE.replace(b'"v2"', b'"../../etc"') + b"]",
    b"[" + ONE.replace(b'"v2"', b"null") + b"]",
    b"[" + ONE.replace(b'"r"', b'{"a": [1]}') + b"]",
    b"[" + ONE.replace(b"2026", b"year") + b"]",
    b"\xff\xfe",
    (b"[" + ONE + b"]").decode().encode("utf-16"),
    b"\x00" * 4096,
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b"[" + b"1," * 300_000 + b"1]",
]
