"""The user interface: `streamlit run streamlit_app/app.py`."""

from pathlib import Path

import streamlit as st

import sidebar
from components.worklist import film_sender
from session import sign_in
from sidebar import Linked
from views import (
    answers,
    diagnose,
    films,
    insights,
    intake,
    model_card,
    monitor,
    people,
    privacy,
    review,
    site_check,
    start,
    train,
)

st.set_page_config(page_title="Roentgen", layout="wide")
st.html(Path(__file__).with_name("contrast.css"))
me, is_let_in = sign_in.who()
READ, TEACH, TRUST = "Read films", "Teach it", "Trust it"
# Each page by its group, and the right without which it would only refuse.
PAGES = (
    (READ, diagnose.show, "Diagnose", "diagnose", "radiology", "read"),
    (READ, answers.show, "Answers", "answers", "history", "read"),
    (READ, intake.show, "Intake", "intake", "stethoscope", "read"),
    (TEACH, review.show, "Review", "review", "rate_review", "label"),
    (TEACH, films.show, "Films", "films", "photo_library", "label"),
    (TEACH, train.show, "Train", "train", "model_training", "label"),
    (TEACH, insights.show, "Insights", "insights", "query_stats", "read"),
    (TRUST, model_card.show, "Model card", "model-card", "badge", "read"),
    (TRUST, site_check.show, "Site check", "site-check", "fact_check", "label"),
    (TRUST, monitor.show, "Monitor", "monitor", "monitor_heart", "read"),
    (TRUST, privacy.show, "What is kept", "privacy", "lock", "read"),
    (TRUST, people.show, "People and keys", "people", "group", "admin"),
)
groups: dict[str, list[Linked]] = {}
for group, show, title, path, icon, right in PAGES:
    if sign_in.may(me, right):
        opened = Linked(st.Page(show, title=title, url_path=path), f":material/{icon}:")
        groups.setdefault(group, []).append(opened)
by_title = {each.page.title: each for members in groups.values() for each in members}


def home() -> None:
    """The first page, with links to those that the person may open."""
    start.show(by_title)


groups = {"": [Linked(st.Page(home, title="Start", default=True), ":material/home:")], **groups}
page = st.navigation(
    [each.page for members in groups.values() for each in members], position="hidden"
)
sidebar.show(me, groups if is_let_in else {}, is_let_in=is_let_in)
if is_let_in:
    film_sender.send()
    page.run()
else:
    sign_in.show()
