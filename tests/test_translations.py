"""Every word of every page exists in French, Dutch and German, and says the same."""

import re

import pytest

from triage.translations import __main__ as catalogs

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]+\}")


@pytest.fixture(scope="module")
def template():
    return catalogs.words()


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_no_word_is_missing(language, template):
    standing = catalogs.standing(language)
    missing = [
        message.id
        for message in template
        if message.id
        and not (
            (found := standing.get(message.id, message.context)) and catalogs.translated(found)
        )
    ]
    assert not missing, f"{len(missing)} words of {language}: run python -m triage.translations"


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_placeholders_survive_translation(language):
    for message in catalogs.standing(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = set(PLACEHOLDER.findall(" ".join(ids)))
        for text in texts:
            extra = set(PLACEHOLDER.findall(text)) - wanted
            assert not extra, (message.id, text)
        assert set(PLACEHOLDER.findall(" ".join(texts))) == wanted, message.id


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_what_gettext_reads_is_what_was_translated(language):
    path = catalogs.po(language)
    assert path.with_suffix(".mo").read_bytes() == catalogs.compiled(catalogs.standing(language))


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_nothing_is_left_of_words_that_no_page_uses(language, template):
    known = {message.id for message in template}
    assert not [message.id for message in catalogs.standing(language) if message.id not in known]
