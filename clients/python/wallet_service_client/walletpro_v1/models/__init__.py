"""Contains all the data models used in inputs/outputs"""

from .accept_money_request_arguments import AcceptMoneyRequestArguments
from .accepted_request import AcceptedRequest
from .accepted_request_replay import AcceptedRequestReplay
from .api_error import ApiError
from .api_error_data import ApiErrorData
from .api_error_data_details import ApiErrorDataDetails
from .ask_for_money_arguments import AskForMoneyArguments
from .attempt import Attempt
from .attempt_slice import AttemptSlice
from .balance_at import BalanceAt
from .burnt_lot import BurntLot
from .capture import Capture
from .capture_hold_arguments import CaptureHoldArguments
from .capture_replay import CaptureReplay
from .checkpoint import Checkpoint
from .checkpoint_key import CheckpointKey
from .checkpoint_key_page import CheckpointKeyPage
from .checkpoint_page import CheckpointPage
from .code_generation import CodeGeneration
from .code_generation_replay import CodeGenerationReplay
from .code_redemption import CodeRedemption
from .code_redemption_replay import CodeRedemptionReplay
from .create_webhook_arguments import CreateWebhookArguments
from .credit_type import CreditType
from .credit_wallet_arguments import CreditWalletArguments
from .debit_wallet_arguments import DebitWalletArguments
from .deleted_payment_method import DeletedPaymentMethod
from .deleted_webhook import DeletedWebhook
from .delivery import Delivery
from .delivery_reason import DeliveryReason
from .delivery_slice import DeliverySlice
from .delivery_state import DeliveryState
from .direction_enum import DirectionEnum
from .dry_run import DryRun
from .event import Event
from .event_data import EventData
from .event_fate import EventFate
from .event_feed import EventFeed
from .event_state import EventState
from .event_type import EventType
from .event_type_name import EventTypeName
from .event_types import EventTypes
from .event_with_fates import EventWithFates
from .event_with_fates_data import EventWithFatesData
from .feed_meta import FeedMeta
from .generate_codes_arguments import GenerateCodesArguments
from .generated_code import GeneratedCode
from .hold import Hold
from .hold_replay import HoldReplay
from .hold_status import HoldStatus
from .list_codes_status import ListCodesStatus
from .list_events_type_item import ListEventsTypeItem
from .list_money_requests_direction import ListMoneyRequestsDirection
from .list_money_requests_status import ListMoneyRequestsStatus
from .list_topups_status import ListTopupsStatus
from .list_transactions_type_item import ListTransactionsTypeItem
from .list_wallets_order import ListWalletsOrder
from .list_wallets_orderby import ListWalletsOrderby
from .list_webhook_deliveries_state import ListWebhookDeliveriesState
from .list_webhooks_status import ListWebhooksStatus
from .money_request import MoneyRequest
from .money_request_page import MoneyRequestPage
from .money_request_status_enum import MoneyRequestStatusEnum
from .movement import Movement
from .movement_replay import MovementReplay
from .open_wallet_arguments import OpenWalletArguments
from .origin_enum import OriginEnum
from .page_meta import PageMeta
from .partial_movement import PartialMovement
from .payment_method import PaymentMethod
from .payment_method_page import PaymentMethodPage
from .place_hold_arguments import PlaceHoldArguments
from .point_package import PointPackage
from .point_package_page import PointPackagePage
from .receipt import Receipt
from .receipt_entry import ReceiptEntry
from .receipt_format import ReceiptFormat
from .receipt_log import ReceiptLog
from .receipt_lot import ReceiptLot
from .receipt_text import ReceiptText
from .receipt_texts import ReceiptTexts
from .redeem_code_arguments import RedeemCodeArguments
from .redeliver_webhook_events_arguments import RedeliverWebhookEventsArguments
from .redelivery import Redelivery
from .redemption_code import RedemptionCode
from .redemption_code_page import RedemptionCodePage
from .redemption_code_status_enum import RedemptionCodeStatusEnum
from .rehearsed_entry import RehearsedEntry
from .rehearsed_wallet import RehearsedWallet
from .replay_data import ReplayData
from .reversal import Reversal
from .reversal_replay import ReversalReplay
from .reverse_transaction_arguments import ReverseTransactionArguments
from .reversed_entry import ReversedEntry
from .rotate_webhook_secret_arguments import RotateWebhookSecretArguments
from .send_transfer_arguments import SendTransferArguments
from .signed_checkpoint import SignedCheckpoint
from .skipped_events import SkippedEvents
from .slice_meta import SliceMeta
from .start_topup_arguments import StartTopupArguments
from .topup import Topup
from .topup_bonus import TopupBonus
from .topup_options import TopupOptions
from .topup_page import TopupPage
from .topup_replay import TopupReplay
from .topup_state import TopupState
from .topup_status import TopupStatus
from .transaction import Transaction
from .transaction_page import TransactionPage
from .transaction_type import TransactionType
from .transfer import Transfer
from .transfer_in import TransferIn
from .transfer_replay import TransferReplay
from .update_wallet_arguments import UpdateWalletArguments
from .update_webhook_arguments import UpdateWebhookArguments
from .void_hold_arguments import VoidHoldArguments
from .wallet import Wallet
from .wallet_page import WalletPage
from .wallet_status import WalletStatus
from .webhook import Webhook
from .webhook_page import WebhookPage
from .webhook_statistics import WebhookStatistics
from .webhook_status import WebhookStatus
from .webhook_switch import WebhookSwitch
from .webhook_with_secret import WebhookWithSecret

