from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.accept_money_request_arguments import AcceptMoneyRequestArguments
from ...models.accepted_request import AcceptedRequest
from ...models.accepted_request_replay import AcceptedRequestReplay
from ...models.api_error import ApiError
from ...models.dry_run import DryRun
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: int,
    *,
    body: AcceptMoneyRequestArguments | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/money_requests/{id}/accept".format(
            id=quote(str(id), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> AcceptedRequestReplay | DryRun:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_accepted_request_repeated_or_tried_type_0 = (
                    AcceptedRequestReplay.from_dict(data)
                )

                return componentsschemas_accepted_request_repeated_or_tried_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_accepted_request_repeated_or_tried_type_1 = (
                DryRun.from_dict(data)
            )

            return componentsschemas_accepted_request_repeated_or_tried_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = AcceptedRequest.from_dict(response.json())

        return response_201

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

    if response.status_code == 412:
        response_412 = ApiError.from_dict(response.json())

        return response_412

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
) -> Response[AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError]:
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
    body: AcceptMoneyRequestArguments | Unset = UNSET,
) -> Response[AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError]:
    """Pay what one was asked for

     A transfer out of the caller's wallet in its currency. With a short balance, the request has failed.

    For any signed-in user.

    Args:
        id (int):
        body (AcceptMoneyRequestArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: int,
    *,
    client: AuthenticatedClient,
    body: AcceptMoneyRequestArguments | Unset = UNSET,
) -> AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError | None:
    """Pay what one was asked for

     A transfer out of the caller's wallet in its currency. With a short balance, the request has failed.

    For any signed-in user.

    Args:
        id (int):
        body (AcceptMoneyRequestArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError
    """

    return sync_detailed(
        id=id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    id: int,
    *,
    client: AuthenticatedClient,
    body: AcceptMoneyRequestArguments | Unset = UNSET,
) -> Response[AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError]:
    """Pay what one was asked for

     A transfer out of the caller's wallet in its currency. With a short balance, the request has failed.

    For any signed-in user.

    Args:
        id (int):
        body (AcceptMoneyRequestArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError]
    """

    kwargs = _get_kwargs(
        id=id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: int,
    *,
    client: AuthenticatedClient,
    body: AcceptMoneyRequestArguments | Unset = UNSET,
) -> AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError | None:
    """Pay what one was asked for

     A transfer out of the caller's wallet in its currency. With a short balance, the request has failed.

    For any signed-in user.

    Args:
        id (int):
        body (AcceptMoneyRequestArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedRequest | AcceptedRequestReplay | DryRun | ApiError
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            body=body,
        )
    ).parsed
