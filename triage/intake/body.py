"""From MIME parts to what a person reads and the files beside it.

Every leaf becomes body text or an attachment; none is dropped. An attached mail stays one file.
"""

import html as entities
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from triage.intake.attachments import Attachment, file_name, kind_of_name
from triage.intake.charset import db_safe, decode, one_line
from triage.intake.headers import parameter_text
from triage.intake.invitations import describe_invitation
from triage.intake.old_mail import EMPTY, TEXT
from triage.intake.parts import Part
from triage.intake.plain import HTML_CHARACTERS, has_too_many_links, read_html, shows_quotes
from triage.intake.transfer import (
    IDENTITY_NAMES,
    open_encoding,
    open_text,
    take_uuencoded,
    undeclared_encoding,
)
from triage.intake.winmail import is_container, unpack

TEXT_CHARACTERS = 2_000_000
STUB_CHARACTERS = 300
HTML_KINDS = frozenset(["text/html", "application/xhtml+xml"])
TEXT_KINDS = frozenset(["text/plain", "text/enriched", "text/richtext", "text/markdown"])

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.I)
_CONTENT_REFERENCE = re.compile(r"\bcid:([^\s\"'<>)]{1,300})", re.IGNORECASE)
_FLOWED_QUOTES = re.compile(r">*")
_SIGNATURE_LINE = "-- "


@dataclass(slots=True)
class Block:
    """One stretch of the body in the forms in which it came."""

    plain: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Body:
    """The whole visible text with a sign a line, the raw HTML if any, and the files."""

    text: str = ""
    signs: str = ""
    html: str | None = None
    html_present: bool = False
    attachments: tuple[Attachment, ...] = ()
    defects: set[str] = field(default_factory=set)


def read_body(
    raw: bytes, root: Part, charsets: Sequence[str], *, opens_containers: bool = False
) -> Body:
    """Read the parts below `root`; `charsets` are those declared anywhere in the mail.

    A `winmail.dat` is opened only on demand (see `winmail`).
    """
    reader = _Reader(raw, charsets, opens_containers)
    blocks = reader.blocks(root, alone=True)
    if root.children and not _readable(blocks):
        blocks += reader.preamble(root)
    if not _readable(blocks):
        blocks += reader.stand_ins
    body = Body(defects=reader.defects)
    _write_text(body, blocks)
    _write_html(body, blocks)
    body.attachments = _with_references(reader.attachments, body.html)
    return body


def _readable(blocks: list[Block]) -> bool:
    return any((block.plain or "").strip() or block.html for block in blocks)


