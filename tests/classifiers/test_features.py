"""The vocabulary is vetted: no digits, nothing that one person alone writes."""

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from classifiers import notions
from classifiers.features import Block, Features, Terms, likeness
from classifiers.text import opening, vocabulary_form


def test_a_term_of_one_text_is_not_kept() -> None:
    terms = Terms("word", (1, 1)).fit(["bonjour solene", "bonjour rien", "rien recu", "recu joris"])
    assert terms.vocabulary_ == ["bonjour", "recu", "rien"]


def test_a_term_of_real_people_needs_five_of_them() -> None:
    texts = ["mijn wachtwoord vergeten"] * 9
    same_person = Terms("word", (1, 1)).fit(texts, ["amelie"] * 9)
    five_people = Terms("word", (1, 1)).fit(texts, [f"client {n % 5}" for n in range(9)])
    assert same_person.vocabulary_ == []
    assert five_people.vocabulary_ == ["mijn", "vergeten", "wachtwoord"]


def test_a_name_that_many_clients_bear_is_no_term() -> None:
    texts = ["mevrouw peeters vraagt uitstel", "uitstel voor peeters"] * 5
    clients = [f"client {number}" for number in range(10)]
    for terms in (Terms("word", (1, 3)), Terms("char_wb", (2, 5))):
        known = terms.fit(texts, clients).vocabulary_
        assert not any("peeters" in term for term in known)
        assert any("uits" in term for term in known)


def test_a_name_nobody_knew_is_told_by_how_people_write_it() -> None:
    written = ["Ik belde naar Opdebeeck over de hinderpremie"] * 9
    forms = [vocabulary_form(text) for text in written]
    clients = [f"client {number}" for number in range(9)]
    plain = Features().fit(forms, clients).words_.vocabulary_
    vetted = Features().fit(forms, clients, written).words_.vocabulary_
    assert {"opdebeeck", "naar opdebeeck"} <= set(plain)
    assert not any("opdebeeck" in term for term in vetted)
    assert "hinderpremie" in vetted


def test_no_identifier_enters_the_vocabulary() -> None:
    written = (
        "mijn nummer 85.07.30-033.28 op BE68 5390 0754 7034, mededeling +++010/8068/17183+++, "
        "bel 0475 12 34 56 of mail joris.wouters@example.be"
    )
    features = Features().fit([vocabulary_form(opening(written))] * 20)
    known = [*features.words_.vocabulary_, *features.letters_.vocabulary_]
    assert "nummer" in known
    assert not any(character.isdigit() for term in known for character in term)
    assert not any("wout" in term or "joris" in term for term in known)


def test_words_meet_across_languages_through_notions() -> None:
    forms = ["mijn pensioen", "ma pension", "meine adresse", "mon adresse", "mein rekening"]
    features = Features(min_texts=1).fit(forms)
    block = Block(features.transform(forms), None)
    alike = likeness(block, block)
    assert alike[0, 1] > alike[0, 3]


def test_a_text_is_most_like_itself() -> None:
    forms = ["nog niets ontvangen", "adres gewijzigd", "uitstel gevraagd"]
    features = Features(min_texts=1).fit(forms)
    alike = likeness(*[Block(features.transform(forms), None)] * 2)
    assert np.array_equal(alike.argmax(axis=1), np.arange(3))


def test_cutting_each_word_once_counts_the_same() -> None:
    forms = ["nog niets ontvangen, nog niets?", "a b", "", "onverschuldigd  bedrag   # €"]
    terms = Terms("char_wb", (2, 5), min_texts=1).fit(forms)
    plain = CountVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), lowercase=False, vocabulary=terms.vocabulary_
    )
    assert (terms._counts(forms) != plain.transform(forms)).nnz == 0


def test_a_fitted_vocabulary_is_restored_whole() -> None:
    forms = ["nog niets ontvangen", "nog niets gekregen", "niets ontvangen"]
    terms = Terms("char_wb", (2, 3)).fit(forms)
    again = Terms("char_wb", (2, 3)).restore(terms.vocabulary_, terms.idf_)
    assert (terms.transform(forms) != again.transform(forms)).nnz == 0


def test_a_short_stem_counts_in_texts_of_its_own_language_only() -> None:
    deferral = notions.names().index("deferral")
    english = "caller reports that he paid twice"
    french = "peut-il avoir un report jusqu'en juin"
    found = notions.found([english, french, english], ["en", "fr", "fr"])
    assert found[:, deferral].tolist() == [0, 1, 1]
    assert notions.found(["droit passerelle"], ["nl"])[0, 0] == 1
