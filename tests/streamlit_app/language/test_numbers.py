"""Numbers and moments in each language; French ones on a page: only a session has a language."""

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from charts import chart_locale
from formatting import percent
from language import catalogue, choice, numbers
from tests.streamlit_app.page_checks import TIMEOUT_S

NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
IN_FRENCH = {
    "numbers.written(1234.5, ',.1f')": f"1{NARROW}234,5",
    "percent(0.973)": f"97,3{NBSP}%",
    "decimal(0.9731)": "0,973",
    "size(4_200_000)": "4,2 Mo",
    # The sign stands once.
    "estimate(0.9, (0.85, 0.93))": f"90,0{NBSP}% (de 85,0 à 93,0)",
    "duration(2 * 86_400 + 3 * 3_600)": "2 j 3 h",
    "moment('2025-11-21T20:01:00Z')": "21 nov. 2025, 20:01 UTC",
    # None is singular in French.
    "images(0)": "0 cliché",
    "images(1)": "1 cliché",
    "images(2)": "2 clichés",
}


class TestNumbersAndMoments:
    def test_english_ones_are_as_python_writes_them(self) -> None:
        assert numbers.written(1234.5, ",.1f") == "1,234.5"
        assert percent(0.973) == "97.3 %"
        assert numbers.moment(datetime(2025, 9, 3, 20, 1, tzinfo=UTC)) == "03 Sep 2025, 20:01 UTC"

    def test_french_ones_have_their_marks_units_and_plurals(self) -> None:
        shown = "".join(f"st.text({written})\n" for written in IN_FRENCH)
        page = AppTest.from_string(
            "import streamlit as st\n"
            "from formatting import decimal, duration, estimate, images, moment, percent, size\n"
            f"from language import numbers\n{shown}",
            default_timeout=TIMEOUT_S,
        )
        page.session_state[catalogue.STATE] = "fr"

        assert [text.value for text in page.run().text] == list(IN_FRENCH.values())

    def test_charts_are_told_the_marks_and_months(self) -> None:
        locale = chart_locale.locale_of("fr")

        assert locale["number"]["decimal"] == ","
        assert locale["number"]["percent"].strip() == "%"
        assert locale["time"]["days"][0] == "dimanche"
        assert locale["time"]["shortMonths"][1] == "févr."


class TestTheBrowsersLanguage:
    @pytest.mark.parametrize(
        ("locale", "language"),
        [("fr-CH", "fr"), ("fr_FR", "fr"), ("FR", "fr"), ("de-DE", "en"), (None, "en"), ("", "en")],
    )
    def test_it_is_taken_where_there_are_texts(self, locale: str | None, language: str) -> None:
        assert choice.of_browser(locale) == language

    def test_each_is_named_in_itself(self) -> None:
        assert catalogue.languages() == {"en": "English", "fr": "Français"}