class _Reader:
    """Walks the tree once and collects what it cannot show as files.

    `stand_ins` are texts out of files, which count when the mail has no text of its own.
    """

    def __init__(self, raw: bytes, charsets: Sequence[str], opens_containers: bool) -> None:
        self.raw, self.charsets = raw, charsets
        self.opens_containers = opens_containers
        self.attachments: list[Attachment] = []
        self.stand_ins: list[Block] = []
        self.defects: set[str] = set()

    def blocks(self, part: Part, *, alone: bool = False) -> list[Block]:
        if not part.children:
            return self._leaf(part, alone=alone)
        blocks = [block for child in part.children for block in self.blocks(child)]
        if part.kind != "multipart/alternative" or not blocks:
            return blocks
        plain = [block.plain for block in blocks if block.plain is not None]
        html = [block.html for block in blocks if block.html is not None]
        return [Block("\n".join(plain) if plain else None, "\n".join(html) if html else None)]

    def preamble(self, root: Part) -> list[Block]:
        """What stands before the first part, shown only when the parts hold no text."""
        before = self.raw[root.body : root.children[0].start][:STUB_CHARACTERS]
        text = f"\n{decode(before, '', self.charsets).text}".partition("\n--")[0].strip()
        hints = ("MIME", "multi-part", "multipart")
        return [Block(db_safe(text))] if text and not any(hint in text for hint in hints) else []

    def _leaf(self, part: Part, *, alone: bool) -> list[Block]:
        written = self._written_name(part)
        broken = part.kind.startswith("multipart/")
        is_text = part.kind in TEXT_KINDS or part.kind in HTML_KINDS
        is_body = (is_text and (alone or written is None)) or (broken and part.depth < 1)
        if part.disposition.main == "attachment" or not is_body:
            self._attach(part, written)
            if is_text and part.disposition.main != "attachment":
                self.stand_ins.append(self._text(part))
            return []
        return [self._text(part)]

    def _text(self, part: Part) -> Block:
        content = self._text_content(part)
        if part.kind in HTML_KINDS:
            return Block(html=self._html(part, content))
        return Block(plain=self._plain(part, content))

    def _written_name(self, part: Part) -> str | None:
        for value, name in ((part.disposition, "filename"), (part.type, "name")):
            written = parameter_text(value.parameters, name, self.charsets)
            if written:
                return written
        return None

    def _attach(self, part: Part, written: str | None) -> None:
        opened = part.content(self.raw)
        content, defect = opened
        if defect in ("part_unreadable", "uuencode_damaged"):
            content, defect = part.raw_body(self.raw), "part_unreadable"
        if defect:
            self.defects.add(defect)
        if self.opens_containers and is_container(content) and self._unpack(content):
            return
        if part.kind == "text/calendar":
            text = db_safe(decode(content, "", self.charsets).text)
            self.stand_ins.append(Block(describe_invitation(text)))
            written = written or "invitation.ics"
        content_id = part.headers.first("content-id").decode("latin-1").strip(" <>\t") or None
        inline = part.disposition.main == "inline" or (
            content_id is not None and part.disposition.main != "attachment"
        )
        self.attachments.append(
            Attachment.of(
                content,
                name=file_name(written, part.kind, part.number),
                content_type=part.kind,
                inline=inline,
                content_id=one_line(content_id)[:300] if content_id else None,
            )
        )

    def _unpack(self, content: bytes) -> bool:
        packed = unpack(content)
        if packed is None:
            self.defects.add("winmail_unreadable")
            return False
        self.stand_ins.append(Block(packed.text or None, packed.html or None))
        for name, inside in packed.files:
            self._attach_enclosed(name, inside)
        return True

    def _text_content(self, part: Part) -> bytes:
        content, defect = open_text(part.raw_body(self.raw), part.encoding)
        if defect:
            self.defects.add(defect)
        if defect == "transfer_encoding_unknown" or part.encoding in IDENTITY_NAMES:
            found = undeclared_encoding(content) if len(content) < TEXT_CHARACTERS else ""
            if found:
                self.defects.add("transfer_encoding_undeclared")
                content = open_encoding(content, found).content
        return content

    def _plain(self, part: Part, content: bytes) -> str:
        if content.startswith(b"begin ") or b"\nbegin " in content:
            content, files = take_uuencoded(content)
            for enclosed in files:
                name = decode(enclosed.name, "", self.charsets).text
                self._attach_enclosed(name, enclosed.content)
        if len(content) > TEXT_CHARACTERS:
            self.defects.add("text_cut")
            content = content[:TEXT_CHARACTERS]
        text = db_safe(self._decode(part, content))
        parameters = part.type.parameters
        if parameters.get("format", b"").lower() == b"flowed":
            return _unflowed(text, joins_words=parameters.get("delsp", b"").lower() == b"yes")
        return text

    def _attach_enclosed(self, name: str, content: bytes) -> None:
        kind = kind_of_name(name)
        shown = file_name(name, kind, len(self.attachments) + 1)
        self.attachments.append(
            Attachment.of(content, name=shown, content_type=kind, inline=False, content_id=None)
        )

    def _html(self, part: Part, content: bytes) -> str:
        declared = ""
        if not part.type.parameters.get("charset") and (
            meta := _META_CHARSET.search(content[:4_000])
        ):
            declared = meta[1].decode("ascii")
        html = db_safe(self._decode(part, content[: 4 * HTML_CHARACTERS], declared))
        if len(html) > HTML_CHARACTERS or len(content) > 4 * HTML_CHARACTERS:
            self.defects.add("html_cut")
        return html[:HTML_CHARACTERS]

    def _decode(self, part: Part, content: bytes, declared: str = "") -> str:
        charset = parameter_text(part.type.parameters, "charset") or declared
        text, defect = decode(content, charset, self.charsets)
        if defect:
            self.defects.add(defect)
        return text


