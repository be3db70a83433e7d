from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.charge_wallet_arguments import ChargeWalletArguments
from ...models.gateway_answer import GatewayAnswer
from ...types import Response


def _get_kwargs(
    *,
    body: ChargeWalletArguments,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/charge_wallet",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | GatewayAnswer | None:
    if response.status_code == 200:
        response_200 = GatewayAnswer.from_dict(response.json())

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
) -> Response[ApiError | GatewayAnswer]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ChargeWalletArguments,
) -> Response[ApiError | GatewayAnswer]:
    """Charge a wallet, or take from it

     The points come from nowhere and go nowhere. Nothing is overdrawn.

    For whoever has the gateway's key.

    Args:
        body (ChargeWalletArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | GatewayAnswer]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: ChargeWalletArguments,
) -> ApiError | GatewayAnswer | None:
    """Charge a wallet, or take from it

     The points come from nowhere and go nowhere. Nothing is overdrawn.

    For whoever has the gateway's key.

    Args:
        body (ChargeWalletArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | GatewayAnswer
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: ChargeWalletArguments,
) -> Response[ApiError | GatewayAnswer]:
    """Charge a wallet, or take from it

     The points come from nowhere and go nowhere. Nothing is overdrawn.

    For whoever has the gateway's key.

    Args:
        body (ChargeWalletArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | GatewayAnswer]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: ChargeWalletArguments,
) -> ApiError | GatewayAnswer | None:
    """Charge a wallet, or take from it

     The points come from nowhere and go nowhere. Nothing is overdrawn.

    For whoever has the gateway's key.

    Args:
        body (ChargeWalletArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | GatewayAnswer
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
