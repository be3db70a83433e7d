from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.analytics_summary import AnalyticsSummary
from ...models.api_error import ApiError
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    window: int | Unset = 30,
    currency: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["window"] = window

    params["currency"] = currency

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/analytics/summary",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AnalyticsSummary | ApiError | None:
    if response.status_code == 200:
        response_200 = AnalyticsSummary.from_dict(response.json())

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
) -> Response[AnalyticsSummary | ApiError]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    window: int | Unset = 30,
    currency: str | Unset = UNSET,
) -> Response[AnalyticsSummary | ApiError]:
    """Sum up the last days, and what is there now

     Figures are those of the moment, but `active_wallets`, which is at most ten minutes old.

    For manage_woocommerce.

    Args:
        window (int | Unset):  Default: 30.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AnalyticsSummary | ApiError]
    """

    kwargs = _get_kwargs(
        window=window,
        currency=currency,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    window: int | Unset = 30,
    currency: str | Unset = UNSET,
) -> AnalyticsSummary | ApiError | None:
    """Sum up the last days, and what is there now

     Figures are those of the moment, but `active_wallets`, which is at most ten minutes old.

    For manage_woocommerce.

    Args:
        window (int | Unset):  Default: 30.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AnalyticsSummary | ApiError
    """

    return sync_detailed(
        client=client,
        window=window,
        currency=currency,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    window: int | Unset = 30,
    currency: str | Unset = UNSET,
) -> Response[AnalyticsSummary | ApiError]:
    """Sum up the last days, and what is there now

     Figures are those of the moment, but `active_wallets`, which is at most ten minutes old.

    For manage_woocommerce.

    Args:
        window (int | Unset):  Default: 30.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AnalyticsSummary | ApiError]
    """

    kwargs = _get_kwargs(
        window=window,
        currency=currency,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    window: int | Unset = 30,
    currency: str | Unset = UNSET,
) -> AnalyticsSummary | ApiError | None:
    """Sum up the last days, and what is there now

     Figures are those of the moment, but `active_wallets`, which is at most ten minutes old.

    For manage_woocommerce.

    Args:
        window (int | Unset):  Default: 30.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AnalyticsSummary | ApiError
    """

    return (
        await asyncio_detailed(
            client=client,
            window=window,
            currency=currency,
        )
    ).parsed