def _write_text(body: Body, blocks: list[Block]) -> None:
    texts: list[str] = []
    signs: list[str] = []
    seen: set[str] = set()
    for block in blocks:
        text, block_signs = _visible(body, block)
        folded = " ".join(text.split())
        # Some programs send one text in two forms without calling them alternatives.
        if folded and folded not in seen:
            seen.add(folded)
            texts.append(text)
            signs.append(block_signs)
    body.text, body.signs = "\n\n".join(texts), EMPTY.join(signs)
    if not body.text:
        body.defects.add("no_visible_text")
    else:
        body.defects.discard("no_visible_text")


def _visible(body: Body, block: Block) -> tuple[str, str]:
    """The form that tells most: mark-up when it shows the quotes or plain text says nothing."""
    plain = _trimmed(block.plain or "")
    has_quotes = block.html is not None and shows_quotes(block.html)
    if block.html is not None and (len(plain) < STUB_CHARACTERS or has_quotes):
        seen = read_html(block.html)
        tells_more = has_quotes or len(plain) * 4 < len(seen.text) or _differs(plain, seen.text)
        if not plain or (tells_more and seen.text):
            body.defects |= seen.defects
            return seen.text, seen.signs
    return plain, TEXT * (plain.count("\n") + 1)


def _differs(stub: str, text: str) -> bool:
    """Whether a short text is not what the mark-up shows: it only asks to look at that."""
    words = set(stub.lower().split())
    return len(stub) < STUB_CHARACTERS and len(words & set(text.lower().split())) * 2 < len(words)


def _trimmed(text: str) -> str:
    if not text.strip():
        return ""
    lines = text.rstrip().split("\n")
    first = next(index for index, line in enumerate(lines) if line.strip())
    return "\n".join(lines[first:])


def _write_html(body: Body, blocks: list[Block]) -> None:
    body.html_present = any(block.html is not None for block in blocks)
    if not body.html_present:
        return
    html = "\n".join(
        block.html if block.html is not None else f"<pre>{entities.escape(block.plain or '')}</pre>"
        for block in blocks
    )
    if has_too_many_links(html):
        body.defects.add("too_many_links")
    else:
        body.html = html


def _with_references(files: list[Attachment], html: str | None) -> tuple[Attachment, ...]:
    """Files that the HTML shows by their content id are inline, whatever their part says."""
    named = {reference.lower() for reference in _CONTENT_REFERENCE.findall(html or "")}
    return tuple(
        file
        if file.inline or not file.content_id or file.content_id.lower() not in named
        else Attachment(
            file.name,
            file.content_type,
            file.size,
            file.sha256,
            True,
            file.content_id,
            file.content,
        )
        for file in files
    )


def _unflowed(text: str, *, joins_words: bool) -> str:
    """Paragraphs of format=flowed (RFC 3676) as single lines; `>` levels never join."""
    paragraphs: list[str] = []
    flowing: list[str] = []
    depth = 0
    for line in text.split("\n"):
        quotes = _FLOWED_QUOTES.match(line)
        level = quotes.end() if quotes else 0
        content = line[level:].removeprefix(" ")
        if flowing and (level != depth or content == _SIGNATURE_LINE):
            paragraphs.append("".join(flowing))
            flowing = []
        if not flowing:
            depth = level
            flowing = [">" * level + " " if level else ""]
        if content.endswith(" ") and content != _SIGNATURE_LINE:
            flowing.append(content[:-1] if joins_words else content)
        else:
            paragraphs.append("".join([*flowing, content]))
            flowing = []
    if flowing:
        paragraphs.append("".join(flowing))
    return "\n".join(paragraphs)
