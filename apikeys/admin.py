"""API keys and application passwords: made and revoked here, their secrets shown once, on the answer to the POST."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apikeys import admin_gateway  # noqa: F401  registers its page
from apikeys.errors import AddressListInvalid, OwnerOutranks
from apikeys.models import ApiKey, ApplicationPassword, OauthNonce
from apikeys.services import make_application_password, mint_key, networks, require_rank, revoke
from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link
from ledger.money import AMOUNT_MAX
from ledger.retry import in_transaction
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in, user_field
from people.admin_panels import Panel, PanelForm, on_user_page
from people.models import User

OUTRANKED = "You can do this only for users who may not do more than you may yourself."
OAUTH_COVERS = (
    "A signature covers method, URL and query, not a JSON body. Over plain http such a key writes only from the addresses that "
    "it lists; one that lists none writes over https only."
)
STATES = {"live": "success", "revoked": "danger"}


class MintForm(forms.Form):
    owner = user_field(ApiKey, "owner", "Owner")
    description = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget(), help_text="Which program will use it.")
    scope = forms.ChoiceField(choices=ApiKey.Scope.choices, widget=UnfoldAdminSelectWidget())
    allowed_ips = forms.CharField(
        label="Allowed addresses",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="One address or CIDR range a line; empty allows any.",
    )
    max_amount = forms.IntegerField(
        label="At most, per call",
        required=False,
        min_value=1,
        max_value=AMOUNT_MAX,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
        help_text="Minor units of the currency that a call moves: 500 is $5.00. Empty: no maximum.",
    )
    oauth_enabled = forms.BooleanField(
        label="OAuth 1.0a",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="For WooCommerce's client libraries, which sign their calls where the address is plain http. The secret must "
        f"then be kept, sealed, and not only a digest of it. {OAUTH_COVERS}",
    )

    def clean_allowed_ips(self) -> list[str]:
        try:
            return networks(line for line in self.cleaned_data["allowed_ips"].splitlines() if line.strip())
        except AddressListInvalid as wrong:
            raise forms.ValidationError(f"{wrong.text.strip()!r} is not an address or a CIDR range.") from wrong


class NameForm(forms.Form):
    user = user_field(ApplicationPassword, "user", "User")
    name = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget(), help_text="Which program will use it.")


class OwnNameForm(forms.Form):
    """`NameForm` on the page of the user it is for."""

    user = forms.CharField(widget=forms.HiddenInput())
    name = forms.CharField(
        label="Name of a new application password", max_length=200, widget=UnfoldAdminTextInputWidget({"required": True})
    )


class CredentialAdmin(ReadOnlyAdmin, ShopAdmin):
    """A credential is made, looked at and revoked, never edited or deleted."""

    actions_detail = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request) or super(ReadOnlyAdmin, self).has_add_permission(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        credential = self.get_object(request, object_id)
        is_live = credential is not None and credential.revoked_at is None
        return super().get_actions_detail(request, object_id) if is_live and is_shop_manager(request) else []  # type: ignore[misc]

    @button("Revoke", icon="block")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and on POST let it stop working at once."""
        credential = self.get_object(request, object_id)
        if credential is None:
            raise Http404
        _require_may_revoke(request, credential)
        back = reverse("admin:people_user_change", args=[holder(credential).pk])
        if request.method == "POST":
            self._revoke(request, credential)
            return redirect(back)
        facts = (("Owner", str(holder(credential))), ("What", str(credential)))
        title = f"Revoke this {self.opts.verbose_name}?"
        return self.form_page(
            request, forms.Form(), title=title, submit="Revoke it", cancel=back, obj=credential, facts=facts, is_dangerous=True
        )

    def _revoke(self, request: HttpRequest, credential: ApiKey | ApplicationPassword) -> None:
        def work() -> None:
            revoke(credential, revoked_by=signed_in(request))
            self.log_change(request, credential, "Revoked.")

        in_transaction(work)
        messages.success(request, f"{credential} is revoked.")

    @admin.display(description="Last used", ordering="last_used_at")
    def last_use(self, credential: ApiKey | ApplicationPassword) -> str:
        return last_use(credential)

    @badge("State", STATES)
    def state(self, credential: ApiKey | ApplicationPassword) -> str:
        return state(credential)


