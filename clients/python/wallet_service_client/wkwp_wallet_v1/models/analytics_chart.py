from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.metric_enum import MetricEnum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.analytics_point import AnalyticsPoint


T = TypeVar("T", bound="AnalyticsChart")


@_attrs_define
class AnalyticsChart:
    """A metric's points: a day each, the oldest first, or a customer each, who spent most first.

    Attributes:
        metric (MetricEnum): * `transaction_volume` - transaction_volume
            * `net_movement` - net_movement
            * `credited` - credited
            * `debited` - debited
            * `withdrawals` - withdrawals
            * `cashback` - cashback
            * `top_spenders` - top_spenders
        days (int):
        currency (str):
        series (list[AnalyticsPoint]):
        as_of (datetime.datetime | Unset): Of `top_spenders`: when it was ranked.
    """

    metric: MetricEnum
    days: int
    currency: str
    series: list[AnalyticsPoint]
    as_of: datetime.datetime | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        metric = self.metric.value

        days = self.days

        currency = self.currency

        series = []
        for series_item_data in self.series:
            series_item = series_item_data.to_dict()
            series.append(series_item)

        as_of: str | Unset = UNSET
        if not isinstance(self.as_of, Unset):
            as_of = self.as_of.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "metric": metric,
                "days": days,
                "currency": currency,
                "series": series,
            }
        )
        if as_of is not UNSET:
            field_dict["as_of"] = as_of

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.analytics_point import AnalyticsPoint

        d = dict(src_dict)
        metric = MetricEnum(d.pop("metric"))

        days = d.pop("days")

        currency = d.pop("currency")

        series = []
        _series = d.pop("series")
        for series_item_data in _series:
            series_item = AnalyticsPoint.from_dict(series_item_data)

            series.append(series_item)

        _as_of = d.pop("as_of", UNSET)
        as_of: datetime.datetime | Unset
        if isinstance(_as_of, Unset):
            as_of = UNSET
        else:
            as_of = datetime.datetime.fromisoformat(_as_of)

        analytics_chart = cls(
            metric=metric,
            days=days,
            currency=currency,
            series=series,
            as_of=as_of,
        )

        analytics_chart.additional_properties = d
        return analytics_chart

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
