"""Why a file is no document."""

from enum import StrEnum


class Reason(StrEnum):
    """One word for each, which crosses the border between the processes."""

    EMPTY = "empty"
    NOT_A_DOCUMENT = "not_a_document"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    DATA_BEHIND_ITS_END = "data_behind_its_end"
    ANOTHER_FILE_INSIDE = "another_file_inside"
    MARKUP_INSIDE = "markup_inside"
    ENCRYPTED = "encrypted"
    ACTIVE_CONTENT = "active_content"
    TOO_COMPLEX = "too_complex"
    INFECTED = "infected"


class Unfit(Exception):
    """The file is no document that is taken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
