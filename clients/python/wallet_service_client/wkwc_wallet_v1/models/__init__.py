"""Contains all the data models used in inputs/outputs"""

from .api_error import ApiError
from .api_error_data import ApiErrorData
from .api_error_data_details import ApiErrorDataDetails
from .ask_for_refund_arguments import AskForRefundArguments
from .change_setting_arguments import ChangeSettingArguments
from .content_type_enum import ContentTypeEnum
from .get_qr_format import GetQrFormat
from .list_own_refund_requests_status import ListOwnRefundRequestsStatus
from .list_own_submissions_status import ListOwnSubmissionsStatus
from .list_own_transactions_type_item import ListOwnTransactionsTypeItem
from .list_own_withdrawals_status import ListOwnWithdrawalsStatus
from .method_enum import MethodEnum
from .qr_pay_arguments import QrPayArguments
from .repay_debt_arguments import RepayDebtArguments
from .request_withdrawal_arguments import RequestWithdrawalArguments
from .request_withdrawal_arguments_details import RequestWithdrawalArgumentsDetails
from .resolve_qr_arguments import ResolveQrArguments
from .send_otp_arguments import SendOtpArguments
from .send_qr_otp_arguments import SendQrOtpArguments
from .submission_status import SubmissionStatus
from .submit_documents_arguments import SubmitDocumentsArguments
from .verify_otp_arguments import VerifyOtpArguments
from .webkul_balance import WebkulBalance
from .webkul_debt import WebkulDebt
from .webkul_debt_page import WebkulDebtPage
from .webkul_debt_status_enum import WebkulDebtStatusEnum
from .webkul_document import WebkulDocument
from .webkul_kyc_options import WebkulKycOptions
from .webkul_own_settings import WebkulOwnSettings
from .webkul_qr import WebkulQr
from .webkul_refund_request import WebkulRefundRequest
from .webkul_refund_request_page import WebkulRefundRequestPage
from .webkul_repayment import WebkulRepayment
from .webkul_scanned import WebkulScanned
from .webkul_sent_code import WebkulSentCode
from .webkul_submission import WebkulSubmission
from .webkul_submission_page import WebkulSubmissionPage
from .webkul_transaction import WebkulTransaction
from .webkul_transaction_page import WebkulTransactionPage
from .webkul_transaction_type import WebkulTransactionType
from .webkul_transfer import WebkulTransfer
from .webkul_withdrawal import WebkulWithdrawal
from .webkul_withdrawal_page import WebkulWithdrawalPage
from .webkul_withdrawal_status_enum import WebkulWithdrawalStatusEnum

__all__ = (
    "ApiError",
    "ApiErrorData",
    "ApiErrorDataDetails",
    "AskForRefundArguments",
    "ChangeSettingArguments",
    "ContentTypeEnum",
    "GetQrFormat",
    "ListOwnRefundRequestsStatus",
    "ListOwnSubmissionsStatus",
    "ListOwnTransactionsTypeItem",
    "ListOwnWithdrawalsStatus",
    "MethodEnum",
    "QrPayArguments",
    "RepayDebtArguments",
    "RequestWithdrawalArguments",
    "RequestWithdrawalArgumentsDetails",
    "ResolveQrArguments",
    "SendOtpArguments",
    "SendQrOtpArguments",
    "SubmissionStatus",
    "SubmitDocumentsArguments",
    "VerifyOtpArguments",
    "WebkulBalance",
    "WebkulDebt",
    "WebkulDebtPage",
    "WebkulDebtStatusEnum",
    "WebkulDocument",
    "WebkulKycOptions",
    "WebkulOwnSettings",
    "WebkulQr",
    "WebkulRefundRequest",
    "WebkulRefundRequestPage",
    "WebkulRepayment",
    "WebkulScanned",
    "WebkulSentCode",
    "WebkulSubmission",
    "WebkulSubmissionPage",
    "WebkulTransaction",
    "WebkulTransactionPage",
    "WebkulTransactionType",
    "WebkulTransfer",
    "WebkulWithdrawal",
    "WebkulWithdrawalPage",
    "WebkulWithdrawalStatusEnum",
)
