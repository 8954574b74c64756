"""Places: what a name means, and which place covers which (CONTRACT, routing)."""

import unicodedata

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import places
from approvals.jurisdictions import BLOCS, Closeness, closeness, known, normal, suggest

NAMES = [
    # One place, whatever it is called.
    ("Québec", "CA-QC"),
    ("Quebec", "CA-QC"),
    ("quebec", "CA-QC"),
    ("QUÉBEC", "CA-QC"),
    (unicodedata.normalize("NFD", "Québec"), "CA-QC"),
    ("QC", "CA-QC"),
    ("qc", "CA-QC"),
    ("CA-QC", "CA-QC"),
    ("ca-qc", "CA-QC"),
    ("ca_qc", "CA-QC"),
    ("  Québec ", "CA-QC"),
    # Countries: both codes, English and French, short and long.
    ("CA", "CA"),
    ("CAN", "CA"),
    ("Canada", "CA"),
    ("FR", "FR"),
    ("FRA", "FR"),
    ("France", "FR"),
    ("République française", "FR"),
    ("French Republic", "FR"),
    ("Allemagne", "DE"),
    ("Germany", "DE"),
    ("Suisse", "CH"),
    ("Switzerland", "CH"),
    ("Royaume-Uni", "GB"),
    ("United Kingdom", "GB"),
    ("UK", "GB"),
    ("U.K.", "GB"),
    ("GB", "GB"),
    ("US", "US"),
    ("U.S.", "US"),
    ("USA", "US"),
    ("U.S.A.", "US"),
    ("United States", "US"),
    ("États-Unis", "US"),
    ("Etats-Unis d'Amérique", "US"),
    ("Côte d'Ivoire", "CI"),
    ("Cote d’Ivoire", "CI"),
    ("Corée du Sud", "KR"),
    ("Republic of Korea", "KR"),
    ("Korea, Republic of", "KR"),
    ("Bolivia", "BO"),
    ("Iran", "IR"),
    ("Tchéquie", "CZ"),
    ("Czech Republic", "CZ"),
    ("Pays-Bas", "NL"),
    ("The Netherlands", "NL"),
    ("Vietnam", "VN"),
    ("Russie", "RU"),
    # Subdivisions.
    ("Ontario", "CA-ON"),
    ("ON", "CA-ON"),
    ("Colombie-Britannique", "CA-BC"),
    ("British Columbia", "CA-BC"),
    ("Terre-Neuve-et-Labrador", "CA-NL"),
    ("FR-IDF", "FR-IDF"),
    ("Île-de-France", "FR-IDF"),
    ("ile de france", "FR-IDF"),
    ("California", "US-CA"),
    ("Californie", "US-CA"),
    ("New York", "US-NY"),
    ("NY", "US-NY"),
    ("Bayern", "DE-BY"),
    ("Bavière", "DE-BY"),
    ("Cataluña", "ES-CT"),
    ("Catalunya", "ES-CT"),
    ("Genève", "CH-GE"),
    ("Écosse", "GB-SCT"),
    ("Scotland", "GB-SCT"),
    ("Wales", "GB-WLS"),
    ("Bruxelles", "BE-BRU"),
    # Blocs and everything.
    ("EU", "EU"),
    ("UE", "EU"),
    ("European Union", "EU"),
    ("Union européenne", "EU"),
    ("EEA", "EEA"),
    ("EEE", "EEA"),
    ("Espace économique européen", "EEA"),
    ("*", "*"),
    # Ambiguous: the country wins over a state or province of the same letters or name.
    ("GA", "GA"),
    ("DE", "DE"),
    ("IN", "IN"),
    ("NL", "NL"),
    ("PE", "PE"),
    ("SK", "SK"),
    ("AL", "AL"),
    ("Georgia", "GE"),
    ("Luxembourg", "LU"),
    ("Mexico", "MX"),
    # A territory with a code of its own is one place under both its codes.
    ("FR-974", "RE"),
    ("Réunion", "RE"),
    ("Porto Rico", "PR"),
    ("US-PR", "PR"),
]


@pytest.mark.parametrize(("text", "place"), NAMES)
def test_what_a_name_means(text: str, place: str) -> None:
    assert normal(text) == place
    assert known(text)


@pytest.mark.parametrize(
    "text", ["Punjab", "Jura", "Vienne", "Korea", "ZZ", "IDF", "75", "Atlantis", "QC!QC", "", "  ", "-", "**"]
)
def test_what_means_no_place(text: str) -> None:
    assert not known(text)


