"""A page of its own with what came of an intake, for a printer."""

from html import escape

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 12pt/1.5 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; }}
pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }}
@page {{ margin: 20mm; }}
</style>
</head>
<body>
<pre>{text}</pre>
</body>
</html>
"""


def as_html(title: str, summary: str) -> str:
    """The summary as a page that a browser shows and prints; nothing in it is taken for HTML."""
    return PAGE.format(title=escape(title), text=escape(summary))
