"""A page of its own with what a site check found, for a printer or a PDF."""

from collections.abc import Iterable
from html import escape

import metric_tables
from api_types import SiteReport
from captions import check_captions
from components.retraining.verdicts import VERDICTS
from formatting import decimal, images
from language.api_sentences import translated
from language.catalogue import _, current

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 11pt/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; margin: 0.5em 0 1.5em; }}
th, td {{ text-align: left; padding: 0.2em 0.9em 0.2em 0; border-bottom: 1px solid #ccc; }}
@page {{ margin: 18mm; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def as_html(report: SiteReport) -> str:
    """The verdict, its reasons and the figures; nothing in them is taken for HTML."""
    title = _("Site check of {version}").format(version=report["version"])
    basis = _(
        "{version} on {images}, operating point {operating_point} (threshold {threshold})."
    ).format(
        version=report["version"],
        images=images(report["n"]),
        operating_point=report["operating_point"],
        threshold=decimal(report["threshold"]),
    )
    verdict = _(VERDICTS[report["verdict"]]).format(noun=_("films"))
    parts = [
        _element("h1", title),
        _element("h2", verdict),
        "<ul>"
        + "".join(_element("li", translated(reason)) for reason in report["reasons"])
        + "</ul>",
        _element("p", basis),
        _element("h2", _("Here and in the card")),
        _table(metric_tables.comparison(report["comparisons"])),
        _element("p", check_captions.comparison(report["comparisons"])),
        _element("p", check_captions.suggestion(report)),
        _element("h2", _("What was read and what was left out")),
        _table(metric_tables.site_counts(report)),
        *(
            _element("p", f"{count}: {translated(reason)}")
            for reason, count in report["skipped"].items()
        ),
        _element("p", _("Research and education. Not a medical device.")),
    ]
    return PAGE.format(language=current(), title=escape(title), body="\n".join(parts))


def _table(rows: metric_tables.Rows) -> str:
    if not rows:
        return ""
    heading = _row("th", rows[0])
    return f"<table>{heading}{''.join(_row('td', row.values()) for row in rows)}</table>"


def _row(name: str, cells: Iterable[object]) -> str:
    return "<tr>" + "".join(_element(name, cell) for cell in cells) + "</tr>"


def _element(name: str, text: object) -> str:
    return f"<{name}>{escape(str(text))}</{name}>"
