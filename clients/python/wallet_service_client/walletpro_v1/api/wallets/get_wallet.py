import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.balance_at import BalanceAt
from ...models.wallet import Wallet
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: int,
    *,
    at: datetime.datetime | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_at: str | Unset = UNSET
    if not isinstance(at, Unset):
        json_at = at.isoformat()
    params["at"] = json_at

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/wallets/{id}".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | BalanceAt | Wallet | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> BalanceAt | Wallet:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_wallet_now_or_then_type_0 = Wallet.from_dict(data)

                return componentsschemas_wallet_now_or_then_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_wallet_now_or_then_type_1 = BalanceAt.from_dict(data)

            return componentsschemas_wallet_now_or_then_type_1

        response_200 = _parse_response_200(response.json())

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
) -> Response[ApiError | BalanceAt | Wallet]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: int,
    *,
    client: AuthenticatedClient,
    at: datetime.datetime | Unset = UNSET,
) -> Response[ApiError | BalanceAt | Wallet]:
    """Read a wallet

     With `at`, what it held then, and what that rests on.

    For any signed-in user.

    Args:
        id (int):
        at (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | BalanceAt | Wallet]
    """

    kwargs = _get_kwargs(
        id=id,
        at=at,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: int,
    *,
    client: AuthenticatedClient,
    at: datetime.datetime | Unset = UNSET,
) -> ApiError | BalanceAt | Wallet | None:
    """Read a wallet

     With `at`, what it held then, and what that rests on.

    For any signed-in user.

    Args:
        id (int):
        at (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | BalanceAt | Wallet
    """

    return sync_detailed(
        id=id,
        client=client,
        at=at,
    ).parsed


async def asyncio_detailed(
    id: int,
    *,
    client: AuthenticatedClient,
    at: datetime.datetime | Unset = UNSET,
) -> Response[ApiError | BalanceAt | Wallet]:
    """Read a wallet

     With `at`, what it held then, and what that rests on.

    For any signed-in user.

    Args:
        id (int):
        at (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | BalanceAt | Wallet]
    """

    kwargs = _get_kwargs(
        id=id,
        at=at,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: int,
    *,
    client: AuthenticatedClient,
    at: datetime.datetime | Unset = UNSET,
) -> ApiError | BalanceAt | Wallet | None:
    """Read a wallet

     With `at`, what it held then, and what that rests on.

    For any signed-in user.

    Args:
        id (int):
        at (datetime.datetime | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | BalanceAt | Wallet
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            at=at,
        )
    ).parsed
