"""What the classifier reads is short, of one form and without identifiers."""

from classifiers.text import WORDS_READ, normalise, opening, redact, tokens, vocabulary_form


def test_what_looks_the_same_becomes_the_same() -> None:
    assert normalise("l’aide\u00a0 n\u0327a\u200bpas\r\n") == normalise("l'aide ņapas")


def test_redaction_leaves_the_kind_in_place_of_the_number() -> None:
    written = "NISS 85.07.30-033.28, rekening BE68 5390 0754 7034, bel 0475 12 34 56"
    assert redact(written) == "NISS [niss], rekening [iban], bel [phone]"


def test_the_opening_drops_answer_marks_and_the_far_end() -> None:
    long = " ".join(["nog", "niets", "ontvangen"] * 200)
    opened = opening(long, "RE: FW: Vraag")
    assert opened.startswith("Vraag. nog niets")
    assert len(opened.split()) == WORDS_READ


def test_an_identifier_at_the_cut_is_not_left_in_half() -> None:
    for before in range(WORDS_READ - 12, WORDS_READ + 1):
        opened = opening("woord " * before + "BE68 5390 0754 7034 en verder niets")
        assert "5390" not in opened
        assert "BE68" not in opened


def test_the_vocabulary_sees_no_digit_and_no_accent() -> None:
    form = vocabulary_form("Reçu 1.291,69 € en MAI2020 à Gräfin")
    assert form == "recu # € en # a grafin"


def test_tokens_are_words_as_written() -> None:
    assert tokens("Où est l'argent de mai2020 ? [iban]") == ["Où", "est", "argent", "de"]


def test_a_giant_word_is_read_at_its_beginning() -> None:
    opened = opening("a" * 50_000 + " nog niets ontvangen")
    assert opened == "a" * 60 + " nog niets ontvangen"
