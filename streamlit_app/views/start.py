"""The first page: what can be done here, for those who read films, teach the model, or must trust
it."""

from collections.abc import Mapping, Sequence

import streamlit as st

import sidebar
from api_types import Status
from client import ApiError
from components import concurrent_questions
from components.answers import example_choice, row_form
from components.media import address_of_image
from errors import api, guarded
from example_images import ExampleImage, examples_of
from formatting import images, moment, percent, plain, rows_of
from language.api_sentences import translated
from language.catalogue import _, ngettext
from language.numbers import written
from session import task_choice
from sidebar import Linked

Pages = Mapping[str, Linked]
EXAMPLES = 3


@guarded
def show(pages: Pages) -> None:
    """`pages`: those that the person may open, by address."""
    heading = st.empty()
    # Also while the API is away, a page has a heading.
    heading.title("Roentgen")
    status = api().status()
    if task := task_choice.current():
        heading.title(plain(translated(task["title"])))
    st.markdown(plain(sidebar.sentence(status).removesuffix(".")) + ".")
    read, teach, trust = st.columns(3, gap="medium", border=True)
    with read:
        _read(status, pages)
    with teach:
        _teach(pages)
    with trust:
        _trust(status, pages)
    st.caption(_(sidebar.NOTICE))


def _read(status: Status, pages: Pages) -> None:
    is_table = row_form.is_table()
    st.subheader(_("Read a row") if is_table else _("Read a film"), anchor=False)
    st.markdown(
        _("Type numbers or send a table; each row gets a class, or a word that a person must look.")
        if is_table
        else _(
            "Drop films in; each gets an answer and its reasons, or the word that a "
            "person must look."
        )
    )
    if (examples := examples_of(status["task"])[:EXAMPLES]) and "diagnose" in pages:
        _examples(examples, pages["diagnose"])
    _links(pages, "diagnose", "answers", "intake")


def _examples(examples: Sequence[ExampleImage], diagnose: Linked) -> None:
    """A click has one answered, and opens it on the page Diagnose.

    Links, and no buttons that change the page: what a part of this one asks for meanwhile would
    lead back to it (`components/navigation.mjs`).
    """
    with st.container(key="start-examples", horizontal=True, gap="small"):
        for place, example in enumerate(examples):
            address = address_of_image(example.content, "image/jpeg", place=f"start-{place}")
            label = f"![]({address}) {_(example.title)}"
            st.page_link(
                diagnose.page, label=label, query_params={example_choice.PARAMETER: example.file}
            )
    st.caption(_("Real films to try: a click has one read."))


def _teach(pages: Pages) -> None:
    st.subheader(_("Teach it"), anchor=False)
    st.markdown(
        _(
            "Say what films did show, add your own, and retrain. A new version takes "
            "over only if it is shown to be better."
        )
    )
    try:
        client = api()
        with concurrent_questions.at_once() as ask:
            asked = ask(client.retraining_plan)
            waiting = ask(lambda: client.review(limit=1, reason="any")).result()
        plan = asked.result()
    except ApiError as exc:
        st.caption(plain(str(exc)))
    else:
        lines = [
            ngettext(
                "{count} answer is worth a look", "{count} answers are worth a look",
                waiting["total"],
            ).format(count=written(waiting["total"])),
            _("{films} collected, {new} new since the last retraining").format(
                films=(rows_of if row_form.is_table() else images)(plan["total"]),
                new=written(plan["new"]),
            ),
        ]  # fmt: skip
        if plan["disputed"]:
            lines.append(
                ngettext(
                    "{count} came with two classes and waits for a decision",
                    "{count} came with two classes and wait for a decision",
                    plan["disputed"],
                ).format(count=written(plan["disputed"]))
            )
        st.markdown("\n".join(f"- {line}" for line in lines))
    _links(pages, "review", "films", "train", "insights")


def _trust(status: Status, pages: Pages) -> None:
    st.subheader(_("Trust it"), anchor=False)
    st.markdown(
        _(
            "Read how good the version is and where it fails, and measure it on your "
            "own films before you rely on it."
        )
    )
    try:
        models = api().models()
    except ApiError as exc:
        st.caption(plain(str(exc)))
    else:
        champion = next((m for m in models["models"] if m["is_champion"]), None)
        count = status["num_predictions"]
        lines = [
            ngettext("{count} answer given so far", "{count} answers given so far", count).format(
                count=written(count)
            )
        ]
        if champion:
            right = percent(champion["balanced_accuracy"], digits=0)
            made = moment(champion["created_at"])
            lines[:0] = [
                _("{version} answers, made {made}").format(version=champion["version"], made=made),
                _("{right} of held-out films named right, on average over the classes").format(
                    right=right
                ),
            ]
        st.markdown("\n".join(f"- {line}" for line in lines))
    _links(pages, "model-card", "versions", "site-check", "monitor")


def _links(pages: Pages, *addresses: str) -> None:
    for address in addresses:
        if page := pages.get(address):
            page.show()
