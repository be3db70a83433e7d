from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.list_wallets_sort import ListWalletsSort
from ...models.webkul_wallet_page import WebkulWalletPage
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    page: int | Unset = 1,
    per_page: int | Unset = 20,
    min_balance: float | Unset = UNSET,
    max_balance: float | Unset = UNSET,
    sort: ListWalletsSort | Unset = ListWalletsSort.RECENT_ACTIVITY_DESC,
    currency: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["page"] = page

    params["per_page"] = per_page

    params["min_balance"] = min_balance

    params["max_balance"] = max_balance

    json_sort: str | Unset = UNSET
    if not isinstance(sort, Unset):
        json_sort = sort.value

    params["sort"] = json_sort

    params["currency"] = currency

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/wallets",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | WebkulWalletPage | None:
    if response.status_code == 200:
        response_200 = WebkulWalletPage.from_dict(response.json())

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
) -> Response[ApiError | WebkulWalletPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    page: int | Unset = 1,
    per_page: int | Unset = 20,
    min_balance: float | Unset = UNSET,
    max_balance: float | Unset = UNSET,
    sort: ListWalletsSort | Unset = ListWalletsSort.RECENT_ACTIVITY_DESC,
    currency: str | Unset = UNSET,
) -> Response[ApiError | WebkulWalletPage]:
    """List wallets

     Those of one currency, the site's unless said.

    For manage_woocommerce.

    Args:
        page (int | Unset):  Default: 1.
        per_page (int | Unset):  Default: 20.
        min_balance (float | Unset):
        max_balance (float | Unset):
        sort (ListWalletsSort | Unset):  Default: ListWalletsSort.RECENT_ACTIVITY_DESC.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | WebkulWalletPage]
    """

    kwargs = _get_kwargs(
        page=page,
        per_page=per_page,
        min_balance=min_balance,
        max_balance=max_balance,
        sort=sort,
        currency=currency,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    page: int | Unset = 1,
    per_page: int | Unset = 20,
    min_balance: float | Unset = UNSET,
    max_balance: float | Unset = UNSET,
    sort: ListWalletsSort | Unset = ListWalletsSort.RECENT_ACTIVITY_DESC,
    currency: str | Unset = UNSET,
) -> ApiError | WebkulWalletPage | None:
    """List wallets

     Those of one currency, the site's unless said.

    For manage_woocommerce.

    Args:
        page (int | Unset):  Default: 1.
        per_page (int | Unset):  Default: 20.
        min_balance (float | Unset):
        max_balance (float | Unset):
        sort (ListWalletsSort | Unset):  Default: ListWalletsSort.RECENT_ACTIVITY_DESC.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | WebkulWalletPage
    """

    return sync_detailed(
        client=client,
        page=page,
        per_page=per_page,
        min_balance=min_balance,
        max_balance=max_balance,
        sort=sort,
        currency=currency,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    page: int | Unset = 1,
    per_page: int | Unset = 20,
    min_balance: float | Unset = UNSET,
    max_balance: float | Unset = UNSET,
    sort: ListWalletsSort | Unset = ListWalletsSort.RECENT_ACTIVITY_DESC,
    currency: str | Unset = UNSET,
) -> Response[ApiError | WebkulWalletPage]:
    """List wallets

     Those of one currency, the site's unless said.

    For manage_woocommerce.

    Args:
        page (int | Unset):  Default: 1.
        per_page (int | Unset):  Default: 20.
        min_balance (float | Unset):
        max_balance (float | Unset):
        sort (ListWalletsSort | Unset):  Default: ListWalletsSort.RECENT_ACTIVITY_DESC.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | WebkulWalletPage]
    """

    kwargs = _get_kwargs(
        page=page,
        per_page=per_page,
        min_balance=min_balance,
        max_balance=max_balance,
        sort=sort,
        currency=currency,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    page: int | Unset = 1,
    per_page: int | Unset = 20,
    min_balance: float | Unset = UNSET,
    max_balance: float | Unset = UNSET,
    sort: ListWalletsSort | Unset = ListWalletsSort.RECENT_ACTIVITY_DESC,
    currency: str | Unset = UNSET,
) -> ApiError | WebkulWalletPage | None:
    """List wallets

     Those of one currency, the site's unless said.

    For manage_woocommerce.

    Args:
        page (int | Unset):  Default: 1.
        per_page (int | Unset):  Default: 20.
        min_balance (float | Unset):
        max_balance (float | Unset):
        sort (ListWalletsSort | Unset):  Default: ListWalletsSort.RECENT_ACTIVITY_DESC.
        currency (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | WebkulWalletPage
    """

    return (
        await asyncio_detailed(
            client=client,
            page=page,
            per_page=per_page,
            min_balance=min_balance,
            max_balance=max_balance,
            sort=sort,
            currency=currency,
        )
    ).parsed
