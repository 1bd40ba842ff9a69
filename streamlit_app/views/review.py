"""One film after the other that a person should look at, by keyboard."""

from collections.abc import Mapping

import streamlit as st

from api_types import Prediction, ReviewItem, Status
from captions import answer_captions
from client import ApiDown, ApiError
from components import for_administrators
from components.answers import feedback_form, intake_outcome, row_form, row_numbers
from components.retraining import deletion
from components.review import agreement_table, image_view, keys, review_queue
from components.review.review_queue import Queue, QueueFilter, Reader, Step
from errors import api, guarded, refusal
from formatting import DECISIONS, file_name, images, labels_of, moment, percent, plain
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
NOTICE = "review-notice"
REMARK = "review-remark"
# Films whose answer a blinded reader has been shown.
REVEALED = "review-revealed"
MAX_KEYS = 9
KEPT_BY = N_(
    "`ROENTGEN_KEEP_IMAGES=referred` (or `all`) keeps films of answers for "
    "some weeks, so that they can be looked at here and become training "
    "samples."
)


@guarded
def show() -> None:
    st.title(_("Review"))
    status = api().status()
    queue = review_queue.current(api(), _filter_controls(status))
    _without_image(queue)
    if notice := st.session_state.pop(NOTICE, None):
        st.success(notice)
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
            format_func=lambda name: _(REASONS[name]),
            key=keyed("review-reason"),
        )
        sites = [site["site"] for site in status["sites"]]
        source = st.selectbox(
            _("From"),
            ["", *sites],
            format_func=lambda name: name or _("every site"),
            key=keyed("review-source"),
            accept_new_options=True,
        )
        reader: Reader = st.selectbox(
            _("You are the"),
            list(READERS),
            format_func=lambda name: _(READERS[name]),
            key=keyed("review-reader"),
            help=_(
                "A second reader gets what one other person has read. Each needs a log-in "
                "of their own."
            ),
        )
        blinded = st.toggle(
            _("Hide the answer until I have said mine"), value=reader == "second",
            key=f"review-blinded-{reader}",
        )  # fmt: skip
    return QueueFilter(None if reason == "everything" else reason, source, reader, blinded)


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
            st.button(_("Undo (u)"), key="review-undo", on_click=_undo, args=(queue,), shortcut="u")
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
            image_view.show(item, taken=_keys(labels))
    with right:
        answer = item["prediction"]
        if answer is None:
            st.subheader(_("What does it show?"))
            st.caption(_("The model's answer is hidden until you have said yours."))
        elif answer_captions.is_other_image(answer):
            # Its class and its probability would only mislead.
            st.subheader(_(DECISIONS[answer["decision"]]))
            st.markdown(f"**{answer_captions.decision(answer)}**")
        else:
            st.subheader(_(DECISIONS[answer["decision"]]))
            _class(answer)
        _controls(item, queue, labels)
        if answer is not None:
            _reasons(answer, item)
        if deletion.deleted(item["id"]):
            queue.items.remove(item)
            queue.total -= 1
            st.rerun()


def _class(answer: Prediction) -> None:
    if kinds := answer_captions.open_kinds(answer):
        st.markdown(_("**Kind uncertain**: {kinds}.").format(kinds=plain(_(" or ").join(kinds))))
        return
    st.markdown(
        _("Most probable: **{label}**, {confidence}").format(
            label=answer["label"], confidence=percent(answer["confidence"])
        )
    )


def _reasons(answer: Prediction, item: ReviewItem) -> None:
    reasons = dict.fromkeys((*item["why"], *answer["reasons"]))
    st.markdown("\n".join(f"- {plain(translated(reason))}" for reason in reasons))
    st.caption(
        _("{filename} · {created_at} · model {model_version}").format(
            filename=plain(file_name(answer["filename"])),
            created_at=moment(answer["created_at"]),
            model_version=answer["model_version"],
        )
    )
    intake_outcome.titles(answer["id"])


def _keys(labels: Mapping[str, str]) -> tuple[str, ...]:
    """What this page does by a key, so that the viewer does not do something else by it."""
    return ("r", "s", "u", *map(str, range(1, min(len(labels), MAX_KEYS) + 1)))


def _controls(item: ReviewItem, queue: Queue, labels: Mapping[str, str]) -> None:
    answer = item["prediction"]
    is_other = answer is not None and answer_captions.is_other_image(answer)
    with st.container(horizontal=True):
        if answer is not None and not is_other:
            st.button(
                _("Right (r)"), key="review-right", type="primary", icon=":material/check:",
                on_click=_submit, args=(item, queue, answer["label"]),
            )  # fmt: skip
        st.button(
            _("Skip"), key="review-skip", type="primary" if is_other else "secondary",
            on_click=_skip, args=(item, queue), shortcut="s",
        )  # fmt: skip
        st.button(
            _("Undo"), key="review-undo", on_click=_undo, args=(queue,), shortcut="u",
            disabled=not queue.steps,
        )  # fmt: skip
    if answer is not None and not is_other:
        # Not among the buttons, where it would take up room.
        keys.press(key="r", button="review-right")
    if is_other:
        st.caption(_("If it is such a film after all, say what it shows; if not, skip it."))
    st.markdown(_("It shows:"))
    for number, (label, meaning) in enumerate(labels.items(), start=1):
        st.button(
            meaning,
            key=f"review-label-{label}",
            width="stretch",
            on_click=_submit,
            args=(item, queue, label),
            shortcut=str(number) if number <= MAX_KEYS else None,
        )
    st.text_input(
        _("Remark"),
        key=REMARK,
        max_chars=500,
        placeholder=_("Who read it, or how you know; optional"),
    )


def _submit(item: ReviewItem, queue: Queue, label: str) -> None:
    """Send the word; the next film comes only once it is kept."""
    remark: str = st.session_state.get(REMARK) or ""
    revealed: set[str] = st.session_state.setdefault(REVEALED, set())
    # Of a word that was taken back the reader has seen the answer already.
    is_blinded = queue.filters.blinded and item["id"] not in revealed
    try:
        given = api().give_feedback(item["id"], label=label, remark=remark, blinded=is_blinded)
    except (ApiError, ApiDown) as exc:
        refusal(exc)
        return
    queue.steps.append(Step(item, label))
    st.session_state[REMARK] = ""
    notice = feedback_form.notice_of(given)
    if item["prediction"] is None:
        revealed.add(item["id"])
        notice = f"{notice} {_revealed(item['id'])}".strip()
    st.session_state[NOTICE] = notice


def _revealed(identifier: str) -> str:
    """What the model said; nothing where the API is away just now: the word is kept already."""
    try:
        answer = api().prediction(identifier)
    except (ApiError, ApiDown):
        return ""
    if answer_captions.is_other_image(answer):
        return answer_captions.decision(answer)
    return _("The model said {label}: {value}.").format(
        label=answer["label"], value=_(DECISIONS[answer["decision"]]).lower()
    )


def _skip(item: ReviewItem, queue: Queue) -> None:
    queue.steps.append(Step(item, None))


def _undo(queue: Queue) -> None:
    """One step back; a word that was sent is taken back first."""
    if not queue.steps:
        return
    last = queue.steps[-1]
    if last.label is not None:
        try:
            api().take_back_feedback(last.item["id"])
        except (ApiError, ApiDown) as exc:
            refusal(exc)
            return
        st.session_state[NOTICE] = _("Taken back: {said}.").format(said=last.label)
    queue.steps.pop()