__all__ = (
    "AcceptMoneyRequestArguments",
    "AcceptedRequest",
    "AcceptedRequestReplay",
    "ApiError",
    "ApiErrorData",
    "ApiErrorDataDetails",
    "AskForMoneyArguments",
    "Attempt",
    "AttemptSlice",
    "BalanceAt",
    "BurntLot",
    "Capture",
    "CaptureHoldArguments",
    "CaptureReplay",
    "Checkpoint",
    "CheckpointKey",
    "CheckpointKeyPage",
    "CheckpointPage",
    "CodeGeneration",
    "CodeGenerationReplay",
    "CodeRedemption",
    "CodeRedemptionReplay",
    "CreateWebhookArguments",
    "CreditType",
    "CreditWalletArguments",
    "DebitWalletArguments",
    "DeletedPaymentMethod",
    "DeletedWebhook",
    "Delivery",
    "DeliveryReason",
    "DeliverySlice",
    "DeliveryState",
    "DirectionEnum",
    "DryRun",
    "Event",
    "EventData",
    "EventFate",
    "EventFeed",
    "EventState",
    "EventType",
    "EventTypeName",
    "EventTypes",
    "EventWithFates",
    "EventWithFatesData",
    "FeedMeta",
    "GenerateCodesArguments",
    "GeneratedCode",
    "Hold",
    "HoldReplay",
    "HoldStatus",
    "ListCodesStatus",
    "ListEventsTypeItem",
    "ListMoneyRequestsDirection",
    "ListMoneyRequestsStatus",
    "ListTopupsStatus",
    "ListTransactionsTypeItem",
    "ListWalletsOrder",
    "ListWalletsOrderby",
    "ListWebhookDeliveriesState",
    "ListWebhooksStatus",
    "MoneyRequest",
    "MoneyRequestPage",
    "MoneyRequestStatusEnum",
    "Movement",
    "MovementReplay",
    "OpenWalletArguments",
    "OriginEnum",
    "PageMeta",
    "PartialMovement",
    "PaymentMethod",
    "PaymentMethodPage",
    "PlaceHoldArguments",
    "PointPackage",
    "PointPackagePage",
    "Receipt",
    "ReceiptEntry",
    "ReceiptFormat",
    "ReceiptLog",
    "ReceiptLot",
    "ReceiptText",
    "ReceiptTexts",
    "RedeemCodeArguments",
    "RedeliverWebhookEventsArguments",
    "Redelivery",
    "RedemptionCode",
    "RedemptionCodePage",
    "RedemptionCodeStatusEnum",
    "RehearsedEntry",
    "RehearsedWallet",
    "ReplayData",
    "Reversal",
    "ReversalReplay",
    "ReverseTransactionArguments",
    "ReversedEntry",
    "RotateWebhookSecretArguments",
    "SendTransferArguments",
    "SignedCheckpoint",
    "SkippedEvents",
    "SliceMeta",
    "StartTopupArguments",
    "Topup",
    "TopupBonus",
    "TopupOptions",
    "TopupPage",
    "TopupReplay",
    "TopupState",
    "TopupStatus",
    "Transaction",
    "TransactionPage",
    "TransactionType",
    "Transfer",
    "TransferIn",
    "TransferReplay",
    "UpdateWalletArguments",
    "UpdateWebhookArguments",
    "VoidHoldArguments",
    "Wallet",
    "WalletPage",
    "WalletStatus",
    "Webhook",
    "WebhookPage",
    "WebhookStatistics",
    "WebhookStatus",
    "WebhookSwitch",
    "WebhookWithSecret",
)
