"""The user interface: `streamlit run streamlit_app/app.py`."""

import streamlit as st

import sidebar
import sign_in
from components.worklist import film_sender
from views import (
    answers,
    diagnose,
    insights,
    intake,
    model_card,
    monitor,
    people,
    privacy,
    review,
    site_check,
    train,
)

st.set_page_config(page_title="Roentgen", layout="wide")
me, is_let_in = sign_in.who()
# Each page, and the right without which it would only refuse.
PAGES = (
    (st.Page(diagnose.show, title="Diagnose", url_path="diagnose", default=True), "read"),
    (st.Page(answers.show, title="Answers", url_path="answers"), "read"),
    (st.Page(intake.show, title="Intake", url_path="intake"), "read"),
    (st.Page(site_check.show, title="Site check", url_path="site-check"), "label"),
    (st.Page(model_card.show, title="Model card", url_path="model-card"), "read"),
    (st.Page(review.show, title="Review", url_path="review"), "label"),
    (st.Page(train.show, title="Train", url_path="train"), "label"),
    (st.Page(insights.show, title="Insights", url_path="insights"), "read"),
    (st.Page(monitor.show, title="Monitor", url_path="monitor"), "read"),
    (st.Page(privacy.show, title="What is kept", url_path="privacy"), "read"),
    (st.Page(people.show, title="People and keys", url_path="people"), "admin"),
)
page = st.navigation([each for each, right in PAGES if sign_in.may(me, right)])
sidebar.show(me, is_let_in=is_let_in)
if is_let_in:
    film_sender.send()
    page.run()
else:
    sign_in.show()
