from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.receipt_lot import ReceiptLot


T = TypeVar("T", bound="ReceiptEntry")


@_attrs_define
class ReceiptEntry:
    """Every field that was sealed. Money is signed here.

    Attributes:
        version (int):
        key_id (int):
        account_id (int): The wallet's id.
        sequence (int):
        id (int):
        at (str):
        amount (str):
        held_change (str):
        owed_change (str):
        balance (str):
        held (str):
        xid (int):
        kind (str):
        house (None | str):
        counter_account_id (int | None):
        group (None | UUID):
        key (None | str):
        asked (None | str):
        leg (int | None):
        of (int | None):
        ends (None | str):
        lots (list[ReceiptLot]):
        actor (str):
        order_id (int | None):
        reference (None | str):
        reason_digest (None | str):
        note_digest (None | str):
        metadata_digest (None | str):
        mac (str):
    """

    version: int
    key_id: int
    account_id: int
    sequence: int
    id: int
    at: str
    amount: str
    held_change: str
    owed_change: str
    balance: str
    held: str
    xid: int
    kind: str
    house: None | str
    counter_account_id: int | None
    group: None | UUID
    key: None | str
    asked: None | str
    leg: int | None
    of: int | None
    ends: None | str
    lots: list[ReceiptLot]
    actor: str
    order_id: int | None
    reference: None | str
    reason_digest: None | str
    note_digest: None | str
    metadata_digest: None | str
    mac: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        key_id = self.key_id

        account_id = self.account_id

        sequence = self.sequence

        id = self.id

        at = self.at

        amount = self.amount

        held_change = self.held_change

        owed_change = self.owed_change

        balance = self.balance

        held = self.held

        xid = self.xid

        kind = self.kind

        house: None | str
        house = self.house

        counter_account_id: int | None
        counter_account_id = self.counter_account_id

        group: None | str
        if isinstance(self.group, UUID):
            group = str(self.group)
        else:
            group = self.group

        key: None | str
        key = self.key

        asked: None | str
        asked = self.asked

        leg: int | None
        leg = self.leg

        of: int | None
        of = self.of

        ends: None | str
        ends = self.ends

        lots = []
        for lots_item_data in self.lots:
            lots_item = lots_item_data.to_dict()
            lots.append(lots_item)

        actor = self.actor

        order_id: int | None
        order_id = self.order_id

        reference: None | str
        reference = self.reference

        reason_digest: None | str
        reason_digest = self.reason_digest

        note_digest: None | str
        note_digest = self.note_digest

        metadata_digest: None | str
        metadata_digest = self.metadata_digest

        mac = self.mac

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "version": version,
                "key_id": key_id,
                "account_id": account_id,
                "sequence": sequence,
                "id": id,
                "at": at,
                "amount": amount,
                "held_change": held_change,
                "owed_change": owed_change,
                "balance": balance,
                "held": held,
                "xid": xid,
                "kind": kind,
                "house": house,
                "counter_account_id": counter_account_id,
                "group": group,
                "key": key,
                "asked": asked,
                "leg": leg,
                "of": of,
                "ends": ends,
                "lots": lots,
                "actor": actor,
                "order_id": order_id,
                "reference": reference,
                "reason_digest": reason_digest,
                "note_digest": note_digest,
                "metadata_digest": metadata_digest,
                "mac": mac,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.receipt_lot import ReceiptLot

        d = dict(src_dict)
        version = d.pop("version")

        key_id = d.pop("key_id")

        account_id = d.pop("account_id")

        sequence = d.pop("sequence")

        id = d.pop("id")

        at = d.pop("at")

        amount = d.pop("amount")

        held_change = d.pop("held_change")

        owed_change = d.pop("owed_change")

        balance = d.pop("balance")

        held = d.pop("held")

        xid = d.pop("xid")

        kind = d.pop("kind")

        def _parse_house(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        house = _parse_house(d.pop("house"))

        def _parse_counter_account_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        counter_account_id = _parse_counter_account_id(d.pop("counter_account_id"))

        def _parse_group(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                group_type_0 = UUID(data)

                return group_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        group = _parse_group(d.pop("group"))

        def _parse_key(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        key = _parse_key(d.pop("key"))

        def _parse_asked(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        asked = _parse_asked(d.pop("asked"))

        def _parse_leg(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        leg = _parse_leg(d.pop("leg"))

        def _parse_of(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        of = _parse_of(d.pop("of"))

        def _parse_ends(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ends = _parse_ends(d.pop("ends"))

        lots = []
        _lots = d.pop("lots")
        for lots_item_data in _lots:
            lots_item = ReceiptLot.from_dict(lots_item_data)

            lots.append(lots_item)

        actor = d.pop("actor")

        def _parse_order_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        order_id = _parse_order_id(d.pop("order_id"))

        def _parse_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reference = _parse_reference(d.pop("reference"))

        def _parse_reason_digest(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason_digest = _parse_reason_digest(d.pop("reason_digest"))

        def _parse_note_digest(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        note_digest = _parse_note_digest(d.pop("note_digest"))

        def _parse_metadata_digest(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        metadata_digest = _parse_metadata_digest(d.pop("metadata_digest"))

        mac = d.pop("mac")

        receipt_entry = cls(
            version=version,
            key_id=key_id,
            account_id=account_id,
            sequence=sequence,
            id=id,
            at=at,
            amount=amount,
            held_change=held_change,
            owed_change=owed_change,
            balance=balance,
            held=held,
            xid=xid,
            kind=kind,
            house=house,
            counter_account_id=counter_account_id,
            group=group,
            key=key,
            asked=asked,
            leg=leg,
            of=of,
            ends=ends,
            lots=lots,
            actor=actor,
            order_id=order_id,
            reference=reference,
            reason_digest=reason_digest,
            note_digest=note_digest,
            metadata_digest=metadata_digest,
            mac=mac,
        )

        receipt_entry.additional_properties = d
        return receipt_entry

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
