"""For a machine without a provider: a file in `DATA_DIR/sms/` for each message, and a line on the console that says where.

The line has no text: a message may be a code, and consoles are kept.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings


class ConsoleSender:
    def send(self, to: str, text: str) -> None:
        place = Path(settings.DATA_DIR) / "sms"
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = place / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.txt"
        file.write_text(f"To: {to}\n\n{text}\n", encoding="utf-8")
        sys.stdout.write(f"A text message to {to[:4]}…{to[-2:]} is in {file}\n")
