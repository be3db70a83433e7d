from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.api_error import ApiError
from ...models.event_feed import EventFeed
from ...models.list_events_type_item import ListEventsTypeItem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    after: int | Unset = 0,
    per_page: int | Unset = 100,
    type_: list[ListEventsTypeItem] | Unset = UNSET,
    wallet_id: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["after"] = after

    params["per_page"] = per_page

    json_type_: list[str] | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = []
        for type_item_data in type_:
            type_item = type_item_data.value
            json_type_.append(type_item)

    params["type"] = json_type_

    params["wallet_id"] = wallet_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/events",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ApiError | EventFeed | None:
    if response.status_code == 200:
        response_200 = EventFeed.from_dict(response.json())

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

    if response.status_code == 410:
        response_410 = ApiError.from_dict(response.json())

        return response_410

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
) -> Response[ApiError | EventFeed]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    per_page: int | Unset = 100,
    type_: list[ListEventsTypeItem] | Unset = UNSET,
    wallet_id: int | Unset = UNSET,
) -> Response[ApiError | EventFeed]:
    """Read what happened, in its order

     Go on with `after` = `meta.next`, at once where `meta.has_more`: an answer for some types only may
    be empty and have more behind it.

    For walletpro_read_wallets or manage_woocommerce.

    Args:
        after (int | Unset):  Default: 0.
        per_page (int | Unset):  Default: 100.
        type_ (list[ListEventsTypeItem] | Unset):
        wallet_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | EventFeed]
    """

    kwargs = _get_kwargs(
        after=after,
        per_page=per_page,
        type_=type_,
        wallet_id=wallet_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    per_page: int | Unset = 100,
    type_: list[ListEventsTypeItem] | Unset = UNSET,
    wallet_id: int | Unset = UNSET,
) -> ApiError | EventFeed | None:
    """Read what happened, in its order

     Go on with `after` = `meta.next`, at once where `meta.has_more`: an answer for some types only may
    be empty and have more behind it.

    For walletpro_read_wallets or manage_woocommerce.

    Args:
        after (int | Unset):  Default: 0.
        per_page (int | Unset):  Default: 100.
        type_ (list[ListEventsTypeItem] | Unset):
        wallet_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | EventFeed
    """

    return sync_detailed(
        client=client,
        after=after,
        per_page=per_page,
        type_=type_,
        wallet_id=wallet_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    per_page: int | Unset = 100,
    type_: list[ListEventsTypeItem] | Unset = UNSET,
    wallet_id: int | Unset = UNSET,
) -> Response[ApiError | EventFeed]:
    """Read what happened, in its order

     Go on with `after` = `meta.next`, at once where `meta.has_more`: an answer for some types only may
    be empty and have more behind it.

    For walletpro_read_wallets or manage_woocommerce.

    Args:
        after (int | Unset):  Default: 0.
        per_page (int | Unset):  Default: 100.
        type_ (list[ListEventsTypeItem] | Unset):
        wallet_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ApiError | EventFeed]
    """

    kwargs = _get_kwargs(
        after=after,
        per_page=per_page,
        type_=type_,
        wallet_id=wallet_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    after: int | Unset = 0,
    per_page: int | Unset = 100,
    type_: list[ListEventsTypeItem] | Unset = UNSET,
    wallet_id: int | Unset = UNSET,
) -> ApiError | EventFeed | None:
    """Read what happened, in its order

     Go on with `after` = `meta.next`, at once where `meta.has_more`: an answer for some types only may
    be empty and have more behind it.

    For walletpro_read_wallets or manage_woocommerce.

    Args:
        after (int | Unset):  Default: 0.
        per_page (int | Unset):  Default: 100.
        type_ (list[ListEventsTypeItem] | Unset):
        wallet_id (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ApiError | EventFeed
    """

    return (
        await asyncio_detailed(
            client=client,
            after=after,
            per_page=per_page,
            type_=type_,
            wallet_id=wallet_id,
        )
    ).parsed