COVERS = [
    ("CA-QC", "Québec", Closeness.SAME),
    ("Québec", "qc", Closeness.SAME),
    ("CA", "CA-QC", Closeness.COUNTRY),
    ("Canada", "Québec", Closeness.COUNTRY),
    ("FR", "FR-IDF", Closeness.COUNTRY),
    ("FR-IDF", "Paris", Closeness.COUNTRY),
    ("FR", "Paris", Closeness.COUNTRY),
    ("UK", "Scotland", Closeness.COUNTRY),
    ("US", "California", Closeness.COUNTRY),
    ("FR", "Réunion", Closeness.COUNTRY),
    ("US", "Puerto Rico", Closeness.COUNTRY),
    ("EU", "FR", Closeness.BLOC),
    ("EU", "FR-IDF", Closeness.BLOC),
    ("EU", "Paris", Closeness.BLOC),
    ("EU", "Réunion", Closeness.BLOC),
    ("EEA", "FR", Closeness.BLOC),
    ("EEA", "Norvège", Closeness.BLOC),
    ("EEA", "EU", Closeness.BLOC),
    ("EU", "EU", Closeness.SAME),
    ("*", "FR", Closeness.ANYWHERE),
    ("*", "Atlantis", Closeness.ANYWHERE),
    ("*", "EU", Closeness.ANYWHERE),
    ("*", "*", Closeness.SAME),
    ("Atlantis", "ATLANTIS", Closeness.SAME),
    ("Zone  Nord", "zone-nord", Closeness.SAME),
    ("CA-QC", None, Closeness.SAME),
    ("CA-QC", " ", Closeness.SAME),
]


@pytest.mark.parametrize(("held", "asked", "near"), COVERS)
def test_who_covers_a_place(held: str, asked: str | None, near: Closeness) -> None:
    assert closeness([held], asked) is near


APART = [
    ("CA-QC", "CA"),
    ("CA-QC", "CA-ON"),
    ("FR", "EU"),
    ("FR", "CA-QC"),
    ("EU", "UK"),
    ("EU", "CH"),
    ("EU", "Norway"),
    ("EU", "EEA"),
    ("EU", "Nouvelle-Calédonie"),
    ("EU", "Groenland"),
    ("FR", "Nouvelle-Calédonie"),
    ("CN", "Hong Kong"),
    ("US", "Georgia"),
    ("Paris", "FR-IDF"),
    ("EU", "*"),
    ("FR", "*"),
    ("Atlantis", "Lemuria"),
    ("CA", "Atlantis"),
    ("CA", "ca-xx"),
    ("IN", "Punjab"),
    ("CA-QC", "Q\u200bC"),
    ("CA-QC", "\u200b"),
]


@pytest.mark.parametrize(("held", "asked"), APART)
def test_who_does_not_cover_a_place(held: str, asked: str) -> None:
    assert closeness([held], asked) is None


def test_the_nearest_of_the_places_held_counts() -> None:
    assert closeness(["*", "EU", "FR"], "FR-IDF") is Closeness.COUNTRY
    assert closeness(["*", "EU"], "FR-IDF") is Closeness.BLOC
    assert closeness([], "FR") is None


def test_the_short_codes_are_no_country_s() -> None:
    countries = {c.alpha_2 for c in pycountry.countries}
    subdivisions = {s.code for s in pycountry.subdivisions}
    for country, codes in places._SHORT.items():
        assert countries.isdisjoint(codes.split())
        assert subdivisions >= {f"{country}-{code}" for code in codes.split()}


def test_the_blocs_have_their_members() -> None:
    countries = {c.alpha_2 for c in pycountry.countries}
    assert BLOCS["EU"] <= countries
    assert BLOCS["EEA"] - {"EU"} <= countries
    assert len(BLOCS["EU"] - set(places._TWO_CODES.values())) == 27
    assert len(BLOCS["EEA"] - BLOCS["EU"] - {"EU"}) == 3


def test_every_country_is_known_by_its_codes_and_name() -> None:
    for place in pycountry.countries:
        assert {normal(place.alpha_2), normal(place.alpha_3), normal(place.name)} == {place.alpha_2}


def test_every_subdivision_is_known_by_its_code() -> None:
    for place in pycountry.subdivisions:
        assert normal(place.code) == places._TWO_CODES.get(place.code, place.code)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Quebeck", "Quebec"),
        ("Frnace", "France"),
        ("Untied Kingdom", "United Kingdom"),
        ("Ontaro", "Ontario"),
        ("qqqq", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_right_name(wrong: str, right: str | None) -> None:
    assert suggest(wrong) == right


@given(st.text(max_size=200))
def test_any_text_has_one_normal_form_which_only_a_star_makes_a_star(text: str) -> None:
    form = normal(text)
    assert normal(form) == form
    assert (form == "*") == (text.strip() == "*") or unicodedata.normalize("NFKD", text).strip() == "*"


@given(st.text(max_size=60))
def test_whatever_is_asked_is_covered_by_itself_and_by_a_star(text: str) -> None:
    assert closeness([text], text) is Closeness.SAME
    assert closeness(["*"], text) is not None


def test_a_text_too_long_for_a_place_is_neither_looked_up_nor_kept() -> None:
    long = "Québec " * 10_000
    assert not known(long)
    assert len(normal(long)) < places.LONGEST
    assert normal(long) != normal(long + "x")
    assert closeness(["CA-QC"], long) is None
    assert closeness(["*"], long) is Closeness.ANYWHERE
