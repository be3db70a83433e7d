from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.transaction import Transaction
    from ..models.transfer_in import TransferIn


T = TypeVar("T", bound="Transfer")


@_attrs_define
class Transfer:
    """What a transfer did: out of one wallet, into another.

    Attributes:
        transfer_group_id (UUID):
        currency (str):
        amount (str): What the recipient got.
        fee (str): What the sender paid on top, as an entry of its own.
        transfer_out (Transaction): An entry of the ledger.
        transfer_in (TransferIn): The recipient's side. Balances, chain value and wallet only for who may read his
            wallet.
    """

    transfer_group_id: UUID
    currency: str
    amount: str
    fee: str
    transfer_out: Transaction
    transfer_in: TransferIn
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        transfer_group_id = str(self.transfer_group_id)

        currency = self.currency

        amount = self.amount

        fee = self.fee

        transfer_out = self.transfer_out.to_dict()

        transfer_in = self.transfer_in.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "transfer_group_id": transfer_group_id,
                "currency": currency,
                "amount": amount,
                "fee": fee,
                "transfer_out": transfer_out,
                "transfer_in": transfer_in,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.transaction import Transaction
        from ..models.transfer_in import TransferIn

        d = dict(src_dict)
        transfer_group_id = UUID(d.pop("transfer_group_id"))

        currency = d.pop("currency")

        amount = d.pop("amount")

        fee = d.pop("fee")

        transfer_out = Transaction.from_dict(d.pop("transfer_out"))

        transfer_in = TransferIn.from_dict(d.pop("transfer_in"))

        transfer = cls(
            transfer_group_id=transfer_group_id,
            currency=currency,
            amount=amount,
            fee=fee,
            transfer_out=transfer_out,
            transfer_in=transfer_in,
        )

        transfer.additional_properties = d
        return transfer

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
