"""What places are called: every name and code to one normal form.

The names are those of ISO 3166-1 and 3166-2 in English and French, as pycountry has them.
What they leave open is read as follows, the first that fits:

1. the words written out in `_READINGS` (`UK`, `EU`, names that are common but not ISO's);
2. codes and names of countries: `CA` is Canada, `GA` Gabon, `DE` Germany, `IN` India,
   `NL` the Netherlands, `PE` Peru, `SK` Slovakia, `Georgia` the country, `Luxembourg` too;
3. codes of subdivisions: `CA-QC`, `FR-IDF`;
4. the two letters alone of the Canadian provinces and US states in `_SHORT`, none of which is
   a country's code: `QC` is Québec. Any other subdivision needs its whole code or name;
5. names of subdivisions. A name that places in several countries bear (`Punjab`, `Jura`)
   means none of them: it is unknown, and matches the same words only.
"""

from __future__ import annotations

import difflib
import gettext
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import pycountry

from approvals.words import fold

ANYWHERE = "*"
"""The place that covers all places."""

LONGEST = 120
"""Characters; no place's name has more, and a longer text is not looked up."""

_READINGS = {
    "EU": "EU, E.U., UE, European Union, Union européenne",
    "EEA": "EEA, EEE, European Economic Area, Espace économique européen",
    "GB": "UK, U.K., Great Britain, Grande-Bretagne",
    "US": "U.S., U.S.A., The United States",
    "GR": "EL",
    "NL": "The Netherlands, Holland, Hollande",
    "CZ": "Czech Republic",
    "CI": "Ivory Coast",
    "CV": "Cape Verde, Cap-Vert",
    "RU": "Russia, Russie",
    "SY": "Syria, Syrie",
    "TR": "Turkey",
    "VN": "Vietnam, Viêt Nam",
    "VA": "Vatican, Vatican City",
    "GB-ENG": "England, Angleterre",
    "GB-SCT": "Scotland, Écosse",
    "GB-WLS": "Wales, Pays de Galles",
    "GB-NIR": "Northern Ireland, Irlande du Nord",
    "BE-BRU": "Brussels, Bruxelles",
    "BE-VLG": "Flanders, Flandre",
    "BE-WAL": "Wallonia, Wallonie",
    "CH-GE": "Geneva",
    "DE-BY": "Bavaria",
    "ES-CT": "Catalonia, Catalogne",
    "US-FL": "Florida, Floride",
    "US-MD": "Maryland",
    "US-MT": "Montana",
    "US-DC": "Washington DC, Washington D.C.",
}
"""Normal form -> what it is called besides, or which of several places a name means."""

_SHORT = {
    "CA": "AB BC MB NB NS NT ON QC",
    "US": "AK CT DC FL HI IA KS ND NH NJ NV NY OH OK OR RI TX UT VT WA WI WV WY",
}

_TWO_CODES = {
    "FR-971": "GP",
    "FR-972": "MQ",
    "FR-973": "GF",
    "FR-974": "RE",
    "FR-976": "YT",
    "FI-01": "AX",
    **{f"FR-{code}": code for code in ("BL", "MF", "NC", "PF", "PM", "TF", "WF")},
    **{f"NL-{code}": code for code in ("AW", "CW", "SX")},
    **{f"US-{code}": code for code in ("AS", "GU", "MP", "PR", "UM", "VI")},
    **{f"CN-{code}": code for code in ("HK", "MO", "TW")},
}
"""Subdivisions that have a country's code too: one place, under its code of ISO 3166-1."""

