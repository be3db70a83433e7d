"""What the admin shows of points."""

from points.admin import imports

__all__ = ["imports"]
