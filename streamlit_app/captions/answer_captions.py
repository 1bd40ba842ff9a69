"""What one answer says, in sentences: the decision, a finding, its kind, why, what it is worth."""

from collections.abc import Mapping

from api_types import Prediction
from formatting import CAUSES, percent
from language.catalogue import N_, _
from language.numbers import written
from worklist.rows import NO_IMAGE, is_image

SENTENCES = {
    "positive": N_("The model sees a finding on this film."),
    "negative": N_("The model sees no finding on this film."),
    "accept": N_("This film has an answer."),
    "refer": N_("A person must look at this film."),
}
WORTH = {
    "positive": N_(
        "Of 100 films called positive here, {share} show a finding (operating point "
        "{operating_point}, {prevalence} of films with a finding)."
    ),
    "negative": N_(
        "Of 100 films called negative here, {share} show none (operating point "
        "{operating_point}, {prevalence} of films with a finding)."
    ),
}
NO_SUCH_IMAGE = N_("The picture is unlike the films that the model knows. A person must look.")


def decision(answer: Prediction) -> str:
    """The decision in one sentence."""
    return _(SENTENCES[answer["decision"]]) if is_image(answer) else _(NO_SUCH_IMAGE)


def finding(answer: Prediction, negative_class: str | None) -> tuple[str, str] | None:
    """How probable any finding is, with the threshold; None where no class is the negative one."""
    if negative_class is None:
        return None
    words = probability(answer["score"])
    if answer["threshold"] is None:
        return words, ""
    return words, _("called positive from {threshold} on").format(
        threshold=percent(answer["threshold"])
    )


def kind(answer: Prediction, negative_class: str | None) -> tuple[str, str]:
    """The kind of finding that is left open, or the most probable one, and how probable it is."""
    kinds = {n: p for n, p in answer["probabilities"].items() if n != negative_class}
    name = _only_kind(answer) or max(kinds, key=kinds.__getitem__)
    return name, probability(kinds[name])


def shown_class(answer: Prediction) -> str:
    """The class as a table shows it: none is named where an answer leaves several kinds open."""
    if open_kinds(answer):
        return _("finding, kind uncertain")
    return _only_kind(answer) or answer["label"]


def open_kinds(answer: Prediction) -> tuple[str, ...]:
    """The kinds that a positive answer leaves open, where they are more than one."""
    possible = tuple(answer["possible_labels"] or ())
    return possible if answer["decision"] == "positive" and len(possible) > 1 else ()


def _only_kind(answer: Prediction) -> str | None:
    possible = answer["possible_labels"] or ()
    return possible[0] if answer["decision"] == "positive" and len(possible) == 1 else None


def probability(share: float) -> str:
    """In percent, and never a certainty that is none."""
    if share > 0.999:
        return _("more than 99.9 %")
    return _("less than 0.1 %") if share < 0.001 else percent(share)


def short_probability(share: float) -> str:
    """The same for a bar, where there is little room."""
    if share > 0.999:
        return f"> {percent(0.999)}"
    return f"< {percent(0.001)}" if share < 0.001 else percent(share)


def causes(answer: Prediction) -> str:
    """'uncertain, poor picture'; empty where a decision was made."""
    return ", ".join(_(CAUSES.get(cause, cause)) for cause in answer["causes"])


def worth(answer: Prediction) -> str | None:
    """What this decision is worth here, in films of a hundred; None where it is not known."""
    shares = {"positive": answer["ppv"], "negative": answer["npv"]}
    share, prevalence = shares.get(answer["decision"]), answer["prevalence"]
    if share is None or prevalence is None:
        return None
    return _(WORTH[answer["decision"]]).format(
        share=of_hundred(share),
        operating_point=answer["operating_point"],
        prevalence=percent(prevalence),
    )


def of_hundred(share: float) -> str:
    """'about 93', and never a certainty that is none."""
    if 0 < share < 0.01:
        return _("fewer than 1")
    if 0.99 < share < 1:
        return _("more than 99")
    return _("about {share}").format(share=written(100 * share, ".0f"))


def footnote(answer: Prediction) -> str:
    """Version, time, site and distance."""
    timings, unlikeness = answer["timings"], answer["unlikeness"]
    parts = [
        _("Model {model_version}").format(model_version=answer["model_version"]),
        _("{total_ms} ms ({decode_ms} decoding, {inference_ms} inference)").format(
            total_ms=written(timings["total_ms"], ".0f"),
            decode_ms=written(timings["decode_ms"], ".0f"),
            inference_ms=written(timings["inference_ms"], ".0f"),
        ),
    ]
    if answer["source"]:
        parts.append(_("from {source}").format(source=answer["source"]))
    if unlikeness is not None:
        parts.append(
            _("distance to the training films {unlikeness} × the limit").format(
                unlikeness=written(unlikeness, ".2f")
            )
        )
    return " · ".join(parts)


def choices(
    answer: Prediction, labels: Mapping[str, str], negative_class: str | None, *, was_right: bool
) -> list[str]:
    """What a film may have shown, if the decision was right or wrong.

    Args:
        labels: all that a film may be labelled with, those of some finding included.

    Returns: names of labels; all of them where the decision does not tell.
    """
    if negative_class is None or answer["decision"] not in {"positive", "negative"}:
        if was_right and answer["decision"] == "accept":
            return [answer["label"]]
        return [n for n in labels if was_right or n != answer["label"]]
    had_finding = (answer["decision"] == "positive") == was_right
    return [name for name in labels if (name != negative_class) == had_finding]


def is_other_image(answer: Prediction) -> bool:
    """Whether label, bars and heat map would only mislead."""
    return bool(NO_IMAGE & set(answer["causes"]))
