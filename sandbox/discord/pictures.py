"""How large a picture is: attachments of pictures carry it (Discord docs: Message, Attachment object)."""

from __future__ import annotations

import io
import warnings

from PIL import Image

# What Pillow raises for bytes that are no picture, for broken ones and for those too large to be sensible.
_NOT_A_PICTURE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as stored, orientation tag unread; None for anything that is not a picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
    except _NOT_A_PICTURE:
        return None
