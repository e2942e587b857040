"""Abbreviations whose full stop need not end a sentence, without that stop, in five languages."""


def _words(*by_language: str) -> frozenset[str]:
    return frozenset(" ".join(by_language).split())


TITLES_AND_LEADS = _words(
    "mr mrs ms dr prof e.g i.e vs resp cf",
    "bzw ggf evtl bspw vgl sog inkl exkl zzgl abzgl gem lt einschl z.b d.h u.a z.t i.d.r",
    "mme mlle p.ex ex",
    "sr sra srta sres dra ej exmo exma",
)
"""No sentence ends in these: more words follow."""
BEFORE_NUMBERS = _words(
    "no nos n approx p pp s sec fig vol ext tel ref",
    "nr nrs art abs ziff ca mind max",
    "tél réf env",
    "num núm nº pág pag ago",
)
"""None ends where a number follows: "No. 5"; but "The answer is no. We looked"."""
AMIDST = _words(
    "etc inc ltd co corp a.m p.m u.s u.k dept acct appt incl excl est min hrs",
    "usw std",
    "jan feb apr jun jul aug sep sept oct nov dec",
    "febr mär okt dez janv févr avr juil déc ene abr dic fev",
    "ud uds vd vds",
)
"""None ends where a small letter or a number follows."""
