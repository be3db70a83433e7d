from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.pay_withdrawal_arguments import PayWithdrawalArguments
from ...models.webkul_withdrawal import WebkulWithdrawal
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: int,
    *,
    body: PayWithdrawalArguments,
    idempotency_key: UUID | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/withdrawals/{id}/paid".format(
            id=quote(str(id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | WebkulWithdrawal | None:
    if response.status_code == 200:
        response_200 = WebkulWithdrawal.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = ApiError.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = ApiError.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = ApiError.from_dict(response.json())

        return response_422

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
) -> Response[ApiError | WebkulWithdrawal]:
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
    body: PayWithdrawalArguments,
    idempotency_key: UUID | Unset = UNSET,
) -> Response[ApiError | WebkulWithdrawal]:
    """Say that a withdrawal was paid out

     Of an approved one, once the days are over that the shop lets it wait.

    For manage_woocommerce.

    Args:
        id (int):
        idempotency_key (UUID | Unset):
        body (PayWithdrawalArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | WebkulWithdrawal]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: int,
    *,
    client: AuthenticatedClient,
    body: PayWithdrawalArguments,
    idempotency_key: UUID | Unset = UNSET,
) -> ApiError | WebkulWithdrawal | None:
    """Say that a withdrawal was paid out

     Of an approved one, once the days are over that the shop lets it wait.

    For manage_woocommerce.

    Args:
        id (int):
        idempotency_key (UUID | Unset):
        body (PayWithdrawalArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | WebkulWithdrawal
    """

    return sync_detailed(
        id=id,
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    id: int,
    *,
    client: AuthenticatedClient,
    body: PayWithdrawalArguments,
    idempotency_key: UUID | Unset = UNSET,
) -> Response[ApiError | WebkulWithdrawal]:
    """Say that a withdrawal was paid out

     Of an approved one, once the days are over that the shop lets it wait.

    For manage_woocommerce.

    Args:
        id (int):
        idempotency_key (UUID | Unset):
        body (PayWithdrawalArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | WebkulWithdrawal]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: int,
    *,
    client: AuthenticatedClient,
    body: PayWithdrawalArguments,
    idempotency_key: UUID | Unset = UNSET,
) -> ApiError | WebkulWithdrawal | None:
    """Say that a withdrawal was paid out

     Of an approved one, once the days are over that the shop lets it wait.

    For manage_woocommerce.

    Args:
        id (int):
        idempotency_key (UUID | Unset):
        body (PayWithdrawalArguments):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | WebkulWithdrawal
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
