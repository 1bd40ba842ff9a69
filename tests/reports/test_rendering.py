"""What people and file names write into a page stays text, whatever it contains."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from jinja2 import UndefinedError
from markdown_it import MarkdownIt

from api.model_card.card import Card
from api.model_card.decision_rules import OutlierRule
from api.model_card.metrics import Evaluation, Metrics, Stability
from api.model_card.quantization import Figure, Reduced
from api.model_card.sites.site_report import SiteReport, Suggestion
from api.reports.card_page import card_page
from api.reports.curves_svg import curves_svg
from api.reports.environment import environment
from api.reports.site_page import site_page
from tests.support.cards import CURVES, REFER, card, metrics

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\n\n<script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    "[x](https://example.org)",
    "\\[x](https://example.org)",
    "\\<script>alert(1)</script>",
    "![x](https://example.org/pixel.png)",
    "<javascript:alert(1)>",
    "]]><script>alert(1)</script>",
    "```\n<script>alert(1)</script>",
    "{{ 7 * 7 }}{% include 'card.md' %}",
)
HARMFUL = {"html_inline", "html_block", "link_open", "image"}


def token_types(page: str) -> set[str]:
    """What a Markdown reader that lets HTML through makes of a page."""
    types = set()
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(page):
        types |= {token.type, *(child.type for child in token.children or ())}
    return types


def cells_per_row(page: str) -> set[int]:
    """How many cells the rows of each table have; a table counts once for each number."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    rows = [token.map[0] for token in tokens if token.type == "tr_open" and token.map]
    lines = page.splitlines()
    return {lines[row].replace("\\\\", "").replace("\\|", "").count("|") - 1 for row in rows}


def measured(text: str) -> Metrics:
    one = metrics().per_class["Normal"]
    return metrics(referred_because={text: 0.5}).model_copy(
        update={
            "per_class": dict.fromkeys((text, "Normal"), one),
            "confusion": ((1, 2), (3, 4)),
            "at": {text: metrics().at["balanced"]},
        }
    )


def hostile_card(text: str) -> Card:
    """A card with the same text wherever something is named or described."""
    plain = card(refer=REFER)
    point = plain.operating_points["balanced"]
    training = plain.training.model_copy(
        update={"backbone": text, "base_weights": text, "command": text}
    )
    return plain.model_copy(
        update={
            "task": text,
            "version": text,
            "parent": text,
            "code_version": text,
            "classes": (text, "Normal"),
            "negative_class": text,
            "weights_sha256": text,
            "metrics": {
                "holdout": Evaluation(
                    overall=measured(text), per_source={text: measured(text)}, curves=CURVES
                )
            },
            "operating_points": {
                "balanced": point.model_copy(update={"aim": text, "chosen_on": text}),
                text: point,
            },
            "outliers": OutlierRule(
                method=text,
                reference_sha256="2" * 64,
                threshold=1.25,
                chosen_on=text,
                refused={text: {text: 0.017}},
                compared={text: {text: 0.953}},
                harmless={text: 0.5},
            ),
            "stability": Stability(split=text, n=30, kept={text: 0.987}),
            "reduced": Reduced(
                sha256="0" * 64,
                calibrated_on=30,
                compared_on=40,
                figures=(Figure(name=text, int8=0.9, bound=0.99, is_met=False),),
                golden=(),
            ),
            "data": plain.data.model_copy(
                update={"split_rule": text, "counts": {text: {text: {text: 3}}}}
            ),
            "training": training,
        }
    )


def hostile_report(text: str) -> SiteReport:
    """A report on files, folders and a model that carry the text."""
    return SiteReport(
        version=text,
        n=40,
        counts={text: {text: 10}},
        skipped={text: 3},
        operating_point=text,
        threshold=0.5,
        metrics=measured(text),
        per_source={text: measured(text)},
        curves=CURVES,
        comparisons=(),
        suggestion=Suggestion(threshold=0.42, temperature=1.5),
        verdict="caution",
        reasons=(text,),
    )


class TestNames:
    @pytest.mark.parametrize("text", ATTACKS)
    def test_no_name_in_a_card_becomes_markup(self, text: str) -> None:
        assert token_types(card_page(hostile_card(text))) & HARMFUL == set()

    @pytest.mark.parametrize("text", ATTACKS)
    def test_names_stay_text_in_the_picture(self, text: str) -> None:
        drawn = curves_svg(hostile_card(text))

        assert drawn is not None
        root = ElementTree.fromstring(drawn)
        allowed = {"svg", "title", "rect", "g", "text", "polyline", "circle"}
        assert {element.tag.split("}")[1] for element in root.iter()} == allowed
        # XML reads any line break as one space or line feed; the words are all there.
        title = root.findtext("{*}title") or ""
        assert title.split() == f"{text} {text}: curves on the hold-out".split()

    def test_a_bar_or_a_line_break_in_a_name_adds_no_cell(self) -> None:
        usual = cells_per_row(card_page(hostile_card("name")))

        assert len(usual) > 1
        assert cells_per_row(card_page(hostile_card("na|me\n|x|"))) == usual

    def test_a_file_name_with_spaces_and_brackets_is_one_address(self) -> None:
        page = card_page(card(), picture="my card (1)<b>.svg")

        assert "](my%20card%20%281%29%3Cb%3E.svg)" in page


class TestTheTerminal:
    @pytest.mark.parametrize(
        "name",
        [
            "O'Brien & Sons' \"Röntgen\" (2026) > 1_2*3",
            "[old] ward`s <films>",
            "a\\b",
            "{{ 7 * 7 }}",
        ],
    )
    def test_names_are_written_as_they_are(self, name: str) -> None:
        assert f"| {name}: {name} | 10 |" in site_page(hostile_report(name))

    @pytest.mark.parametrize(
        ("name", "shown"), [("\x1b[2Jward", "\ufffd[2Jward"), ("a\nVerdict: GO", "a Verdict: GO")]
    )
    def test_none_steers_it_or_begins_a_line(self, name: str, shown: str) -> None:
        assert f"| {shown}: {shown} | 10 |" in site_page(hostile_report(name))


class TestProse:
    def test_the_authors_words_may_be_markdown_but_no_html(self) -> None:
        written = card().model_copy(
            update={
                "intended_use": "*Only* for <script>alert(1)</script> us.",
                "limits": "First.\n\n- <b>second</b>",
                "failure_modes": ("<i>third</i>",),
            }
        )

        page = card_page(written)

        assert token_types(page) & HARMFUL == set()
        assert "em_open" in token_types(page)
        assert "*Only* for &lt;script>alert(1)&lt;/script> us." in page


class TestTemplates:
    def test_a_name_that_is_not_given_is_an_error(self) -> None:
        template = environment(".md").from_string("{{ nobody.name }}")

        with pytest.raises(UndefinedError):
            template.render()

    def test_neither_a_server_nor_the_command_line_loads_them_at_its_start(self) -> None:
        program = (
            "import sys, api.main, api.reports.card_page, api.reports.site_page\n"
            "from api.cli.commands import CommandGroup\n"
            "dict(CommandGroup().commands)\n"
            "print(sorted({'jinja2', 'markupsafe'} & set(sys.modules)))"
        )

        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )

        assert done.stdout.strip() == "[]"
