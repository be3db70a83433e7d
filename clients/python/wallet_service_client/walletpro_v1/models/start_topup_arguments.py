from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="StartTopupArguments")


@_attrs_define
class StartTopupArguments:
    """
    Attributes:
        amount (str | Unset): Minor units, a string of digits. Needed unless a package is bought.
        package_id (int | Unset): Instead of an amount: the package of points that is bought.
        wallet_id (int | Unset): The wallet; the caller's own in the currency unless said.
        currency (str | Unset): The site's currency unless said; of a wallet, its own.
        return_url (str | Unset): Where the customer is sent once he has paid: on this site, or an origin that its
            operator allows.
        save_method (bool | Unset): Keep what is paid with, for auto-reload. Of one's own wallet only. Default: False.
        idempotency_key (UUID | Unset): UUID v4. A repetition within 24 hours returns the original answer instead of
            doing it again.
    """

    amount: str | Unset = UNSET
    package_id: int | Unset = UNSET
    wallet_id: int | Unset = UNSET
    currency: str | Unset = UNSET
    return_url: str | Unset = UNSET
    save_method: bool | Unset = False
    idempotency_key: UUID | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        package_id = self.package_id

        wallet_id = self.wallet_id

        currency = self.currency

        return_url = self.return_url

        save_method = self.save_method

        idempotency_key: str | Unset = UNSET
        if not isinstance(self.idempotency_key, Unset):
            idempotency_key = str(self.idempotency_key)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if amount is not UNSET:
            field_dict["amount"] = amount
        if package_id is not UNSET:
            field_dict["package_id"] = package_id
        if wallet_id is not UNSET:
            field_dict["wallet_id"] = wallet_id
        if currency is not UNSET:
            field_dict["currency"] = currency
        if return_url is not UNSET:
            field_dict["return_url"] = return_url
        if save_method is not UNSET:
            field_dict["save_method"] = save_method
        if idempotency_key is not UNSET:
            field_dict["idempotency_key"] = idempotency_key

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        amount = d.pop("amount", UNSET)

        package_id = d.pop("package_id", UNSET)

        wallet_id = d.pop("wallet_id", UNSET)

        currency = d.pop("currency", UNSET)

        return_url = d.pop("return_url", UNSET)

        save_method = d.pop("save_method", UNSET)

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        start_topup_arguments = cls(
            amount=amount,
            package_id=package_id,
            wallet_id=wallet_id,
            currency=currency,
            return_url=return_url,
            save_method=save_method,
            idempotency_key=idempotency_key,
        )

        start_topup_arguments.additional_properties = d
        return start_topup_arguments

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
