"""Mails made to hurt their reader, each from one sender who must still be known afterwards."""

import base64
import io
import struct
import zipfile
from collections.abc import Callable

SENDER = "joris@example.be"
FROM = f"From: Joris <{SENDER}>\r\n".encode()
HTML = FROM + b"Subject: Uitstel\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Dag</p>"
MIXED = FROM + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("attest.txt", b"\0" * 200_000_000)
    return file(packed.getvalue(), "attest.zip", "application/zip")


def file(content: bytes, name: str, kind: str) -> bytes:
    head = (
        f'--b\r\nContent-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return MIXED + head.encode() + base64.encodebytes(content) + b"--b--\r\n"


def nested_multiparts(depth: int) -> bytes:
    heads = "".join(
        f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'
        for level in range(depth)
    )
    return FROM + heads.encode() + b"Content-Type: text/plain\r\n\r\nDag\r\n"


def endless_winmail() -> bytes:
    count = struct.pack("<I", 0xFFFFFFFF) + b"\0" * 8
    attribute = struct.pack("<BHHI", 1, 0x9003, 6, len(count)) + count + b"\0\0"
    return file(b"\x78\x9f\x3e\x22\1\0" + attribute, "winmail.dat", "application/ms-tnef")


def addressed(header: str, value: bytes) -> bytes:
    return FROM + header.encode() + b": " + value + b"\r\n\r\nDag"


SAMPLES: dict[str, Callable[[], bytes]] = {
    "subject of 1.25 million words": lambda: addressed("Subject", b"=?utf-8?Q?a?=\r\n " * 320_000),
    "subject of 5 MB, folded": lambda: addressed("Subject", b"woord\r\n " * 625_000),
    "subject of 40,000 words": lambda: addressed("Subject", b"=?utf-8?Q?a?= " * 40_000),
    "100,000 headers": lambda: FROM + b"X-A: b\r\n" * 100_000 + b"\r\nDag",
    "4,000 recipients": lambda: addressed("To", b", ".join([b"Jan <jan@example.be>"] * 4_000)),
    "5,000 parameters": lambda: addressed("Content-Type", b"text/plain" + b"; a=b" * 5_000),
    "comments nested 50,000 times": lambda: b"To: " + b"(" * 50_000 + b"\r\n" + FROM + b"\r\nDag",
    "multiparts nested 100 times": lambda: nested_multiparts(100),
    "multiparts nested 1,000 times": lambda: nested_multiparts(1_000),
    "multiparts nested 20,000 times": lambda: nested_multiparts(20_000),
    "20,000 parts": lambda: MIXED + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * 20_000,
    "tags nested, 1 MB": lambda: HTML + b"<div><b>" * 130_000,
    "tags nested 60,000 times": lambda: HTML + b"<div>" * 60_000 + b"</div>" * 60_000,
    "1 MB of flat HTML": lambda: HTML + b"<p>Geachte, <b>ik</b> vraag uitstel.</p>" * 27_000,
    "one tag with 100,000 attributes": lambda: HTML + b"<a " + b"class=x " * 100_000 + b">Dag</a>",
    "unclosed tags, 1 MB": lambda: HTML + b"<a <b " * 170_000,
    "unclosed quotes, 1 MB": lambda: HTML + b"<a href='<b title=\"" * 50_000,
    "unclosed comments, 1 MB": lambda: HTML + b"<!--" * 250_000,
    "quotes in quotes, 5 MB": lambda: FROM + b"\r\n" + b">" * 5_000_000,
    "5 MB of header blocks": lambda: FROM + b"\r\n" + b"Van: jan@example.be\r\n" * 240_000,
    "5 MB of short lines": lambda: FROM + b"\r\n" + b"a\n" * 2_500_000,
    "200,000 uuencoded files": lambda: FROM + b"\r\n" + b"begin 644 a\n`\nend\n" * 200_000,
    "zip of 200 kB that unpacks to 200 MB": zip_bomb,
    "file of 50 MB": lambda: file(bytes(range(256)) * 195_313, "scan.pdf", "application/pdf"),
    "winmail.dat without end": endless_winmail,
}
