from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.capture import Capture
from ...models.capture_hold_arguments import CaptureHoldArguments
from ...models.capture_replay import CaptureReplay
from ...models.dry_run import DryRun
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: int,
    *,
    body: CaptureHoldArguments | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/holds/{id}/capture".format(
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
) -> ApiError | Capture | CaptureReplay | DryRun | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> CaptureReplay | DryRun:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_capture_repeated_or_tried_type_0 = (
                    CaptureReplay.from_dict(data)
                )

                return componentsschemas_capture_repeated_or_tried_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_capture_repeated_or_tried_type_1 = DryRun.from_dict(data)

            return componentsschemas_capture_repeated_or_tried_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = Capture.from_dict(response.json())

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
) -> Response[ApiError | Capture | CaptureReplay | DryRun]:
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
    body: CaptureHoldArguments | Unset = UNSET,
) -> Response[ApiError | Capture | CaptureReplay | DryRun]:
    """Take what is held

     What is held and not taken is free at once. No limit and no freeze stops it: the hold met them.

    For walletpro_write_wallets or manage_woocommerce.

    Args:
        id (int):
        body (CaptureHoldArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | Capture | CaptureReplay | DryRun]
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
    body: CaptureHoldArguments | Unset = UNSET,
) -> ApiError | Capture | CaptureReplay | DryRun | None:
    """Take what is held

     What is held and not taken is free at once. No limit and no freeze stops it: the hold met them.

    For walletpro_write_wallets or manage_woocommerce.

    Args:
        id (int):
        body (CaptureHoldArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | Capture | CaptureReplay | DryRun
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
    body: CaptureHoldArguments | Unset = UNSET,
) -> Response[ApiError | Capture | CaptureReplay | DryRun]:
    """Take what is held

     What is held and not taken is free at once. No limit and no freeze stops it: the hold met them.

    For walletpro_write_wallets or manage_woocommerce.

    Args:
        id (int):
        body (CaptureHoldArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | Capture | CaptureReplay | DryRun]
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
    body: CaptureHoldArguments | Unset = UNSET,
) -> ApiError | Capture | CaptureReplay | DryRun | None:
    """Take what is held

     What is held and not taken is free at once. No limit and no freeze stops it: the hold met them.

    For walletpro_write_wallets or manage_woocommerce.

    Args:
        id (int):
        body (CaptureHoldArguments | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | Capture | CaptureReplay | DryRun
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            body=body,
        )
    ).parsed
