from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.delivery_slice import DeliverySlice
from ...models.list_webhook_deliveries_state import ListWebhookDeliveriesState
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: int,
    *,
    state: ListWebhookDeliveriesState | Unset = UNSET,
    before: int | Unset = UNSET,
    per_page: int | Unset = 25,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_state: str | Unset = UNSET
    if not isinstance(state, Unset):
        json_state = state.value

    params["state"] = json_state

    params["before"] = before

    params["per_page"] = per_page

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/webhooks/{id}/deliveries".format(
            id=quote(str(id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | DeliverySlice | None:
    if response.status_code == 200:
        response_200 = DeliverySlice.from_dict(response.json())

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
) -> Response[ApiError | DeliverySlice]:
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
    state: ListWebhookDeliveriesState | Unset = UNSET,
    before: int | Unset = UNSET,
    per_page: int | Unset = 25,
) -> Response[ApiError | DeliverySlice]:
    """List what is sent beside the order: parked events, those sent again by hand, tests

     For manage_woocommerce.

    Args:
        id (int):
        state (ListWebhookDeliveriesState | Unset):
        before (int | Unset):
        per_page (int | Unset):  Default: 25.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | DeliverySlice]
    """

    kwargs = _get_kwargs(
        id=id,
        state=state,
        before=before,
        per_page=per_page,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: int,
    *,
    client: AuthenticatedClient,
    state: ListWebhookDeliveriesState | Unset = UNSET,
    before: int | Unset = UNSET,
    per_page: int | Unset = 25,
) -> ApiError | DeliverySlice | None:
    """List what is sent beside the order: parked events, those sent again by hand, tests

     For manage_woocommerce.

    Args:
        id (int):
        state (ListWebhookDeliveriesState | Unset):
        before (int | Unset):
        per_page (int | Unset):  Default: 25.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | DeliverySlice
    """

    return sync_detailed(
        id=id,
        client=client,
        state=state,
        before=before,
        per_page=per_page,
    ).parsed


async def asyncio_detailed(
    id: int,
    *,
    client: AuthenticatedClient,
    state: ListWebhookDeliveriesState | Unset = UNSET,
    before: int | Unset = UNSET,
    per_page: int | Unset = 25,
) -> Response[ApiError | DeliverySlice]:
    """List what is sent beside the order: parked events, those sent again by hand, tests

     For manage_woocommerce.

    Args:
        id (int):
        state (ListWebhookDeliveriesState | Unset):
        before (int | Unset):
        per_page (int | Unset):  Default: 25.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | DeliverySlice]
    """

    kwargs = _get_kwargs(
        id=id,
        state=state,
        before=before,
        per_page=per_page,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: int,
    *,
    client: AuthenticatedClient,
    state: ListWebhookDeliveriesState | Unset = UNSET,
    before: int | Unset = UNSET,
    per_page: int | Unset = 25,
) -> ApiError | DeliverySlice | None:
    """List what is sent beside the order: parked events, those sent again by hand, tests

     For manage_woocommerce.

    Args:
        id (int):
        state (ListWebhookDeliveriesState | Unset):
        before (int | Unset):
        per_page (int | Unset):  Default: 25.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | DeliverySlice
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
            state=state,
            before=before,
            per_page=per_page,
        )
    ).parsed