_UNDER_ITS_STATE = {
    **dict.fromkeys(("GP", "MQ", "GF", "RE", "YT", "MF", "BL", "PM"), "FR"),
    **dict.fromkeys(("AS", "GU", "MP", "PR", "UM", "VI"), "US"),
    "AX": "FI",
}
"""Of those, the ones where the law of their state applies by itself. The others (`NC`, `HK`,
`AW` …) have their own: nobody covers them who does not name them."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """`names`: every folded name -> normal form. `within`: a place -> the next wider one."""

    names: Mapping[str, str]
    within: Mapping[str, str]


@lru_cache(maxsize=4096)
def _looked_up(text: str) -> str:
    key = _key(text)
    return atlas().names.get(key, key)


def normal(text: str) -> str:
    """The normal form: `CA-QC`, `FR`, `EU`, `*`, or for an unknown place its folded words.

    Of a text longer than LONGEST, a hash: so that no cache keeps what an agent pours in.
    """
    if len(text) <= LONGEST:
        return _looked_up(text)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def known(text: str) -> bool:
    """Whether the text names a place, a bloc or `*`."""
    return len(text) <= LONGEST and _key(text) in atlas().names


def suggest(text: str, alike: float = 0.75) -> str | None:
    """The nearest right name to a mistyped one (`Frnace`: `France`), if one is so much alike (0 to 1)."""
    spelled = _spelled()
    near = difflib.get_close_matches(_key(text[:LONGEST]), spelled, n=1, cutoff=alike)
    return spelled[near[0]] if near else None


@cache
def atlas() -> Atlas:
    """All places. Made at the first use, in about a tenth of a second."""
    names: dict[str, str] = {ANYWHERE: ANYWHERE}
    for layer in _layers():
        for key, codes in _claims(layer).items():
            names.setdefault(key, _one(codes))
    return Atlas({key: code for key, code in names.items() if code}, _within())


@cache
def _spelled() -> Mapping[str, str]:
    """Folded name -> the same as it is written. Only for messages about mistakes."""
    spelled: dict[str, str] = {}
    for layer in _layers():
        for name, _ in layer:
            spelled.setdefault(_key(name), name)
    return {key: name for key, name in spelled.items() if key in atlas().names}


def _key(text: str) -> str:
    """Folded, and every sign between the words a space: `CA_QC`, `ca-qc` and `Ca Qc` are one."""
    folded = fold(text)
    return " ".join(re.findall(r"[^\W_]+", folded)) or folded


def _layers() -> Iterator[Iterable[tuple[str, str]]]:
    """Pairs of name and normal form, the layer whose reading wins first."""
    yield ((name, code) for code, names in _READINGS.items() for name in (code, *names.split(", ")))
    yield from _countries()
    yield ((s.code, _TWO_CODES.get(s.code, s.code)) for s in pycountry.subdivisions)
    yield ((code, f"{country}-{code}") for country, codes in _SHORT.items() for code in codes.split())
    yield _subdivision_names()


def _countries() -> Iterator[Iterable[tuple[str, str]]]:
    """Codes and full names; then what stands before a comma or bracket (`Iran`, `Bolivia`)."""
    french = _french("iso3166-1")
    full = {code: _spellings(c, french) for c in pycountry.countries for code in [c.alpha_2]}
    yield ((name, code) for code, names in full.items() for name in names)
    yield ((re.split(r"[,(]", name)[0], code) for code, names in full.items() for name in names)


def _spellings(country: pycountry.db.Country, french: gettext.NullTranslations) -> list[str]:
    fields = ("name", "common_name", "official_name")
    english = [name for field in fields if (name := getattr(country, field, None))]
    names = [*english, *map(french.gettext, english)]
    return [country.alpha_2, country.alpha_3, *(v for name in names for v in _variants(name))]


def _subdivision_names() -> Iterator[tuple[str, str]]:
    french = _french("iso3166-2")
    for place in pycountry.subdivisions:
        code = _TWO_CODES.get(place.code, place.code)
        for name in (place.name, french.gettext(place.name)):
            for variant in _variants(name):
                yield variant, code


def _variants(name: str) -> Iterator[str]:
    """A name as ISO writes it and as people do: `Korea, Republic of`, `Catalunya [Cataluña]`."""
    yield name
    if "[" in name:
        outer, _, inner = name.partition("[")
        yield outer
        yield re.sub(r" [A-Z]{2}-[A-Z]{3}$", "", inner.rstrip("]"))
    elif "(" in name:
        yield re.sub(r"\(.*?\)", "", name)
    elif name.count(",") == 1:
        head, _, tail = name.partition(",")
        yield f"{tail} {head}"


def _claims(layer: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Folded name -> the places that bear it."""
    claims: dict[str, set[str]] = {}
    for name, code in layer:
        claims.setdefault(_key(name), set()).add(code)
    return claims


def _one(codes: set[str]) -> str:
    """The place that a name means: the only one, or the one that contains the others, else none."""
    widest = [code for code in codes if _within().get(code) not in codes]
    return widest[0] if len(widest) == 1 and _same_country(codes) else ""


def _same_country(codes: set[str]) -> bool:
    return len({code.partition("-")[0] for code in codes}) == 1


@cache
def _within() -> dict[str, str]:
    within = {s.code: s.parent_code or s.country_code for s in pycountry.subdivisions}
    return {code: wider for code, wider in within.items() if code not in _TWO_CODES} | _UNDER_ITS_STATE


def _french(domain: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=["fr"], fallback=True)
