"""How often each text was sent, and when last: counted from the messages themselves."""

from datetime import datetime

from sqlalchemy import func, select

from models.base import db
from models.message import Message, Sending
from models.reply_template import ReplyTemplateVersion


class TextUse:
    """What was taken back was not used; what a colleague still reads is not counted yet."""

    @staticmethod
    def counted() -> dict[int, tuple[int, datetime | None]]:
        """(how often, when last) by the template's id, over all its versions."""
        gone = (Sending.WAITING.value, Sending.SENT.value, Sending.FAILED.value)
        rows = db.session.execute(
            select(
                ReplyTemplateVersion.template_id,
                func.count().label("times"),
                func.max(Message.written_at).label("last"),
            )
            .join(Message, Message.template_version_id == ReplyTemplateVersion.id)
            .where(Message.template_version_id.is_not(None), Message.state.in_(gone))
            .group_by(ReplyTemplateVersion.template_id)
        )
        return {row.template_id: (row.times, row.last) for row in rows}
