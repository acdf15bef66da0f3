"""Recurring problems: who belongs together, who stays alone, and that people have the last word."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from classifiers import concepts
from classifiers.encoder import DIMENSIONS
from classifiers.engine import Engine, Text
from classifiers.groups import (
    Constraints,
    Features,
    Grouping,
    Item,
    Known,
    Params,
    described,
    features,
    group,
    on_topic,
)

DAY = date(2020, 4, 6)

LATE = [
    ("fr", "Toujours rien reçu sur mon compte pour mars alors que ma voisine coiffeuse est payée"),
    ("nl", "Mijn uitkering van maart is nog altijd niet gestort, mijn collega heeft alles al"),
    ("de", "Seit drei Wochen warte ich auf die Überweisung für März, nichts auf dem Konto"),
    ("en", "My March payment has not arrived on my bank account, when will you pay me?"),
    ("fr", "cl. n'a rien touché pour le mois de mars, attend le versement depuis 15 jours"),
]
LOGIN = [
    ("fr", "Impossible de me connecter à mon espace en ligne, erreur avec itsme"),
    ("nl", "Inloggen met itsme lukt niet, ik krijg telkens een foutmelding op het portaal"),
    ("en", "I cannot log in to the online portal, itsme shows an error every time"),
    ("de", "Ich kann mich im Online-Portal nicht anmelden, itsme zeigt immer einen Fehler"),
]
ORDINARY = [
    ("fr", "Je voudrais une attestation d'affiliation pour mon dossier de crédit"),
    ("nl", "Ik stop met mijn zaak op 30 juni, welke formaliteiten moet ik doen?"),
    ("en", "Which contribution does a student with a small web shop pay?"),
    ("de", "Meine Frau bekommt ein Kind, welche Hilfe gibt es für Selbständige?"),
]


@pytest.fixture(scope="session")
def params(engine: Engine) -> Params:
    return Params.of(engine)


@pytest.fixture(scope="session")
def write(engine: Engine):
    """Contacts of as many clients, read by the classifier, one after another on a day."""

    def written(
        texts: Sequence[tuple[str, str]], name: str, day: date = DAY, client: str | None = None
    ) -> list[Item]:
        opinions = engine.classify([Text(text, language=code) for code, text in texts])
        return [
            Item(
                id=f"{name}{number}",
                at=datetime(day.year, day.month, day.day, 9, number, tzinfo=UTC),
                day=day,
                client=client or f"client {name}{number}",
                language=opinion.language,
                channel="email",
                text=text,
                features=features(opinion, text),
            )
            for number, ((_, text), opinion) in enumerate(zip(texts, opinions, strict=True))
        ]

    return written


def where(found: Grouping) -> dict[object, object]:
    return {placement.item_id: placement.problem for placement in found.placements}


def remembered(found: Grouping, day: date = DAY) -> list[Known]:
    return [
        Known(problem, centre, found.engine, day, day) for problem, centre in found.centres.items()
    ]


def only(problems: Sequence[object]) -> object:
    assert len(problems) == 1, problems
    return problems[0]


def test_one_cause_in_four_languages_is_one_problem(write, params):
    found = group(write(LATE, "late"), params=params)
    problem = only(found.new)
    assert set(where(found).values()) == {problem.key}
    assert problem.topic == "bridging_right"
    assert problem.thing == "payment"
    assert problem.symptom in ("not_received", "late")


def test_two_causes_are_two_problems(write, params):
    found = group([*write(LATE, "late"), *write(LOGIN, "login")], params=params)
    stands = where(found)
    assert len(found.new) == 2
    assert len({stands[f"late{n}"] for n in range(5)}) == 1
    assert stands["late0"] != stands["login0"]


def test_ordinary_questions_stay_alone(write, params):
    found = group(write(ORDINARY, "ask"), params=params)
    assert set(where(found).values()) == {None}
    assert found.new == []


def test_one_client_who_writes_three_times_is_no_problem(write, params):
    found = group(write(LATE, "late", client="Amélie"), params=params)
    assert found.new == []


def test_two_contacts_are_not_yet_a_problem(write, params):
    assert group(write(LATE[:2], "late"), params=params).new == []


def test_the_third_client_of_the_next_day_founds_it(write, params):
    tomorrow = DAY + timedelta(days=1)
    window = [*write(LATE[:2], "late"), *write(LATE[2:3], "next", tomorrow)]
    found = group(window, params=params)
    assert len(found.new) == 1
    assert set(where(found).values()) == {found.new[0].key}


def test_a_new_contact_joins_the_problem_of_yesterday(write, params):
    yesterday = group(write(LATE[:4], "late"), params=params)
    tomorrow = DAY + timedelta(days=1)
    found = group(write(LATE[4:], "next", tomorrow), remembered(yesterday), params=params)
    assert where(found) == {"next0": yesterday.new[0].key}
    assert found.new == []


def test_a_problem_keeps_its_centre_on_a_day_without_contacts(write, params):
    yesterday = group(write(LATE, "late"), params=params)
    quiet = group([], remembered(yesterday), params=params)
    assert quiet.centres.keys() == yesterday.centres.keys()
    assert quiet.placements == []


def test_members_stay_where_they_were(write, params):
    items = [*write(LATE[:3], "late"), *write(ORDINARY, "ask")]
    before = group(write(LATE, "late"), params=params)
    known = replace(remembered(before)[0], members=[item.id for item in items])
    found = group(items, [known], params=params)
    assert set(where(found).values()) == {known.id}
    assert {placement.reason["by"] for placement in found.placements} == {"stayed"}


def test_what_a_person_joined_stays_joined(write, params):
    late = group(write(LATE, "late"), params=params)
    problem = only(list(late.centres))
    ask = write(ORDINARY, "ask")
    told = Constraints(together={("ask2", problem)})
    found = group(ask, remembered(late), told, params)
    assert where(found)["ask2"] == problem
    assert found.placements[2].reason["by"] == "person"


def test_what_a_person_took_out_never_comes_back(write, params):
    late = group(write(LATE[:4], "late"), params=params)
    problem = only(list(late.centres))
    told = Constraints(apart={("next0", problem)})
    found = group(write(LATE[4:], "next"), remembered(late), told, params)
    assert where(found)["next0"] != problem


def test_a_person_takes_out_a_member(write, params):
    items = write(LATE, "late")
    late = group(items, params=params)
    known = replace(remembered(late)[0], members=[item.id for item in items])
    found = group(items, [known], Constraints(apart={("late1", known.id)}), params)
    stands = where(found)
    assert stands["late1"] != known.id
    assert stands["late0"] == known.id


def test_two_problems_that_people_made_one_are_one(write, params):
    both = group([*write(LATE, "late"), *write(LOGIN, "login")], params=params)
    kept, lost = (where(both)[item] for item in ("late0", "login0"))
    told = Constraints(same=[(kept, lost)])
    found = group(write(LOGIN, "again"), remembered(both), told, params)
    assert set(where(found).values()) == {kept}
    assert found.alike == []


def test_the_order_of_the_contacts_changes_nothing(write, params):
    items = [*write(LATE, "late"), *write(LOGIN, "login"), *write(ORDINARY, "ask")]
    expected = group(items, params=params)
    shuffled = random.Random(1).sample(items, len(items))
    found = group(shuffled, params=params)
    assert where(found) == where(expected)
    assert [one.item_id for one in found.placements] == [item.id for item in shuffled]
    assert found.new == expected.new


def test_every_placement_says_why(write, params):
    found = group(write(LATE, "late"), params=params)
    for placement in found.placements:
        assert placement.reason["by"] == "founded"
        assert placement.reason["neighbours"]
        assert placement.item_id not in placement.reason["neighbours"]
        assert placement.reason["thing"] == "payment"
        assert 0 < placement.reason["cosine"] <= 1
        assert 0 < placement.score <= 1


def test_a_contact_alone_says_so(write, params):
    found = group(write(ORDINARY[:1], "ask"), params=params)
    assert found.placements[0].reason == {"by": "alone"}


def test_a_problem_that_slept_for_months_attracts_nobody(write, params):
    late = group(write(LATE, "late"), params=params)
    much_later = DAY + timedelta(days=200)
    found = group(write(LATE[:1], "next", much_later), remembered(late), params=params)
    assert where(found) == {"next0": None}


def test_a_centre_survives_a_new_topic(write, params, engine):
    late = group(write(LATE[:4], "late"), params=params)
    labels = {**engine.labels, "topic": [*engine.labels["topic"], "a_new_measure"]}
    newer = replace(params, labels=labels)
    (contact,) = write(LATE[4:], "next")
    topics = np.append(contact.features.posteriors["topic"], np.float32(0))
    seen = {**contact.features.posteriors, "topic": topics}
    contact = replace(contact, features=replace(contact.features, posteriors=seen))
    assert newer.space.engine == late.engine
    found = group([contact], remembered(late), params=newer)
    assert where(found)["next0"] == late.new[0].key


def test_a_centre_of_another_engine_is_not_trusted(write, params):
    late = group(write(LATE[:4], "late"), params=params)
    other = [replace(known, engine="groups 0 on something else") for known in remembered(late)]
    broken = [replace(known, centre=b"\x00\x01") for known in remembered(late)]
    for known in (other, broken):
        assert where(group(write(LATE[4:], "next"), known, params=params))["next0"] is None


def test_the_topic_that_a_person_said_is_certain(engine):
    (opinion,) = engine.classify([Text(LATE[0][1], language="fr")])
    said = on_topic(opinion.posteriors, "deferral", engine.labels)
    assert said["topic"][engine.labels["topic"].index("deferral")] == 1
    inside = [label.startswith("deferral/") for label in engine.labels["subtopic"]]
    assert said["subtopic"][inside].sum() == pytest.approx(1, abs=1e-3)
    unknown = on_topic(opinion.posteriors, "no_such_topic", engine.labels)
    assert unknown["topic"] is opinion.posteriors["topic"]


def test_without_an_encoder_the_words_still_group(params):
    words = Params.worded(params.labels)
    labels = words.labels
    payment = {axis: np.full(len(labels[axis]), 1e-3, np.float32) for axis in labels}
    for axis, label in (("topic", "bridging_right"), ("subtopic", "bridging_right/payment")):
        payment[axis][list(labels[axis]).index(label)] = 0.9
    for axis, label in (("thing", "payment"), ("symptom", "not_received")):
        payment[axis][list(labels[axis]).index(label)] = 0.9
    items = [
        Item(
            id=number,
            at=datetime(2020, 4, 6, 9, number, tzinfo=UTC),
            day=DAY,
            client=f"c{number}",
            language=code,
            channel="email",
            text=text,
            features=described(text, "", code, None, payment),
        )
        for number, (code, text) in enumerate(LATE)
    ]
    found = group(items, params=words)
    assert len(found.new) == 1
    assert found.engine != params.space.engine


def test_a_day_of_six_thousand_is_grouped_piece_by_piece(params):
    chance = np.random.default_rng(2)
    names = list(concepts.weights())
    centre = chance.normal(size=DIMENSIONS)
    noise = {
        axis: chance.dirichlet(np.full(len(labels), 0.1), 6_000).astype(np.float32)
        for axis, labels in params.labels.items()
    }
    cause = {axis: np.full(len(labels), 1e-4) for axis, labels in params.labels.items()}
    cause["thing"][list(params.labels["thing"]).index("payment")] = 1
    cause["symptom"][list(params.labels["symptom"]).index("not_received")] = 1
    cause["subtopic"][list(params.labels["subtopic"]).index("bridging_right/payment")] = 1
    items = []
    for row in range(6_000):
        mine = row % 20 == 0
        vector = chance.normal(size=DIMENSIONS) + (0.8 * centre if mine else 0)
        items.append(
            Item(
                id=row,
                at=datetime(2020, 4, 6, 9, tzinfo=UTC),
                day=DAY,
                client=f"c{row}",
                language="nl",
                channel="email",
                text="",
                features=Features(
                    vector=(vector / np.linalg.norm(vector)).astype(np.float32),
                    posteriors={
                        axis: (0.7 * cause[axis] + 0.3 * noise[axis][row]).astype(np.float32)
                        if mine
                        else noise[axis][row]
                        for axis in noise
                    },
                    concepts=tuple(names[n] for n in chance.choice(len(names), 4, replace=False)),
                ),
            )
        )
    found = group(items, params=params)
    stands = where(found)
    card = stands[0]
    assert card is not None
    members = [row for row, problem in stands.items() if problem == card]
    right = [row for row in members if row % 20 == 0]
    assert len(right) > 0.9 * 300
    assert len(right) > 0.9 * len(members)


def test_concepts_are_known_in_every_language():
    spoken = {
        "fr": "je n'ai recu aucune confirmation apres l'envoi du formulaire",
        "nl": "ik heb geen bevestiging gekregen na het versturen van het formulier",
        "de": "nach dem absenden des formulars kam keine bestatigung",
        "en": "nothing came to confirm that the form was sent",
    }
    for code, text in spoken.items():
        named = concepts.named(text.replace("'", " ").split(), code)
        assert {"confirmation", "nothing", "form"} <= set(named), code


def test_what_only_one_client_says_names_no_problem(write, params) -> None:
    told = [
        ("fr", "Toujours rien reçu pour mars sur mon compte, salutations Clotilde"),
        ("fr", "Rien reçu pour mars sur mon compte, ma voisine est payée, Clotilde"),
        ("nl", "Nog niets gestort voor maart op mijn rekening, groetjes Sabine"),
        ("fr", "On attend encore le paiement de mars sur le compte, rien reçu"),
    ]
    mine = [*write(told[:2], "same", client="c"), *write(told[2:], "others")]
    found = group([*mine, *write(LATE, "late")], params=params)
    assert found.new
    for problem in found.new:
        words = {word for listed in problem.terms.values() for word in listed}
        assert not words & {"clotilde", "sabine", "groetjes"}
