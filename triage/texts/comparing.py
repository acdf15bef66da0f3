"""What one version of a text changed against the one before, word by word. Pure."""

from dataclasses import dataclass

from models.reply_template import ReplyTemplateVersion
from models.topic import LANGUAGES
from triage.comparing import Piece, pieces


@dataclass(frozen=True)
class Difference:
    """What changed in one language of one part (name, text, spoken)."""

    part: str
    language: str
    pieces: list[Piece]


def differences(before: ReplyTemplateVersion, after: ReplyTemplateVersion) -> list[Difference]:
    """Every language and part that is not the same any more."""
    parts = (
        ("name", before.names, after.names),
        ("text", before.texts, after.texts),
        ("spoken", before.spoken, after.spoken),
    )
    return [
        Difference(part, code, pieces(str(old.get(code, "")), str(new.get(code, ""))))
        for part, old, new in parts
        for code in LANGUAGES
        if old.get(code, "") != new.get(code, "")
    ]
