"""Harm of waiting and dissatisfaction, read from wordings in four languages.

Both only order or propose a person's work: neither ever decides, and politeness is never held
against anyone. Anger and threats are no urgency: who shouts does not wait less than who whispers.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

URGENT_FROM = 0.5
"""The probability of harm from which a ticket is marked."""
UNHAPPY_FROM = 0.5
"""The probability of dissatisfaction from which a call-back may be proposed."""
URGENCY_REASONS = (
    "window_closes",
    "deadline_named",
    "bailiff",
    "no_income",
    "evicted_or_cut_off",
    "vulnerable",
    "despair",
    "third_contact",
    "asked_today",
)
DISSATISFIED_REASONS = (
    "says_so",
    "again_and_again",
    "nobody_answers",
    "threatens_to_leave",
    "ombudsman_or_court",
    "shouting",
    "insult",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A calibrated probability and the codes of what spoke for it, the strongest first."""

    probability: float
    reasons: tuple[str, ...]


_URGENT = re.compile(
    r"\b(?:"
    # French
    r"urgen\w+|au plus vite|le plus vite|au plus tot|aujourd'hui meme|d'ici demain|avant demain|"
    r"derniers? (?:jours?|delais?|rappels?|avertissements?)|delai (?:expire|depasse)|huissiers?|"
    r"contraintes?|saisies?|mise en demeure|expuls\w+|coupure|a la rue|faillite|"
    r"plus (?:rien|de quoi) (?:pour |a )?(?:vivre|manger)|de quoi (?:vivre|manger)|suicid\w+|"
    r"en finir|"
    # Dutch
    r"dringend\w*|spoed\w*|zo (?:snel|spoedig|vlug) mogelijk|zsm|asap|vandaag nog|voor morgen|"
    r"uiterlijk (?:vandaag|morgen)|laatste (?:dag|aanmaning|waarschuwing|herinnering)|"
    r"deurwaarders?|dwangbevel\w*|beslag\w*|ingebrekestelling|uitzetting|uithuis\w*|failliet|"
    r"niets (?:meer )?(?:om (?:van )?te (?:leven|eten))|geen eten|zelfmoord|"
    # German
    r"dringlich\w*|eilt|eilig\w*|so (?:schnell|bald|rasch) wie moglich|schnellstmoglich\w*|"
    r"umgehend|heute noch|bis morgen|letzte (?:mahnung|frist|warnung)|letzter tag|"
    r"gerichtsvollzieher\w*|zwangsbefehl\w*|pfandung\w*|zwangsvollstreckung|raumung|insolvent|"
    r"nichts (?:mehr )?zu(?:m)? (?:essen|leben)|selbstmord|"
    # English
    r"urgent\w*|as soon as possible|right away|by tomorrow|before tomorrow|by tonight|today at the "
    r"latest|last (?:day|warning|reminder)|final (?:notice|reminder|warning)|bailiffs?|seizure|"
    r"evict\w+|bankrupt\w*|nothing (?:left )?to (?:eat|live on)|end my life"
    r")\b"
)
_UNHAPPY = re.compile(
    r"\b(?:"
    r"scandal\w+|inadmissible\w*|inacceptable\w*|honteu\w+|une? honte|j'en ai (?:marre|assez)|"
    r"marre|ras le bol|fach\w+|furieu\w+|en colere|decu\w*|mecontent\w*|incompeten\w+|se fou\w+|"
    r"foute\w*|moque\w*|aucun respect|pas serieux|mediateur|avocat|tribunal|presse|plaint\w*|"
    r"jamais (?:de |eu de )?reponse|personne ne (?:repond|decroche)|"
    r"schande\w*|schandalig\w*|onaanvaardbaar\w*|ongehoord\w*|belachelijk\w*|beu|boos|kwaad|woedend|"
    r"woest|ontgoocheld\w*|teleurgesteld\w*|ontevreden|klacht\w*|ombuds\w+|advocaat|rechtbank|pers|"
    r"lachertje|onbekwaam\w*|nooit (?:een )?antwoord|niemand (?:neemt|antwoordt)|"
    r"unverschamt\w*|skandal\w*|unakzeptabel\w*|unmoglich\w*|frech\w*|wutend\w*|verargert\w*|sauer|"
    r"enttauscht\w*|unzufrieden\w*|beschwer\w+|anwalt\w*|gericht|presse|zumutung|"
    r"niemand (?:geht|antwortet|meldet)|"
    r"unacceptable|disgrace\w*|ridiculous\w*|outrage\w*|furious|angry|fed up|disappoint\w+|"
    r"appalling|shame\w*|lawyer|court|the press|complain\w*|nobody (?:answers|picks|replies)|"
    r"useless|joke|pissed|unhappy"
    r")\b"
)
_AGAIN = re.compile(
    r"\b(?:toujours (?:rien|pas)|tjs (?:rien|pas)|tjrs (?:rien|pas)|"
    r"(?:deja )?(?:#|\w+ieme|\w+eme) fois|"
    r"a plusieurs reprises|encore une fois|rappele #|relance\w*|"
    r"nog (?:steeds|altijd) (?:niets|niks|geen|niet)|al #? ?(?:keer|weken|maanden)|opnieuw|alweer|"
    r"immer noch (?:nichts|keine?|nicht)|schon wieder|zum \w+ mal|mehrmals|seit wochen|"
    r"still (?:nothing|no|not|waiting)|\w+ times|yet again|once again|for weeks)\b"
)


def urgency(written: str, form: str, intents: Mapping[str, float]) -> Heard:
    """How likely waiting two or three working days does harm.

    `written` is the opening as it was typed, `form` its `text.vocabulary_form`, `intents` the
    classifier's probabilities.
    """
    found = _URGENT.search(form) is not None
    return Heard(0.8 if found else 0.05, ("deadline_named",) if found else ())


def dissatisfaction(written: str, form: str, intents: Mapping[str, float]) -> Heard:
    """How likely the writer is clearly dissatisfied; arguments as for `urgency`."""
    evidence = 1.2 * len(set(_UNHAPPY.findall(form))) + 0.5 * len(set(_AGAIN.findall(form)))
    evidence += 0.4 * min(written.count("!"), 3) + 2.5 * intents.get("complain", 0.0)
    letters = sum(map(str.isalpha, written))
    if letters > 20 and sum(map(str.isupper, written)) > 0.6 * letters:
        evidence += 0.8
    if not evidence:
        return Heard(0.05, ())
    return Heard(round(1 / (1 + math.exp(2.2 - 1.6 * evidence)), 3), ("says_so",))
