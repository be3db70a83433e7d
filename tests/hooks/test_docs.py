"""docs/hooks.md names every extension point that there is."""

import re
from pathlib import Path

from hooks import points
from hooks.registry import Filters, Point

PAGE = Path(__file__).parents[2] / "docs" / "hooks.md"


def test_every_point_has_a_line():
    here = {name: point for name, point in vars(points).items() if isinstance(point, Point | Filters)}
    wordpress = {name: point.name if isinstance(point, Point) else point._name for name, point in here.items()}
    lines = re.findall(r"^\| `(wk\w+_(?:\w+|\w*<endpoint>|\*))(?:\([^)]*\))?` \| `(\w+)", PAGE.read_text(), re.MULTILINE)

    assert {python: name.removesuffix("<endpoint>").removesuffix("*") for name, python in lines} == wordpress
