"""The actions of the screening that a form's next version fulfils."""

from collections.abc import Sequence

from models.action import Action, ActionKind
from models.base import db


def open_fixes() -> Sequence[Action]:
    """What was decided about a form and is not done yet, the most urgent first."""
    return db.session.scalars(Action.open().where(Action.kind == ActionKind.FORM_FIX.value)).all()
