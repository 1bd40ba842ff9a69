"""A small topic for tests, as the text of a file, and edits of it."""

from pathlib import Path

from api.intake.topic import Topic, load_topic

SMALL = """
name = "knee"
title = "A knee"
version = "1"
tasks = ["pneumonia"]
introduction = "Two questions."
caution = "This does not rule out anything."
watch_for = ["Heat."]

[[sources]]
id = "book"
name = "A book"
url = "https://example.org/book"

[[levels]]
name = "advice"
title = "Rest"
do = ["Rest."]

[[levels]]
name = "doctor"
title = "See a doctor"
do = ["Go."]

[[levels]]
name = "now"
title = "Go now"
do = ["Go now."]

[[questions]]
id = "fever"
text = "A fever?"

[[questions]]
id = "weeks"
kind = "number"
text = "For how many weeks?"
minimum = 0
maximum = 50
unit = "weeks"

[[questions]]
id = "swollen"
text = "Is it swollen?"

[[questions]]
id = "red"
text = "Is it red?"

[[rules]]
id = "infection"
level = "now"
when = [{ at_least = 2, of = [
    { question = "fever", is = "yes" },
    { question = "swollen", is = "yes" },
    { question = "red", is = "yes" },
] }]
statement = "Two signs of infection."
source = "book"
section = "1"
date = "2020"

[[rules]]
id = "long"
level = "doctor"
when = [{ question = "weeks", from = 6 }]
statement = "Six weeks."
source = "book"
section = "2"
date = "2020-01"

[[rules]]
id = "otherwise"
level = "advice"
statement = "Nothing else."
source = "book"
section = "3"
date = "2020-01-01"
"""


def write(folder: Path, text: str = SMALL, *, name: str = "knee") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def small(folder: Path) -> Topic:
    return load_topic(write(folder))
