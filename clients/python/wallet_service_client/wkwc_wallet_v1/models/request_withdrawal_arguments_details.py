from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RequestWithdrawalArgumentsDetails")


@_attrs_define
class RequestWithdrawalArgumentsDetails:
    """Where to; without it, where the last one by this method went. No answer tells them.

    Attributes:
        account_name (str | Unset): bank: whose account it is.
        account_number (str | Unset): bank: an IBAN, or 4 to 34 letters and digits.
        ifsc (str | Unset): bank: the bank's code, an IFSC, a BIC, or 6 to 9 digits (sort code, BSB, routing number).
        email (str | Unset): paypal: the address of the account.
        account (str | Unset): stripe: the connected account, `acct_…`.
    """

    account_name: str | Unset = UNSET
    account_number: str | Unset = UNSET
    ifsc: str | Unset = UNSET
    email: str | Unset = UNSET
    account: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        account_name = self.account_name

        account_number = self.account_number

        ifsc = self.ifsc

        email = self.email

        account = self.account

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if account_name is not UNSET:
            field_dict["account_name"] = account_name
        if account_number is not UNSET:
            field_dict["account_number"] = account_number
        if ifsc is not UNSET:
            field_dict["ifsc"] = ifsc
        if email is not UNSET:
            field_dict["email"] = email
        if account is not UNSET:
            field_dict["account"] = account

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        account_name = d.pop("account_name", UNSET)

        account_number = d.pop("account_number", UNSET)

        ifsc = d.pop("ifsc", UNSET)

        email = d.pop("email", UNSET)

        account = d.pop("account", UNSET)

        request_withdrawal_arguments_details = cls(
            account_name=account_name,
            account_number=account_number,
            ifsc=ifsc,
            email=email,
            account=account,
        )

        return request_withdrawal_arguments_details
