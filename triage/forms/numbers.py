"""Numbers as people type them: what is wrong with one, in words that help, and the likely fix."""

import re
from dataclasses import dataclass

from flask_babel import gettext as _
from stdnum import iban
from stdnum.be import iban as belgian_iban
from stdnum.be import ogm_vcs, ssn, vat
from stdnum.exceptions import ValidationError

from classifiers.identifiers import Identifier
from classifiers.identifiers import Kind as Number

_SIGNS = re.compile(r"[\s.\-/\u00a0\u2010-\u2015]")
_COMMUNICATION_SIGNS = re.compile(r"[\s+*/.\-]")


@dataclass(frozen=True)
class Reading:
    """What was typed, as it is kept; or what is wrong with it.

    `suggestion` is what was probably meant; `notice` asks to look again, once.
    """

    value: str = ""
    mistake: str = ""
    suggestion: str = ""
    notice: str = ""


def national_number(written: str) -> Reading:
    """A national or BIS number: eleven figures, kept with its dots."""
    figures = _SIGNS.sub("", written)
    if re.match(r"[A-Za-z]{2}\d{2}", figures) and len(figures) >= 14:
        return Reading(
            mistake=_("This looks like a bank account. The national number has eleven figures.")
        )
    if not figures.isascii() or not figures.isdigit():
        return Reading(
            mistake=_("The national number has figures only, for example 85.07.30-033.28.")
        )
    if len(figures) == 10 and figures[0] in "01" and vat.is_valid(figures):
        return Reading(
            mistake=_(
                "This looks like an enterprise number. The national number has eleven figures."
            )
        )
    if len(figures) == 10 and figures.startswith("04"):
        return Reading(
            mistake=_("This looks like a phone number. The national number has eleven figures.")
        )
    if len(figures) == 10 and ssn.is_valid(f"0{figures}"):
        shown = formatted_national(f"0{figures}")
        return Reading(mistake=_("A 0 is missing at the beginning."), suggestion=shown)
    if len(figures) in (6, 8):
        return Reading(
            mistake=_("This is only the date of birth: five more figures follow it on your card.")
        )
    if len(figures) < 11:
        return Reading(
            mistake=_("%(count)s figures: that is too short. It has eleven.", count=len(figures))
        )
    if len(figures) > 11:
        return Reading(
            mistake=_("%(count)s figures: that is too long. It has eleven.", count=len(figures))
        )
    if not _dated(figures):
        return Reading(
            mistake=_("It begins with year, month and day of birth: this day does not exist.")
        )
    if not ssn.is_valid(figures):
        return Reading(
            mistake=_("One figure is wrong, or two have changed places. Compare it with your card.")
        )
    return Reading(formatted_national(figures))


def formatted_national(figures: str) -> str:
    return f"{figures[:2]}.{figures[2:4]}.{figures[4:6]}-{figures[6:9]}.{figures[9:]}"


def _dated(figures: str) -> bool:
    """Months have 20 or 40 added in a BIS number; unknown days are 00."""
    return int(figures[2:4]) % 20 <= 12 and int(figures[2:4]) < 53 and int(figures[4:6]) <= 31


def enterprise_number(written: str) -> Reading:
    """Ten figures that begin with 0 or 1, kept without signs."""
    figures = re.sub(r"^BE", "", _SIGNS.sub("", written.upper()))
    if not figures.isascii() or not figures.isdigit():
        return Reading(
            mistake=_("The enterprise number has ten figures, for example 0403.019.261.")
        )
    if len(figures) == 9 and vat.is_valid(f"0{figures}"):
        shown = formatted_enterprise(f"0{figures}")
        return Reading(mistake=_("A 0 is missing at the beginning."), suggestion=shown)
    if len(figures) == 11 and ssn.is_valid(figures):
        return Reading(
            mistake=_(
                "This looks like a national number. Write the number of your enterprise here."
            )
        )
    if len(figures) != 10:
        return Reading(
            mistake=_(
                "%(count)s figures: it has ten, for example 0403.019.261.", count=len(figures)
            )
        )
    if figures[0] not in "01":
        return Reading(mistake=_("It begins with 0 or 1. Look again at the first figure."))
    if not vat.is_valid(figures):
        return Reading(
            mistake=_("One figure is wrong, or two have changed places. Compare it with a bill.")
        )
    return Reading(figures)


def formatted_enterprise(figures: str) -> str:
    return f"{figures[:4]}.{figures[4:7]}.{figures[7:]}"


def account(written: str) -> Reading:
    """An IBAN of any country, kept in groups of four; of a bank we do not know, look again."""
    signs = _SIGNS.sub("", written).upper()
    if re.fullmatch(r"\d{12}", signs):
        return Reading(
            mistake=_("This is an old account number. Look for the one that begins with BE.")
        )
    if re.fullmatch(r"\d{14}", signs) and iban.is_valid(f"BE{signs}", check_country=False):
        return Reading(
            mistake=_("BE is missing at the beginning."), suggestion=grouped(f"BE{signs}")
        )
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{1,30}", signs):
        return Reading(mistake=_("An account number begins with two letters: BE71 0961 2345 6769."))
    if signs.startswith("BE") and len(signs) != 16:
        return Reading(
            mistake=_(
                "A Belgian account has BE and fourteen figures; here are %(count)s.",
                count=len(signs) - 2,
            )
        )
    try:
        value = iban.validate(signs, check_country=False)
    except ValidationError:
        return Reading(
            mistake=_("One sign is wrong, or two have changed places. Compare it with your card.")
        )
    return Reading(grouped(value), notice=_unknown_bank(value))


def _unknown_bank(value: str) -> str:
    if not value.startswith("BE") or belgian_iban.info(value).get("bank"):
        return ""
    return str(_("We do not know the bank of this account. Look again; if it is right, go on."))


def grouped(value: str) -> str:
    return " ".join(value[index : index + 4] for index in range(0, len(value), 4))


def communication(written: str) -> Reading:
    """Twelve figures between +++ or ***."""
    figures = _COMMUNICATION_SIGNS.sub("", written)
    if not figures.isascii() or not figures.isdigit() or len(figures) != 12:
        return Reading(
            mistake=_("It has twelve figures, as on your statement: +++090/9337/55493+++.")
        )
    if not ogm_vcs.is_valid(figures):
        return Reading(
            mistake=_("One figure is wrong, or two have changed places. Compare it with the bill.")
        )
    return Reading(f"+++{figures[:3]}/{figures[3:7]}/{figures[7:]}+++")


def percent(written: str) -> Reading:
    found = re.fullmatch(r"-?\s*(\d{1,3})(?:[.,](\d{1,2}))?\s*%?", written.strip())
    if found is None or int(found[1]) > 100:
        return Reading(mistake=_("Write a number from 0 to 100, for example 40."))
    return Reading(f"{int(found[1])}" + (f".{found[2]}" if found[2] else ""))


def masked(kind: str, value: str) -> str:
    """How a number is shown once it was accepted."""
    number = {"national_number": Number.NISS, "iban": Number.IBAN}.get(kind)
    return Identifier(number, value, 0, len(value)).masked if number and value else value
