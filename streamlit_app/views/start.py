"""The first page: what can be done here, for those who read films, teach the model, or must trust
it."""

from collections.abc import Mapping

import streamlit as st

import sidebar
from api_types import Status
from client import ApiError
from components.answers import row_form
from errors import api, guarded
from example_films import examples_of
from formatting import images, moment, percent, plain, rows_of
from session import task_choice
from sidebar import Linked

Pages = Mapping[str, Linked]
EXAMPLES, EXAMPLE_PX = 3, 84


@guarded
def show(pages: Pages) -> None:
    """`pages`: those that the person may open, by title."""
    heading = st.empty()
    # Also while the API is away, a page has a heading.
    heading.title("Roentgen")
    status = api().status()
    if task := task_choice.current():
        heading.title(plain(task["title"]))
    st.markdown(plain(sidebar.sentence(status)) + ".")
    read, teach, trust = st.columns(3, gap="medium", border=True)
    with read:
        _read(status, pages)
    with teach:
        _teach(pages)
    with trust:
        _trust(status, pages)
    st.caption(sidebar.NOTICE)


def _read(status: Status, pages: Pages) -> None:
    is_table = row_form.is_table()
    st.subheader("Read a row" if is_table else "Read a film", anchor=False)
    st.markdown(
        "Type numbers or send a table; each row gets a class, or a word that a person must look."
        if is_table
        else "Drop films in; each gets an answer and its reasons, or the word that a person must "
        "look."
    )
    films = examples_of(status["task"])[:EXAMPLES]
    if films:
        with st.container(horizontal=True, gap="small"):
            for film in films:
                st.image(film.content, alt=f"Example film: {film.shows}", width=EXAMPLE_PX)
        st.caption("Real films to try are on the page Diagnose.")
    _links(pages, "Diagnose", "Answers", "Intake")


def _teach(pages: Pages) -> None:
    st.subheader("Teach it", anchor=False)
    st.markdown(
        "Say what films did show, add your own, and retrain. A new version takes over only if it "
        "is shown to be better."
    )
    try:
        plan, waiting = api().retraining_plan(), api().review(limit=1, reason="any")
    except ApiError as exc:
        st.caption(plain(str(exc)))
    else:
        count, number = rows_of if row_form.is_table() else images, waiting["total"]
        lines = [
            f"{number:,} {_word(number, 'answer is', 'answers are')} worth a look",
            f"{count(plan['total'])} collected, {plan['new']:,} new since the last retraining",
        ]
        if plan["disputed"]:
            waits = _word(plan["disputed"], "waits", "wait")
            lines.append(f"{plan['disputed']:,} came with two classes and {waits} for a decision")
        st.markdown("\n".join(f"- {line}" for line in lines))
    _links(pages, "Review", "Films", "Train", "Insights")


def _word(number: int, one: str, several: str) -> str:
    return one if number == 1 else several


def _trust(status: Status, pages: Pages) -> None:
    st.subheader("Trust it", anchor=False)
    st.markdown(
        "Read how good the version is and where it fails, and measure it on your own films before "
        "you rely on it."
    )
    try:
        models = api().models()
    except ApiError as exc:
        st.caption(plain(str(exc)))
    else:
        champion = next((m for m in models["models"] if m["is_champion"]), None)
        number = status["num_predictions"]
        lines = [f"{number:,} {_word(number, 'answer', 'answers')} given so far"]
        if champion:
            right = percent(champion["balanced_accuracy"], digits=0)
            made = moment(champion["created_at"])
            lines[:0] = [
                f"{champion['version']} answers, made {made}",
                f"{right} of held-out films named right, on average over the classes",
            ]
        st.markdown("\n".join(f"- {line}" for line in lines))
    _links(pages, "Model card", "Site check", "Monitor")


def _links(pages: Pages, *titles: str) -> None:
    for title in titles:
        if page := pages.get(title):
            page.show()
