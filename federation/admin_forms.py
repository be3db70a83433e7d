"""The form of a main site, and what people are told where external wallets refuse."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from federation import errors
from federation.sites import KEY_MAX, NAME_MAX, URL_MAX
from wallets.admin_forms import WORDS

WORDS[errors.SiteBusy] = ("url", lambda refusal: "Withdrawals there are not settled: settle them first.")
WORDS[errors.PushUnderWay] = (None, lambda refusal: "The site is being called, or still asked: wait for it.")
WORDS[errors.RefreshUnderWay] = (None, lambda refusal: "It is being refreshed already.")
WORDS[errors.NotMirrorable] = (None, lambda refusal: f"It cannot follow the site's wallet: {refusal.why}. Nothing was moved.")
WORDS[errors.SiteRefused] = (None, lambda refusal: f"The site refuses: {'; '.join(refusal.messages)}. Nothing was moved.")
WORDS[errors.SiteSilent] = (None, lambda refusal: f"The site cannot be asked: {refusal.why}. Nothing was moved.")
WORDS[errors.DifferenceSettled] = (None, lambda refusal: "Somebody settled it before, or there is nothing to settle.")


class SiteForm(forms.Form):
    """The key is taken, and never shown."""

    name = forms.CharField(max_length=NAME_MAX, widget=UnfoldAdminTextInputWidget())
    url = forms.CharField(
        label="URL",
        max_length=URL_MAX,
        widget=UnfoldAdminTextInputWidget({"inputmode": "url", "autocomplete": "off"}),
        help_text="Of the main site, with https:// or http://; what follows, /wp-json/…, is added.",
    )
    key = forms.CharField(
        max_length=KEY_MAX,
        widget=UnfoldAdminTextInputWidget({"type": "password", "autocomplete": "new-password"}),
        help_text="The secure key that the main site generated.",
    )
    enabled = forms.BooleanField(
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Off: it is not called, so nothing is withdrawn from its wallets.",
    )


class ChangeSiteForm(SiteForm):
    key = forms.CharField(
        max_length=KEY_MAX,
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "password", "autocomplete": "new-password"}),
        help_text="Empty: it stays as it is. Where the URL has another scheme, host or port, it is asked for again.",
    )


class TakeOverForm(forms.Form):
    """What the page showed of the wallet here: who has looked gives up just this."""

    seen_minor = forms.IntegerField(widget=forms.HiddenInput())