def holder(credential: ApiKey | ApplicationPassword) -> User:
    """Whom the credential stands for."""
    return credential.owner if isinstance(credential, ApiKey) else credential.user


def _require_may_revoke(request: HttpRequest, credential: ApiKey | ApplicationPassword) -> None:
    if not is_shop_manager(request):
        raise PermissionDenied
    try:
        require_rank(signed_in(request), holder(credential))
    except OwnerOutranks as refusal:
        raise PermissionDenied(OUTRANKED) from refusal


def state(credential: ApiKey | ApplicationPassword) -> str:
    return "revoked" if credential.revoked_at else "live"


def last_use(credential: ApiKey | ApplicationPassword) -> str:
    if credential.last_used_at is None:
        return "never"
    return f"{credential.last_used_at:%Y-%m-%d %H:%M} UTC from {credential.last_used_ip or 'an unknown address'}"


def short_key(key: ApiKey) -> str:
    """As much of a consumer key as tells it from others."""
    return f"ck_…{key.consumer_key[-7:]}"


@admin.register(ApiKey)
class ApiKeyAdmin(CredentialAdmin, ModelAdmin):
    list_display = ("description", "owner", "scope", "short_key", "state", "last_use", "created_at", "revoked_at")
    list_filter = ("scope", "oauth_enabled", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("description", "owner__username", "owner__email", "consumer_key")
    ordering = ("-id",)
    exclude = ("consumer_key", "secret_digest", "sealed_secret")
    fields = (
        *(("description", "state"), ("owner", "scope"), ("short_key", "most"), "addresses", "signing"),
        *(("last_use", "revoked_at"), ("created_at", "created_by")),
    )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Mint a key. The answer to the POST is the only page that shows the secret."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = MintForm(posted(request), initial={"owner": as_id(request.GET.get("owner", ""))})
        if form.is_valid() and (minted := self._mint(request, form)):
            return self._show(request, *minted)
        cancel = reverse("admin:apikeys_apikey_changelist")
        return self.form_page(request, form, title="Mint an API key", submit="Mint the key", cancel=cancel)

    def _mint(self, request: HttpRequest, form: MintForm) -> tuple[ApiKey, str] | None:
        def work() -> tuple[ApiKey, str]:
            key, secret = mint_key(**form.cleaned_data, minted_by=signed_in(request))
            self.log_addition(request, key, "Minted.")
            return key, secret

        try:
            return in_transaction(work)
        except OwnerOutranks:
            form.add_error("owner", OUTRANKED)
            return None

    def _show(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        secrets = (("Consumer key", key.consumer_key), ("Consumer secret", secret))
        back = reverse("admin:apikeys_apikey_change", args=[key.pk])
        note = f"It acts as {key.owner}, and may {key.get_scope_display().lower()}."
        if key.oauth_enabled:
            note += f" It may sign its calls by OAuth 1.0a. {OAUTH_COVERS}"
        return self.secret_page(request, title="The new API key", secrets=secrets, obj=key, back=back, note=note)

    @admin.display(description="Allowed addresses")
    def addresses(self, key: ApiKey) -> str:
        return ", ".join(key.allowed_ips) or "any"

    @admin.display(description="At most, per call")
    def most(self, key: ApiKey) -> str:
        return "no maximum" if key.max_amount is None else f"{key.max_amount} minor units"

    @admin.display(description="OAuth 1.0a")
    def signing(self, key: ApiKey) -> str:
        return f"may sign its calls. {OAUTH_COVERS}" if key.oauth_enabled else "off"

    @admin.display(description="Key")
    def short_key(self, key: ApiKey) -> str:
        return short_key(key)


@admin.register(ApplicationPassword)
class ApplicationPasswordAdmin(CredentialAdmin, ModelAdmin):
    list_display = ("name", "user", "state", "last_use", "created_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__email")
    ordering = ("-created_at",)
    exclude = ("digest",)
    fields = (("name", "state"), "user", ("last_use", "revoked_at"), "created_at")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Make a password for a user, most often from his page. Only the answer to the POST shows it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NameForm(posted(request), initial={"user": as_id(request.GET.get("user", ""))})
        if form.is_valid() and (made := self._make(request, form)):
            return self._show(request, *made)
        cancel = reverse("admin:apikeys_applicationpassword_changelist")
        return self.form_page(request, form, title="Make an application password", submit="Make it", cancel=cancel)

    def _make(self, request: HttpRequest, form: NameForm) -> tuple[ApplicationPassword, str] | None:
        def work() -> tuple[ApplicationPassword, str]:
            password, secret = make_application_password(**form.cleaned_data, made_by=signed_in(request))
            self.log_addition(request, password, f"Made for {password.user}.")
            return password, secret

        try:
            return in_transaction(work)
        except OwnerOutranks:
            form.add_error("user", OUTRANKED)
            return None

    def _show(self, request: HttpRequest, password: ApplicationPassword, secret: str) -> HttpResponse:
        secrets = ((f"Password “{password.name}” of {password.user}", secret),)
        back = reverse("admin:people_user_change", args=[password.user_id])
        note = "It is used with the user name, by HTTP Basic. Spaces do not matter."
        return self.secret_page(
            request, title="The new application password", secrets=secrets, obj=password, back=back, note=note
        )


@admin.register(OauthNonce)
class OauthNonceAdmin(ReadOnlyAdmin, ModelAdmin):
    """The signed calls of the last half hour: which key, and when."""

    list_display = ("id", "key", "used_at")
    list_select_related = ("key",)
    search_fields = ("key__description",)
    ordering = ("-used_at",)
    sortable_by = ("used_at",)
    fields = (("key", "used_at"),)
    exclude = ("digest",)


@on_user_page
def application_passwords_panel(request: HttpRequest, user: User) -> Panel | None:
    """A user's application passwords, with the form that makes one and the way to revoke each."""
    page = admin.site.get_model_admin(ApplicationPassword)
    if not page.has_view_permission(request):
        return None
    rows = [
        (password.name, state(password), last_use(password), f"{password.created_at:%Y-%m-%d}", _revoke_link(request, password))
        for password in user.application_passwords.order_by("-created_at")
    ]
    form = PanelForm(
        OwnNameForm(initial={"user": user.pk}), reverse("admin:apikeys_applicationpassword_add"), "Make an application password"
    )
    return Panel(
        "Application passwords",
        ("Name", "State", "Last used", "Made", ""),
        rows,
        form=form if page.has_add_permission(request) else None,
    )


@on_user_page
def api_keys_panel(request: HttpRequest, user: User) -> Panel | None:
    """A user's API keys, and the way to mint one."""
    page = admin.site.get_model_admin(ApiKey)
    if not page.has_view_permission(request):
        return None
    rows = [
        (_link(key), key.get_scope_display(), short_key(key), state(key), last_use(key), _revoke_link(request, key))
        for key in user.api_keys.order_by("-id")
    ]
    mint = ("Mint a key", f"{reverse('admin:apikeys_apikey_add')}?owner={user.pk}")
    return Panel(
        "API keys",
        ("Description", "Scope", "Key", "State", "Last used", ""),
        rows,
        links=(mint,) if page.has_add_permission(request) else (),
    )


def _link(key: ApiKey) -> str:
    return link(reverse("admin:apikeys_apikey_change", args=[key.pk]), key.description)


def _revoke_link(request: HttpRequest, credential: ApiKey | ApplicationPassword) -> str:
    if credential.revoked_at or not is_shop_manager(request):
        return ""
    return link(reverse(f"admin:apikeys_{credential._meta.model_name}_revoke", args=[credential.pk]), "Revoke")
