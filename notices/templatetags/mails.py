"""What a mail is made of besides sentences. Each writes itself as text or as HTML, whichever is being rendered."""

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_noop

register = template.Library()

# What a movement was, to its holder; a kind that is not here says nothing more than the amount.
MOVEMENTS = {
    "topup": gettext_noop("Top-up"),
    "bonus": gettext_noop("Bonus"),
    "cashback": gettext_noop("Cashback"),
    "milestone": gettext_noop("Milestone"),
    "referral": gettext_noop("Referral"),
    "refund": gettext_noop("Refund"),
    "redemption": gettext_noop("Redeemed code"),
    "capture": gettext_noop("Payment"),
    "reversal": gettext_noop("Reversal"),
    "expiry": gettext_noop("Expired credit"),
    "interest": gettext_noop("Interest"),
    "withdrawal": gettext_noop("Withdrawal"),
    "fee": gettext_noop("Fee"),
    "repayment": gettext_noop("Repayment"),
    "withdrawal_return": gettext_noop("Withdrawal given back"),
}

ROW = (
    '<tr><td style="padding:2px 16px 2px 0;vertical-align:top;white-space:nowrap;opacity:.7">{}</td>'
    '<td style="padding:2px 0;vertical-align:top;word-break:break-word">{}</td></tr>'
)
CODE = (
    '<tr><td colspan="2" style="padding:12px 0;font-family:ui-monospace,Consolas,monospace;font-size:28px;letter-spacing:4px">'
    "<strong>{}</strong></td></tr>"
)
BUTTON = '<tr><td colspan="2" style="padding:12px 0"><a href="{}">{}</a></td></tr>'


@register.simple_tag(takes_context=True)
def row(context: Context, title: str, *facts: object) -> str:
    """What something is and the facts of it, with commas, each once; nothing where there are none."""
    told = ", ".join(dict.fromkeys(str(fact) for fact in facts if fact not in ("", None)))
    if not told:
        return ""
    return format_html(ROW, title, told) if context.autoescape else f"{title}: {told}\n"


@register.simple_tag(takes_context=True)
def code(context: Context, value: str) -> str:
    """A code that somebody reads here and enters there."""
    return format_html(CODE, value) if context.autoescape else f"\n    {value}\n\n"


@register.simple_tag(takes_context=True)
def page(context: Context, url: str) -> str:
    """The address of a page, in full: who reads a mail about money shall see where he goes."""
    return format_html(BUTTON, url, url) if context.autoescape else f"\n    {url}\n\n"


@register.filter
def movement(kind: str) -> str:
    """What a movement of this kind is called."""
    return gettext(MOVEMENTS[kind]) if kind in MOVEMENTS else ""
