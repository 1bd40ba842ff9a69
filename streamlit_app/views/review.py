"""One film after the other that a person should look at, by keyboard."""

import streamlit as st

from api_types import Prediction, ReviewItem, Status
from captions import answer_captions, review_captions
from components import filter_choices, for_administrators
from components.answers import intake_outcome, row_form, row_numbers
from components.retraining import deletion
from components.review import (
    agreement_table,
    followed_queue,
    image_view,
    review_controls,
    review_queue,
    spoken_words,
)
from components.review.followed_queue import BLINDED, EVERYTHING, READER, REASON, SOURCE
from components.review.review_queue import Queue, QueueFilter, Reader
from components.state import notices
from errors import api, guarded
from formatting import DECISIONS, file_name, images, labels_of, moment, plain
from language.api_sentences import translated
from language.catalogue import N_, _, keyed, ngettext
from language.numbers import written

REASONS = {
    "any": N_("Worth a look, for whatever reason"),
    "referred": N_("Referred to a person"),
    "near_threshold": N_("Near the threshold"),
    "disagreed": N_("Class and decision disagree"),
    "unfamiliar": N_("Unlike the films it learned from"),
    "everything": N_("Every answer"),
}
READERS: dict[Reader, str] = {"first": N_("First reader"), "second": N_("Second reader")}
KEPT_BY = N_(
    "`ROENTGEN_KEEP_IMAGES=referred` (or `all`) keeps films of answers for "
    "some weeks, so that they can be looked at here and become training "
    "samples."
)


@guarded
def show() -> None:
    st.title(_("Review"))
    status = api().status()
    followed_queue.follow()
    queue = followed_queue.current(api(), _filter_controls(status))
    _without_image(queue)
    notices.at(queue.notice)
    queue.notice = ""
    item = queue.current
    if item is None:
        _nothing_left(queue)
    else:
        _progress(queue)
        _item(item, queue, status)
    agreement_table.show()


def _filter_controls(status: Status) -> QueueFilter:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.selectbox(
            _("Which answers"),
            list(REASONS),
            index=filter_choices.place_of(REASON, list(REASONS)),
            format_func=lambda name: _(REASONS[name]),
            key=keyed(REASON),
        )
        kept_site = filter_choices.last(SOURCE, "")
        known = [site["site"] for site in status["sites"]]
        sites = list(dict.fromkeys(["", *known, kept_site]))
        source = st.selectbox(
            _("From"),
            sites,
            index=sites.index(kept_site),
            format_func=lambda name: name or _("every site"),
            key=keyed(SOURCE),
            accept_new_options=True,
        )
        reader: Reader = st.selectbox(
            _("You are the"),
            list(READERS),
            index=filter_choices.place_of(READER, list(READERS)),
            format_func=lambda name: _(READERS[name]),
            key=keyed(READER),
            help=_(
                "A second reader gets what one other person has read. Each needs a log-in "
                "of their own."
            ),
        )
        # Another reader begins as is usual for them.
        is_same = filter_choices.last(READER, "first") == reader
        is_usual = reader == "second"
        blinded = st.toggle(
            _("Hide the answer until I have said mine"),
            value=filter_choices.last(BLINDED, is_usual) if is_same else is_usual,
            key=f"{BLINDED}-{reader}",
        )
    filter_choices.remember(REASON, reason)
    filter_choices.remember(SOURCE, source)
    filter_choices.remember(READER, reader)
    filter_choices.remember(BLINDED, blinded)
    return QueueFilter(None if reason == EVERYTHING else reason, source, reader, blinded)


def _without_image(queue: Queue) -> None:
    """Said once, not on every film; rows are listed without their numbers too."""
    if not queue.without_film or row_form.is_table():
        return
    count = queue.without_film
    hidden = ngettext(
        "{count} answer that fits is not shown, because the film was not kept.",
        "{count} answers that fit are not shown, because the film was not kept.",
        count,
    ).format(count=written(count))
    allowed = _("Films of answers are kept only where whoever runs the server has allowed it.")
    st.info(f"{hidden} {allowed}")
    for_administrators.note(_(KEPT_BY))


def _nothing_left(queue: Queue) -> None:
    if queue.steps:
        st.success(
            _("That was the last one; you said something about {images}.").format(
                images=images(queue.answered)
            )
        )
        if queue.total > len(queue.items):
            more = queue.total - len(queue.items)
            waiting = ngettext("{count} more waits.", "{count} more wait.", more)
            st.caption(waiting.format(count=written(more)))
    elif queue.filters.reader == "second":
        st.info(_("No film waits for you as the second reader."))
    else:
        st.info(_("Nothing waits: every answer has been looked at, or none fits."))
    with st.container(horizontal=True):
        if queue.steps:
            st.button(
                _("Undo (u)"),
                key="review-undo",
                on_click=spoken_words.undo,
                args=(queue, len(queue.steps)),
                shortcut="u",
            )
        if st.button(_("Look again"), key="review-again"):
            review_queue.forget()
            st.rerun()


def _progress(queue: Queue) -> None:
    number, of = len(queue.steps) + 1, len(queue.items)
    left = queue.total - of
    waiting = ngettext("{count} more waits after them", "{count} more wait after them", left)
    more = f"; {waiting.format(count=written(left))}" if left > 0 else ""
    st.progress(
        (number - 1) / of, _("{number} of {of}{more}").format(number=number, of=of, more=more)
    )


def _item(item: ReviewItem, queue: Queue, status: Status) -> None:
    labels = labels_of(status)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if row_form.is_table():
            row_numbers.of_answer(item["id"], is_kept=item["row"] is not None)
        elif item["film"] is None:
            st.caption(_("There is no film to look at."))
        else:
            image_view.show(item, taken=review_controls.taken_keys(labels))
    with right:
        answer = item["prediction"]
        _answer(answer)
        review_controls.show(item, queue, labels, status["negative_class"])
        if answer is not None:
            _reasons(answer, item)
        if deletion.deleted(item["id"]):
            queue.items.remove(item)
            queue.total -= 1
            st.rerun()


def _answer(answer: Prediction | None) -> None:
    if answer is None:
        st.subheader(_("What does it show?"))
        st.caption(_("The model's answer is hidden until you have said yours."))
        return
    st.subheader(_(DECISIONS[answer["decision"]]))
    if answer_captions.is_other_image(answer):
        # Its class and its probability would only mislead.
        st.markdown(f"**{answer_captions.decision(answer)}**")
    else:
        st.markdown(review_captions.shown_class(answer))


def _reasons(answer: Prediction, item: ReviewItem) -> None:
    reasons = dict.fromkeys(map(translated, (*item["why"], *answer["reasons"])))
    st.markdown("\n".join(f"- {plain(reason)}" for reason in reasons))
    st.caption(
        _("{filename} · {created_at} · model {model_version}").format(
            filename=plain(file_name(answer["filename"])),
            created_at=moment(answer["created_at"]),
            model_version=answer["model_version"],
        )
    )
    intake_outcome.titles(answer["id"])
