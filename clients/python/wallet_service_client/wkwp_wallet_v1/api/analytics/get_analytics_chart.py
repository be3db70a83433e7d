from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.analytics_chart import AnalyticsChart
from ...models.api_error import ApiError
from ...models.get_analytics_chart_metric import GetAnalyticsChartMetric
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    days: int | Unset = 30,
    metric: GetAnalyticsChartMetric
    | Unset = GetAnalyticsChartMetric.TRANSACTION_VOLUME,
    currency: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["days"] = days

    json_metric: str | Unset = UNSET
    if not isinstance(metric, Unset):
        json_metric = metric.value

    params["metric"] = json_metric

    params["currency"] = currency

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/analytics/chart",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AnalyticsChart | ApiError | None:
    if response.status_code == 200:
        response_200 = AnalyticsChart.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ApiError.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ApiError.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ApiError.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ApiError.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = ApiError.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = ApiError.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = ApiError.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AnalyticsChart | ApiError]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    days: int | Unset = 30,
    metric: GetAnalyticsChartMetric
    | Unset = GetAnalyticsChartMetric.TRANSACTION_VOLUME,
    currency: str | Unset = UNSET,
) -> Response[AnalyticsChart | ApiError]:
    """Read a metric day by day

     A point for every day, the oldest first. `top_spenders` has one for each of the ten customers who
    spent most, as of `as_of`, at most ten minutes ago.

    For manage_woocommerce.

    Args:
        days (int | Unset):  Default: 30.
        metric (GetAnalyticsChartMetric | Unset):  Default:
            GetAnalyticsChartMetric.TRANSACTION_VOLUME.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AnalyticsChart | ApiError]
    """

    kwargs = _get_kwargs(
        days=days,
        metric=metric,
        currency=currency,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    days: int | Unset = 30,
    metric: GetAnalyticsChartMetric
    | Unset = GetAnalyticsChartMetric.TRANSACTION_VOLUME,
    currency: str | Unset = UNSET,
) -> AnalyticsChart | ApiError | None:
    """Read a metric day by day

     A point for every day, the oldest first. `top_spenders` has one for each of the ten customers who
    spent most, as of `as_of`, at most ten minutes ago.

    For manage_woocommerce.

    Args:
        days (int | Unset):  Default: 30.
        metric (GetAnalyticsChartMetric | Unset):  Default:
            GetAnalyticsChartMetric.TRANSACTION_VOLUME.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AnalyticsChart | ApiError
    """

    return sync_detailed(
        client=client,
        days=days,
        metric=metric,
        currency=currency,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    days: int | Unset = 30,
    metric: GetAnalyticsChartMetric
    | Unset = GetAnalyticsChartMetric.TRANSACTION_VOLUME,
    currency: str | Unset = UNSET,
) -> Response[AnalyticsChart | ApiError]:
    """Read a metric day by day

     A point for every day, the oldest first. `top_spenders` has one for each of the ten customers who
    spent most, as of `as_of`, at most ten minutes ago.

    For manage_woocommerce.

    Args:
        days (int | Unset):  Default: 30.
        metric (GetAnalyticsChartMetric | Unset):  Default:
            GetAnalyticsChartMetric.TRANSACTION_VOLUME.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AnalyticsChart | ApiError]
    """

    kwargs = _get_kwargs(
        days=days,
        metric=metric,
        currency=currency,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    days: int | Unset = 30,
    metric: GetAnalyticsChartMetric
    | Unset = GetAnalyticsChartMetric.TRANSACTION_VOLUME,
    currency: str | Unset = UNSET,
) -> AnalyticsChart | ApiError | None:
    """Read a metric day by day

     A point for every day, the oldest first. `top_spenders` has one for each of the ten customers who
    spent most, as of `as_of`, at most ten minutes ago.

    For manage_woocommerce.

    Args:
        days (int | Unset):  Default: 30.
        metric (GetAnalyticsChartMetric | Unset):  Default:
            GetAnalyticsChartMetric.TRANSACTION_VOLUME.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AnalyticsChart | ApiError
    """

    return (
        await asyncio_detailed(
            client=client,
            days=days,
            metric=metric,
            currency=currency,
        )
    ).parsed
