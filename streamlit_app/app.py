"""The user interface: `streamlit run streamlit_app/app.py`."""

import streamlit as st

import sidebar
import sign_in
from views import (
    answers,
    diagnose,
    insights,
    intake,
    model_card,
    monitor,
    privacy,
    review,
    site_check,
    train,
)

st.set_page_config(page_title="Roentgen", layout="wide")
page = st.navigation(
    [
        st.Page(diagnose.show, title="Diagnose", url_path="diagnose", default=True),
        st.Page(answers.show, title="Answers", url_path="answers"),
        st.Page(intake.show, title="Intake", url_path="intake"),
        st.Page(site_check.show, title="Site check", url_path="site-check"),
        st.Page(model_card.show, title="Model card", url_path="model-card"),
        st.Page(review.show, title="Review", url_path="review"),
        st.Page(train.show, title="Train", url_path="train"),
        st.Page(insights.show, title="Insights", url_path="insights"),
        st.Page(monitor.show, title="Monitor", url_path="monitor"),
        st.Page(privacy.show, title="What is kept", url_path="privacy"),
    ]
)
me, is_let_in = sign_in.who()
sidebar.show(me, is_let_in=is_let_in)
if is_let_in:
    page.run()
else:
    sign_in.show()
