"""What the double of Stripe holds, and what it answers: payment pages, payments, cards, refunds, disputes."""

import time
from collections.abc import Mapping
from itertools import count
from typing import Any

Said = dict[str, Any]
Reply = tuple[int, Said]


class Refused(Exception):
    """Stripe says no, in its envelope."""

    def __init__(self, status: int, code: str, type: str = "invalid_request_error", **members: Any) -> None:
        super().__init__(code)
        error = {"type": type, "code": code, "message": f"A sentence of Stripe's that is not for logs: {code}", **members}
        self.reply: Reply = (status, {"error": error})


class StripeBooks:
    """One account of Stripe's. `charged` and `paid_back` are the money that has moved: (top-up or refund id, amount)."""

    def __init__(self, pages: str = "https://checkout.stripe.test") -> None:
        self.pages = pages
        self.sessions: dict[str, Said] = {}
        self.intents: dict[str, Said] = {}
        self.methods: dict[str, Said] = {}
        self.refunds: dict[str, Said] = {}
        self.disputes: dict[str, Said] = {}
        self.charged: list[tuple[str, int]] = []
        self.paid_back: list[tuple[str, int]] = []
        # How the next charge of a saved card goes, if not well: a decline code, `authentication_required`, `processing`.
        self.next_charge = ""
        self._numbers = count(1)

    def post(self, path: list[str], body: Said) -> Reply:
        match path:
            case ["checkout", "sessions"]:
                return 200, self._open(body)
            case ["payment_intents"]:
                return 200, self._charge(body)
            case ["payment_intents", intent_id, "cancel"]:
                return 200, self._cancel(self._found(self.intents, intent_id))
            case ["refunds"]:
                return 200, self._refund(body)
        raise Refused(404, "url_invalid")

    def get(self, path: list[str], query: Said) -> Reply:
        match path:
            case ["payment_intents"]:
                return 200, self._listed("payment_intents", self._of_customer(query), query)
            case ["payment_intents", intent_id]:
                return 200, self._found(self.intents, intent_id)
            case ["payment_methods", method_id]:
                return 200, self._found(self.methods, method_id)
            case ["refunds"]:
                self._found(self.intents, query.get("payment_intent", ""))
                of_it = [made for made in self.refunds.values() if made["payment_intent"] == query["payment_intent"]]
                return 200, self._listed("refunds", of_it, query)
        raise Refused(404, "url_invalid")

    def pay(self, session_id: str) -> list[tuple[str, Said]]:
        """The customer pays on the page with a card: what Stripe then tells, in one of the orders it may come in."""
        session = self._open_page(session_id)
        future = session["asked"].get("setup_future_usage")
        customer = f"cus_{next(self._numbers)}" if future else None
        method = self.save_card(customer) if customer else f"pm_{next(self._numbers)}"
        intent = self._intent(session["amount_total"], session["currency"], session["asked"].get("metadata", {}))
        intent |= {"customer": customer, "payment_method": method, "setup_future_usage": future}
        self._succeed(intent)
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "customer": customer}
        return [("checkout.session.completed", session), ("payment_intent.succeeded", intent)]

    def decline(self, session_id: str) -> list[tuple[str, Said]]:
        """His card is declined. The page stays open, and he may take another."""
        session = self._open_page(session_id)
        intent = self._intent(session["amount_total"], session["currency"], session["asked"].get("metadata", {}))
        self._fail(intent, "generic_decline")
        return [("payment_intent.payment_failed", intent)]

    def expire(self, session_id: str) -> list[tuple[str, Said]]:
        session = self._open_page(session_id)
        session["status"] = "expired"
        return [("checkout.session.expired", session)]

    def save_card(self, customer: str, last4: str = "4242") -> str:
        """The id of a card that may be charged while its holder is away."""
        method_id = f"pm_{next(self._numbers)}"
        card = {"brand": "visa", "last4": last4, "exp_year": 2040}
        self.methods[method_id] = {
            "id": method_id,
            "object": "payment_method",
            "type": "card",
            "card": card,
            "customer": customer,
        }
        return method_id

    def refund_by_hand(self, intent_id: str, amount: int) -> list[tuple[str, Said]]:
        """Somebody refunds in Stripe's dashboard."""
        refund = self._refund({"payment_intent": intent_id, "amount": str(amount), "reason": "requested_by_customer"})
        return [("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": intent_id}), ("refund.created", refund)]

    def dispute(self, intent_id: str, amount: int | None = None, status: str = "needs_response") -> list[tuple[str, Said]]:
        """The customer's bank takes it back."""
        intent = self._found(self.intents, intent_id)
        dispute_id = f"du_{next(self._numbers)}"
        self.disputes[dispute_id] = dispute = {
            "id": dispute_id,
            "object": "dispute",
            "amount": amount or intent["amount"],
            "currency": intent["currency"],
            "payment_intent": intent_id,
            "reason": "fraudulent",
            "status": status,
            "metadata": {},
        }
        withdrawn = [] if status.startswith("warning_") else [("charge.dispute.funds_withdrawn", dispute)]
        return [("charge.dispute.created", dispute), *withdrawn]

    def _open(self, body: Said) -> Said:
        item = body["line_items"]["0"]["price_data"]
        amount = self._amount(item.get("unit_amount"))
        session_id = f"cs_test_{next(self._numbers)}"
        self.sessions[session_id] = session = {
            "id": session_id,
            "object": "checkout.session",
            "amount_total": amount,
            "currency": item["currency"],
            "metadata": body.get("metadata", {}),
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "customer": None,
            "success_url": body["success_url"],
            "url": f"{self.pages}/pay/{session_id}",
            "asked": body.get("payment_intent_data", {}),
        }
        return session

    def _charge(self, body: Said) -> Said:
        amount = self._amount(body.get("amount"))
        method = self.methods.get(body.get("payment_method", ""))
        if method is None or method["customer"] != body.get("customer"):
            raise Refused(400, "resource_missing", param="payment_method")
        intent = self._intent(amount, body["currency"], body.get("metadata", {}))
        intent |= {"customer": body["customer"], "payment_method": method["id"]}
        went, self.next_charge = self.next_charge, ""
        if went == "processing":
            intent["status"] = "processing"
        elif went:
            raise Refused(402, **self._fail(intent, went), payment_intent=intent)
        else:
            self._succeed(intent)
        return intent

    def _cancel(self, intent: Said) -> Said:
        if intent["status"] in ("succeeded", "processing", "canceled"):
            raise Refused(400, "payment_intent_unexpected_state", payment_intent=intent)
        intent |= {"status": "canceled", "cancellation_reason": "abandoned"}
        return intent

    def _refund(self, body: Said) -> Said:
        intent = self._found(self.intents, body.get("payment_intent", ""))
        amount = int(body["amount"])
        back = sum(made["amount"] for made in self.refunds.values() if made["payment_intent"] == intent["id"])
        if amount > intent["amount_received"] - back:
            raise Refused(400, "charge_already_refunded")
        refund_id = f"re_{next(self._numbers)}"
        self.refunds[refund_id] = refund = {
            "id": refund_id,
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": body.get("metadata", {}),
            "reason": body.get("reason"),
            "status": "succeeded",
        }
        self.paid_back.append((refund["metadata"].get("refund_id", "by hand"), amount))
        return refund

    def _intent(self, amount: int, currency: str, metadata: Said) -> Said:
        intent_id = f"pi_{next(self._numbers)}"
        self.intents[intent_id] = intent = {
            "id": intent_id,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "currency": currency,
            "metadata": metadata,
            "created": int(time.time()),
            "status": "requires_confirmation",
            "customer": None,
            "last_payment_error": None,
            "client_secret": f"{intent_id}_secret_x",
        }
        return intent

    def _succeed(self, intent: Said) -> None:
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        self.charged.append((intent["metadata"].get("topup_id", ""), intent["amount"]))

    def _fail(self, intent: Said, decline: str) -> Said:
        code = decline if decline == "authentication_required" else "card_declined"
        error = {"type": "card_error", "code": code, "decline_code": decline, "message": "Your card ending in 4242 was declined."}
        intent |= {"status": "requires_payment_method", "last_payment_error": dict(error)}
        return error

    def _amount(self, text: object) -> int:
        if not isinstance(text, str) or not text.isdigit():
            raise Refused(400, "parameter_invalid_integer", param="amount")
        if int(text) < 50:
            raise Refused(400, "amount_too_small", param="amount")
        return int(text)

    def _of_customer(self, query: Said) -> list[Said]:
        customer = query.get("customer", "")
        if customer not in {method["customer"] for method in self.methods.values()}:
            raise Refused(400, "resource_missing", param="customer")
        since = int(query.get("created", {}).get("gte", 0))
        return [made for made in self.intents.values() if made["customer"] == customer and made["created"] >= since]

    def _open_page(self, session_id: str) -> Said:
        session = self._found(self.sessions, session_id)
        if session["status"] != "open":
            raise Refused(400, "checkout_session_not_open")
        return session

    def _listed(self, what: str, rows: list[Said], query: Said) -> Said:
        """Newest first, a page at a time."""
        rows = rows[::-1]
        after = query.get("starting_after")
        if after:
            rows = rows[[row["id"] for row in rows].index(after) + 1 :]
        limit = int(query.get("limit", 10))
        return {"object": "list", "url": f"/v1/{what}", "has_more": len(rows) > limit, "data": rows[:limit]}

    def _found(self, rows: Mapping[str, Said], row_id: str) -> Said:
        if row_id not in rows:
            raise Refused(404, "resource_missing", param="id")
        return rows[row_id]
