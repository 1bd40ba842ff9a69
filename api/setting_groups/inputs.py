"""What one request may send, and how DICOM images are read."""

from typing import Literal

from pydantic import BaseModel, Field


class InputSettings(BaseModel):
    """What one request may send, and how DICOM images are read."""

    max_file_bytes: int = Field(
        20_000_000, gt=0, description="Largest single image accepted, in bytes."
    )
    max_upload_bytes: int = Field(
        1_000_000_000, gt=0, description="Largest body of `POST /upload-data`, in bytes."
    )
    max_upload_files: int = Field(
        1000, gt=0, le=1000, description="Most images in one upload, those in archives included."
    )
    max_batch_files: int = Field(
        1000,
        gt=0,
        description="Most films in one `POST /predict/batch`, those in archives included.",
    )
    max_batch_bytes: int = Field(
        4_000_000_000,
        gt=0,
        description="Largest body of `POST /predict/batch`, in bytes; it lies in the state folder "
        "while it is answered.",
    )
    max_evaluate_files: int = Field(
        1000, gt=0, le=10_000, description="Most images in one `POST /evaluate`."
    )
    max_unpack_seconds: float = Field(
        60.0,
        gt=0,
        description="Processor time that unpacking the archives of one request may take, in "
        "seconds; what was not reached is refused, entry by entry.",
    )
    max_pixels: int = Field(
        50_000_000, gt=0, description="Most pixels of one image, checked before it is decoded."
    )
    min_side_px: int = Field(32, gt=0, description="Shortest side of an image worth looking at.")
    dicom_window: str = Field(
        "",
        description="Name of the window or VOI LUT that is applied to a DICOM film that has one of "
        "that name (`WindowCenterWidthExplanation`, `LUTExplanation`); others: the first.",
    )
    dicom_tags: Literal["none", "uids", "all"] = Field(
        "none",
        description="What an answer says of a DICOM film's tags: `none`; `uids`: of study, series "
        "and instance; `all`: also view, age band and manufacturer. Nothing of it is stored.",
    )
    dicom_links: bool = Field(
        False,
        description="Whether the UIDs of a DICOM film (study, series, instance, SOP class) are "
        "stored with its answer, so that `GET /predictions/ID/report.dcm` joins its study.",
    )
