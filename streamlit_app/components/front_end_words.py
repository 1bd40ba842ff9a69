"""The words of the components' pages and code, sent to them in the person's language."""

from collections.abc import Iterable

from language.catalogue import DEFAULT, N_, _, current

VIEWER = (
    N_("Film viewer"),
    N_("Viewer tools"),
    N_("Previous film (left arrow)"),
    N_("Previous film"),
    N_("Next film (right arrow)"),
    N_("Next film"),
    N_("Zoom out (-)"),
    N_("Zoom out"),
    N_("Zoom in (+)"),
    N_("Zoom in"),
    N_("One pixel of the film a pixel of the screen (1)"),
    N_("Drag across the film: right and left change the contrast, up and down the brightness (w)"),
    N_("Window"),
    N_("Black for white (i)"),
    N_("Invert"),
    N_("As it was at first (r)"),
    N_("Reset"),
    N_("Full screen (f)"),
    N_("Full screen"),
    N_("Where the evidence for a class lay (h)"),
    N_("Heat map"),
    N_("Opacity"),
    N_("Opacity of the heat map in percent"),
    N_("Evidence for"),
    N_("The patient's right, if the film is not mirrored"),
    N_("R"),
    N_("The patient's left, if the film is not mirrored"),
    N_("L"),
    N_("some"),
    N_("most evidence for {label}"),
    N_("{place} of {count}"),
    N_("Window: centre {center}, width {width} of 255"),
    N_("The picture of this film could not be loaded."),
)
DROP_ZONE = (
    N_("Drop films here"),
    N_("one or hundreds; folders, ZIP archives, DICOM"),
    N_("Choose films"),
    N_("Choose a folder"),
    N_("Films"),
    N_("A folder of films"),
    N_("This file cannot be read as a ZIP archive."),
    N_("This film of {archive} is locked by a password."),
)
SENDER = (
    N_("Films read"),
    N_("Stop"),
    N_("Waiting: {problem}"),
    N_("{done} of {total} films read"),
    # What the code says of a film is shown by the page, in the language of whoever looks then.
    N_("The browser cannot read this file; was it moved or changed?"),
    N_("This file is too large; a film has at most 64 MB."),
)
IMAGE_TABLE = (N_("Films"), N_("No film fits."))


def in_language(texts: Iterable[str]) -> dict[str, str]:
    """Each by its English; none where that is the person's language."""
    return {} if current() == DEFAULT else {text: _(text) for text in texts}
