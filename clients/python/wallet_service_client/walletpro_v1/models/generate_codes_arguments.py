from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="GenerateCodesArguments")


@_attrs_define
class GenerateCodesArguments:
    """
    Attributes:
        amount (str): Credit value of each code, in minor units.
        quantity (int | Unset): Number of codes to generate. Default: 1.
        currency (str | Unset): The site's currency unless said.
        expiry_date (datetime.datetime | None | Unset): Date after which codes cannot be redeemed.
        max_redemptions (int | Unset): How often each code can be redeemed, whoever does. Default: 1.
        max_per_user (int | None | Unset): How often one user can redeem each code.
        prefix (str | Unset): What the codes begin with: letters, digits, dashes and underscores, no dash or underscore
            first. Default: ''.
        restrict_to_user_id (int | None | Unset): Who alone can redeem the codes.
        idempotency_key (UUID | Unset): UUID v4. A repetition within 24 hours returns the original answer instead of
            doing it again.
        dry_run (bool | Unset): Answer what would happen, and do nothing. The idempotency key is neither read nor taken.
            Default: False.
    """

    amount: str
    quantity: int | Unset = 1
    currency: str | Unset = UNSET
    expiry_date: datetime.datetime | None | Unset = UNSET
    max_redemptions: int | Unset = 1
    max_per_user: int | None | Unset = UNSET
    prefix: str | Unset = ""
    restrict_to_user_id: int | None | Unset = UNSET
    idempotency_key: UUID | Unset = UNSET
    dry_run: bool | Unset = False
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        quantity = self.quantity

        currency = self.currency

        expiry_date: None | str | Unset
        if isinstance(self.expiry_date, Unset):
            expiry_date = UNSET
        elif isinstance(self.expiry_date, datetime.datetime):
            expiry_date = self.expiry_date.isoformat()
        else:
            expiry_date = self.expiry_date

        max_redemptions = self.max_redemptions

        max_per_user: int | None | Unset
        if isinstance(self.max_per_user, Unset):
            max_per_user = UNSET
        else:
            max_per_user = self.max_per_user

        prefix = self.prefix

        restrict_to_user_id: int | None | Unset
        if isinstance(self.restrict_to_user_id, Unset):
            restrict_to_user_id = UNSET
        else:
            restrict_to_user_id = self.restrict_to_user_id

        idempotency_key: str | Unset = UNSET
        if not isinstance(self.idempotency_key, Unset):
            idempotency_key = str(self.idempotency_key)

        dry_run = self.dry_run

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "amount": amount,
            }
        )
        if quantity is not UNSET:
            field_dict["quantity"] = quantity
        if currency is not UNSET:
            field_dict["currency"] = currency
        if expiry_date is not UNSET:
            field_dict["expiry_date"] = expiry_date
        if max_redemptions is not UNSET:
            field_dict["max_redemptions"] = max_redemptions
        if max_per_user is not UNSET:
            field_dict["max_per_user"] = max_per_user
        if prefix is not UNSET:
            field_dict["prefix"] = prefix
        if restrict_to_user_id is not UNSET:
            field_dict["restrict_to_user_id"] = restrict_to_user_id
        if idempotency_key is not UNSET:
            field_dict["idempotency_key"] = idempotency_key
        if dry_run is not UNSET:
            field_dict["dry_run"] = dry_run

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        amount = d.pop("amount")

        quantity = d.pop("quantity", UNSET)

        currency = d.pop("currency", UNSET)

        def _parse_expiry_date(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expiry_date_type_0 = datetime.datetime.fromisoformat(data)

                return expiry_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expiry_date = _parse_expiry_date(d.pop("expiry_date", UNSET))

        max_redemptions = d.pop("max_redemptions", UNSET)

        def _parse_max_per_user(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_per_user = _parse_max_per_user(d.pop("max_per_user", UNSET))

        prefix = d.pop("prefix", UNSET)

        def _parse_restrict_to_user_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        restrict_to_user_id = _parse_restrict_to_user_id(
            d.pop("restrict_to_user_id", UNSET)
        )

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        dry_run = d.pop("dry_run", UNSET)

        generate_codes_arguments = cls(
            amount=amount,
            quantity=quantity,
            currency=currency,
            expiry_date=expiry_date,
            max_redemptions=max_redemptions,
            max_per_user=max_per_user,
            prefix=prefix,
            restrict_to_user_id=restrict_to_user_id,
            idempotency_key=idempotency_key,
            dry_run=dry_run,
        )

        generate_codes_arguments.additional_properties = d
        return generate_codes_arguments

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
