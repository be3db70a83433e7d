"""What the admin shows of points."""

from points.admin import imports, sweeps

__all__ = ["imports", "sweeps"]
