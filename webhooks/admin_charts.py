"""An endpoint's last hours as a picture, for Chart.js as unfold ships it."""

import json
from typing import Any

from webhooks.reading import Fares

GOOD, BAD = "var(--color-green-600)", "var(--color-red-600)"
# Failures stand on top of what went well, where nobody misses them.
OPTIONS = json.dumps(
    {
        "animation": False,
        "maintainAspectRatio": False,
        "scales": {"x": {"stacked": True}, "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}}},
    }
)


def chart_of(fares: Fares) -> str:
    """Calls per hour, as the bar component takes them."""
    return json.dumps(
        {
            "labels": [f"{hour.hour:%H}:00" for hour in fares.hours],
            "datasets": [
                _bars("Went well", [hour.delivered for hour in fares.hours], GOOD),
                _bars("Failed", [hour.failed for hour in fares.hours], BAD),
            ],
        }
    )


def chart_told(fares: Fares) -> str:
    """The same in words, for who does not see it."""
    if fares.success_rate is None:
        return "No calls."
    return f"{fares.delivered} went well, {fares.failed} failed; {fares.average_ms} ms on average."


def _bars(label: str, data: list[int], colour: str) -> dict[str, Any]:
    return {"label": label, "data": data, "backgroundColor": colour, "displayYAxis": True, "borderRadius": 2}
