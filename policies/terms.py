"""The words of a text that tell what it is about: folded, without endings, function words left out.

Two texts are compared by these terms. The endings are cut off roughly and alike in every language: it does not matter
what is left of a word, only that "refunds", "refunded" and "refund" leave the same.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping

from policies.folding import fold

FUNCTION_WORDS = frozenset(
    # English, German, French, Spanish, Portuguese; without accents, as they are compared.
    """
    a about again ago all also although always am an and another any anybody anyone anything are as at aux be because
    been before being but by can cannot could d did do does doing done don each either else even ever every everybody
    everyone everything few for from get gets getting give gives go goes going got had has have having he hello her
    here hers hey hi him his how i if in into is it its just know last let like ll m made make many may me might mine
    more most much must my need never new no nobody none not nothing now of off ok on once one only or other our out
    over own please quite re really s said same say says see she should since so some somebody someone something soon
    still such sure t take tell thank thanks that the their them then there these they thing think this those though
    through time to today told too until up us use used using ve very want was way we well were what when where
    whether which while who whom why will with without would yes yesterday yet you your yours
    aber alle als am an auch auf aus bei bekommen bin bis bitte da das dass dem den denn der des die dies diese dieser
    doch dort durch ein eine einem einen einer eines er es euch euer fur gab geben gibt haben habe habt hallo hat hatte
    ich ihr ihre ihnen im immer in ist ja jetzt kann kein keine konnen mal man mehr mein meine mich mir mit mochte nach
    nicht nichts noch nun nur ob oder ohne schon sehr seid seit sich sie sind so soll uber um und uns unser unsere
    vielen von vor wann war waren warum was weg wegen weil wenn wer werden wie will wir wird wo wofur zu zum zur
    au avec bonjour ca car ce cela cette ces comme comment dans de depuis des du elle elles en encore est et etait ete
    eu fait il ils j je l la le les leur lui ma mais maintenant me merci mes moi mon n ne nos notre nous on ont ou
    par pas peut plus pour pourquoi qu quand que quel quelle qui sa sans se ses si son sont sur tout toujours tous tres
    tu un une vos votre vous y a-t-il
    al algo asi aun como con cual cuando de del desde donde el ella ellos en entonces era es esa ese eso esta estan
    este esto estoy fue gracias ha hace han hasta hay hola la las lo los mas me mi mis muy ni nos o os para pero por
    porque puede puedo que quien se ser si sin sobre son soy su sus tambien te teneis tengo ti tiene todavia todo tu
    un una unos usted ustedes ya yo
    ao aos ate bom com da das de dele desde do dos e ela ele eles em essa esse esta estava este eu foi isso isto ja mas
    me meu meus minha minhas muito na nas nao no nos nossa nosso num numa o obrigada obrigado ola os ou para pela pelo
    pode por porque posso quando que quem sao se sem seu seus sua suas tambem tem tenho um uma uns voce voces
    """.split()  # noqa: SIM905 - a list of four hundred lines is no easier to read
)

SUPPORT_WORDS = frozenset(
    """
    account address agent answer app ask bill buy call card change charge check come company contact cost customer day
    detail email euro find help hour info information issue item know look mail member money month number old online
    open option order page paid pay person phone possible price problem product purchase question receive reply
    request sell send service shop show site sorry start stop store subscription support system team text ticket try
    update user wait website week work write wrong year
    arbeiten bestellung frage hilfe jahr kaufen konto kosten kunde kundin monat preis rechnung tag tage woche zahlen
    aide annee client commande compte facture jour mois payer prix probleme question semaine
    ano ayuda ajuda cliente conta compra cuenta dia factura fatura mes pagar pedido precio preco problema semana
    """.split()  # noqa: SIM905
)
"""What is said in any support ticket: it weighs little."""

_SLIGHT = 0.35
_WORD = re.compile(r"[^\W_]+(?:[.,][0-9]+)?")
_ENDINGS = ("ungen", "ings", "ing", "ies", "ed", "es", "en", "er", "em", "e", "y")
_SHORTEST = 3
_APOSTROPHE = re.compile(r"'(?:s|ll|re|ve|d|m|t)\b|\b[dlnj]'")


def terms(text: str) -> list[str]:
    """The terms in the order of the text, repeated as they are."""
    return [stem(word) for word in _words(text) if word not in FUNCTION_WORDS]


def is_slight(term: str) -> bool:
    """Whether it is said in any support ticket."""
    return term in _SLIGHT_TERMS


@functools.lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word in small letters without its ending."""
    if not word.isalpha():
        return word
    word = word.removesuffix("s") if len(word) > _SHORTEST and not word.endswith("ss") else word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _SHORTEST and word[-1] == word[-2] else word


def _words(text: str) -> list[str]:
    return _WORD.findall(without_accents(_APOSTROPHE.sub(" ", fold(text).text.casefold())))


def without_accents(text: str) -> str:
    """The text with plain letters, as terms are compared."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parted if not unicodedata.combining(char))


def weight(term: str, rarity: Mapping[str, float]) -> float:
    """How much a term tells: 1.0 at most, less for what stands in many of the texts compared, or in any ticket."""
    return rarity.get(term, 1.0) * (_SLIGHT if term in _SLIGHT_TERMS else 1.0)


def alike(those: frozenset[str], others: frozenset[str], rarity: Mapping[str, float]) -> float:
    """How much of the one is in the other, both ways: 0.0 to 1.0."""
    both = total(those, rarity) + total(others, rarity)
    return 2 * total(those & others, rarity) / both if both else 0.0


def total(those: Iterable[str], rarity: Mapping[str, float]) -> float:
    """The weight of several terms together."""
    return sum(weight(term, rarity) for term in those)


_SLIGHT_TERMS = frozenset(map(stem, SUPPORT_WORDS))
