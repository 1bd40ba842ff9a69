"""Names of the formats that are not read, by their first bytes."""

import re
import zlib

_BEGINNINGS = {
    b"GIF87a": "a GIF picture",
    b"GIF89a": "a GIF picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"\x00\x00\x00\x0cJXL \r\n\x87\n": "a JPEG XL picture",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"II\xbc\x01": "a JPEG XR picture",
    b"\x8aMNG\r\n\x1a\n": "an MNG animation",
    b"\x8bJNG\r\n\x1a\n": "a JNG picture",
    b"FUJIFILMCCD-RAW": "the raw file of a camera (RAF)",
    b"IIRO": "the raw file of a camera (ORF)",
    b"IIRS": "the raw file of a camera (ORF)",
    b"MMOR": "the raw file of a camera (ORF)",
    b"IIU\x00": "the raw file of a camera (RW2)",
    b"II\x1a\x00\x00\x00HEAPCCDR": "the raw file of a camera (CRW)",
    b"FOVb": "the raw file of a camera (X3F)",
    b"\x00MRM": "the raw file of a camera (MRW)",
    b"8BPS": "a Photoshop document",
    b"gimp xcf": "a GIMP document",
    b"\x00\x00\x01\x00": "an icon (ICO)",
    b"\x76\x2f\x31\x01": "an OpenEXR picture",
    b"#?RADIANCE": "a Radiance HDR picture",
    b"#?RGBE": "a Radiance HDR picture",
    b"DDS ": "a DDS texture",
    b"qoif": "a QOI picture",
    b"BPG\xfb": "a BPG picture",
    b"FLIF": "a FLIF picture",
    b"SIMPLE  =": "a FITS picture",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file (as MINC)",
    b"CDF\x01": "a NetCDF file (as MINC)",
    b"CDF\x02": "a NetCDF file (as MINC)",
    b"NRRD000": "an NRRD volume",
    b"ObjectType": "a MetaImage volume",
    b"%!PS": "a PostScript document",
    b"\xc5\xd0\xd3\xc6": "a PostScript document",
    b"\xd7\xcd\xc6\x9a": "a WMF drawing",
    b"AT&TFORM": "a DjVu document",
    b"PK\x03\x04": "a ZIP archive (or an office document)",
    b"PK\x05\x06": "an empty ZIP archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an office document",
}
_HEIF = "an HEIC picture (HEIF)"
# Brands of the ISO base media file format.
_BRANDS = {
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"crx ": "the raw file of a camera (CR3)",
    b"jpx ": "a JPEG 2000 picture",
    b"jp2 ": "a JPEG 2000 picture",
} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"mif2"), _HEIF
)
_MAGICS_OF_NIFTI = {(344, b"n+1\x00"), (344, b"ni1\x00"), (4, b"n+2\x00"), (4, b"ni2\x00")}
_NETPBM = re.compile(rb"P[1-7Ff][\s#]")
# The first element of a file without preamble is of group 2 or 8; then two letters (explicit) or
# a length below 64 KB (implicit value representation) follow.
_BARE_DICOM = re.compile(
    rb"(?:[\x02\x08]\x00.\x00(?:[A-Z]{2}|..\x00\x00)|\x00[\x02\x08]\x00.(?:[A-Z]{2}|\x00\x00..))",
    re.DOTALL,
)
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg", re.S | re.I
)


def foreign_format(content: bytes) -> str:
    """What a file is, with its article, for a sentence; empty if that cannot be told."""
    for beginning, name in _BEGINNINGS.items():
        if content.startswith(beginning):
            return name
    if content[128:132] == b"DICM":
        return "a DICOM file without a data set"
    if b"%PDF-" in content[:1024]:
        return "a PDF document"
    if content[4:8] == b"ftyp":
        return _media(content)
    if content.startswith(b"\x1f\x8b"):
        inside = _nifti(_unpacked(content))
        return f"{inside}, compressed with gzip" if inside else "a gzip archive"
    return _nifti(content) or _other(content)


def _media(content: bytes) -> str:
    """The brand that a file claims first, or the first of those it is compatible with."""
    end = min(int.from_bytes(content[:4], "big"), 128)
    brands = [content[8:12], *(content[at : at + 4] for at in range(16, end, 4))]
    named = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    # The general brands (mif1) come first, and say nothing of what is inside.
    named.sort(key=lambda name: name == _HEIF)
    return named[0] if named else "a video or audio file"


def _nifti(content: bytes) -> str:
    found = any(content[at : at + 4] == magic for at, magic in _MAGICS_OF_NIFTI)
    return "a NIfTI volume" if found else ""


def _other(content: bytes) -> str:
    head = content[:4096]
    if _SVG.match(head):
        return "an SVG drawing"
    if _NETPBM.match(head):
        return "a Netpbm picture (PGM, PPM)"
    if content.startswith(b"RIFF") and content[8:12] in {b"WAVE", b"AVI "}:
        return "a video or audio file"
    if len(content) > 132 and _BARE_DICOM.match(head):
        return "perhaps a DICOM file without preamble, but its tags do not prove it"
    return ""


def _unpacked(content: bytes) -> bytes:
    """The first bytes of what gzip holds."""
    try:
        return zlib.decompressobj(wbits=31).decompress(content, 1024)
    except zlib.error:
        return b""
