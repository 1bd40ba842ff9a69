"""The user interface: `streamlit run streamlit_app/app.py`."""

from pathlib import Path

import streamlit as st

import sidebar
from charts import chart_locale
from components import widget_words
from components.sites import check_sender
from components.state import api_watch
from components.worklist import image_sender, training_sender
from language import choice
from language.catalogue import N_, _
from session import sign_in, spare_memory, stored_worklist
from sidebar import Linked
from views import (
    answers,
    diagnose,
    images,
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
    versions,
)

st.set_page_config(page_title="Roentgen", layout="wide")
spare_memory.give_back()
choice.follow()
chart_locale.use()
st.html(Path(__file__).with_name("page.css"))
me, is_let_in = sign_in.who()
READ, TEACH, TRUST = N_("Read films"), N_("Teach it"), N_("Trust it")
# Each page by its group, and the right without which it would only refuse.
PAGES = (
    (READ, diagnose.show, N_("Diagnose"), "diagnose", "radiology", "read"),
    (READ, answers.show, N_("Answers"), "answers", "history", "read"),
    (READ, intake.show, N_("Intake"), "intake", "stethoscope", "read"),
    (TEACH, review.show, N_("Review"), "review", "rate_review", "label"),
    (TEACH, images.show, N_("Films"), "films", "photo_library", "label"),
    (TEACH, train.show, N_("Train"), "train", "model_training", "label"),
    (TEACH, insights.show, N_("Insights"), "insights", "query_stats", "read"),
    (TRUST, model_card.show, N_("Model card"), "model-card", "badge", "read"),
    (TRUST, versions.show, N_("Versions"), "versions", "account_tree", "read"),
    (TRUST, site_check.show, N_("Site check"), "site-check", "fact_check", "label"),
    (TRUST, monitor.show, N_("Monitor"), "monitor", "monitor_heart", "read"),
    (TRUST, privacy.show, N_("What is kept"), "privacy", "lock", "read"),
    (TRUST, people.show, N_("People and keys"), "people", "group", "admin"),
)
groups: dict[str, list[Linked]] = {}
for group, show, title, path, icon, right in PAGES:
    if sign_in.may(me, right):
        opened = Linked(st.Page(show, title=_(title), url_path=path), f":material/{icon}:")
        groups.setdefault(_(group), []).append(opened)
by_address = {each.page.url_path: each for members in groups.values() for each in members}


def home() -> None:
    """The first page, with links to those that the person may open."""
    start.show(by_address)


first = Linked(st.Page(home, title=_("Start"), default=True), ":material/home:")
groups = {"": [first], **groups}
page = st.navigation(
    [each.page for members in groups.values() for each in members], position="hidden"
)
widget_words.show()
sidebar.show(me, groups if is_let_in else {}, is_let_in=is_let_in)
api_watch.show()
if is_let_in:
    stored_worklist.follow()
    image_sender.send()
    training_sender.send(is_shown=page.url_path == "train")
    check_sender.send(is_shown=page.url_path == "site-check")
    page.run()
else:
    sign_in.show()
