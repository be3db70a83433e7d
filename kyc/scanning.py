"""The virus scanner's port: what `DOCUMENT_SCANNER` names is asked about every file before it is kept.

A scanner is anything that can be called without arguments and has one method (kyc/clamd.py is one):

    class Scanner:
        def threat_in(self, content: bytes) -> str: ...

It answers with the name of what it found, or with nothing. Whatever it raises means that it could not look, and then
nothing is kept: a file that nobody looked at is not taken.
"""

import logging
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from kyc.errors import DocumentsUnavailable

logger = logging.getLogger(__name__)


class Scanner(Protocol):
    def threat_in(self, content: bytes) -> str:
        """What it found in the file, by name; empty where it found nothing."""


def threat_in(content: bytes) -> str:
    """What the operator's scanner finds; nothing where there is none.

    Raises:
        DocumentsUnavailable: it could not look.
    """
    if not settings.DOCUMENT_SCANNER:
        return ""
    try:
        scanner: Scanner = import_string(settings.DOCUMENT_SCANNER)()
        return scanner.threat_in(content)
    except Exception as failure:
        # It is the operator's own code, or talks to a machine of his: whatever it is, nobody has looked.
        logger.exception("the document scanner could not look")
        raise DocumentsUnavailable from failure
