from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.gateway_answer import GatewayAnswer
from ...models.wallet_answer import WalletAnswer
from ...types import UNSET, Response


def _get_kwargs(
    *,
    wallet_name: str,
    key: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["wallet_name"] = wallet_name

    params["key"] = key

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/get_wallet_by_name",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | GatewayAnswer | WalletAnswer | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> GatewayAnswer | WalletAnswer:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_wallet_or_not_type_0 = WalletAnswer.from_dict(data)

                return componentsschemas_wallet_or_not_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_wallet_or_not_type_1 = GatewayAnswer.from_dict(data)

            return componentsschemas_wallet_or_not_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ApiError.from_dict(response.json())

        return response_400

    if response.status_code == 403:
        response_403 = ApiError.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ApiError.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = GatewayAnswer.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = GatewayAnswer.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = GatewayAnswer.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ApiError | GatewayAnswer | WalletAnswer]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    wallet_name: str,
    key: str,
) -> Response[ApiError | GatewayAnswer | WalletAnswer]:
    """A wallet by its name

     For whoever has the gateway's key.

    Args:
        wallet_name (str):
        key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | GatewayAnswer | GatewayAnswer | WalletAnswer]
    """

    kwargs = _get_kwargs(
        wallet_name=wallet_name,
        key=key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    wallet_name: str,
    key: str,
) -> ApiError | GatewayAnswer | WalletAnswer | None:
    """A wallet by its name

     For whoever has the gateway's key.

    Args:
        wallet_name (str):
        key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | GatewayAnswer | GatewayAnswer | WalletAnswer
    """

    return sync_detailed(
        client=client,
        wallet_name=wallet_name,
        key=key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    wallet_name: str,
    key: str,
) -> Response[ApiError | GatewayAnswer | WalletAnswer]:
    """A wallet by its name

     For whoever has the gateway's key.

    Args:
        wallet_name (str):
        key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | GatewayAnswer | GatewayAnswer | WalletAnswer]
    """

    kwargs = _get_kwargs(
        wallet_name=wallet_name,
        key=key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    wallet_name: str,
    key: str,
) -> ApiError | GatewayAnswer | WalletAnswer | None:
    """A wallet by its name

     For whoever has the gateway's key.

    Args:
        wallet_name (str):
        key (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | GatewayAnswer | GatewayAnswer | WalletAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
            wallet_name=wallet_name,
            key=key,
        )
    ).parsed
