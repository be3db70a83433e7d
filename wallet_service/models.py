"""The roof's only table: the counters of the rate limits, where no Redis or Valkey counts."""

from django.db import models


class RateCounter(models.Model):
    """Hits in one window. UNLOGGED: a crash forgives everybody. Written by `rate_counter.PostgresCounterCache`."""

    key = models.CharField(max_length=250, primary_key=True)
    hits = models.IntegerField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
