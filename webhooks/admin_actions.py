"""What a shop manager does to a webhook: each a page with a form, each by the service, and told in the audit trail.

A secret is shown once, on the answer to the POST that made it.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit.services import actor_of
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from webhooks import services
from webhooks.admin_forms import EndpointForm, RedeliverForm, RotateForm, attempt
from webhooks.endpoint_secrets import overlap_until
from webhooks.models import Delivery, Endpoint
from webhooks.redelivering import AT_ONCE_MAX, Redelivery, redeliver, redeliver_parked

LIST = "admin:webhooks_endpoint_changelist"
VERIFIED = "The receiver checks each delivery with it: docs/webhooks.md says how, in three languages."
# Which buttons there are, by what the endpoint is now.
SWITCHES = {
    Endpoint.Status.ACTIVE: {"switch_off"},
    Endpoint.Status.OFF: {"switch_on"},
    Endpoint.Status.FAILING: {"resume", "switch_off"},
}


class EndpointActions(ShopAdmin):
    """The buttons of a webhook's page, and the page that adds one."""

    actions_detail = (
        *("edit", "send_test_event", "resume", "switch_on", "switch_off", "rotate_secret"),
        *("redeliver", "send_parked_again", "skip_what_waits", "remove"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        endpoint = self.get_object(request, str(object_id))
        if endpoint is None or endpoint.removed_at or not is_shop_manager(request):
            return []
        hidden = {"resume", "switch_on", "switch_off"} - SWITCHES[Endpoint.Status(endpoint.status)]
        buttons = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [shown for shown in buttons if shown.action_name.removeprefix("webhooks_endpoint_") not in hidden]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Make one. The answer to the POST is the only page that shows the secret."""
        if not is_shop_manager(request):
            raise PermissionDenied
        form = EndpointForm(posted(request))
        if form.is_valid() and (made := attempt(form, lambda: self._create(request, form))):
            return self._show(request, *made, title="The new webhook's secret")
        return self.form_page(request, form, title="Add a webhook", submit="Add it", cancel=reverse(LIST))

    @button("Edit", icon="edit")
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self._found(request, object_id)
        initial = {name: getattr(endpoint, name) for name in EndpointForm.base_fields}
        form = EndpointForm(posted(request), initial=initial)
        if form.is_valid() and self._changed(request, endpoint, form, **form.cleaned_data):
            messages.success(request, f"{endpoint}: changed.")
            return redirect(page_of(endpoint))
        return self._page_of(request, endpoint, form, title=f"Change {endpoint}", submit="Save")

    @button("Send test event", icon="send")
    def send_test_event(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def work(endpoint: Endpoint) -> Delivery:
            return services.send_test_event(endpoint=endpoint, actor=self._actor(request), asked_by=signed_in(request))

        said = "A test event is on its way: what came back is below within seconds, if a worker runs."
        facts: Facts = (("What is sent", "webhook.test, signed as any other. Nothing happens but that."),)
        return self._confirmed(request, object_id, "Send {} a test event?", "Send it", work, lambda done: said, facts)

    @button("Resume", icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def work(endpoint: Endpoint) -> Endpoint:
            return services.resume_endpoint(endpoint=endpoint, actor=self._actor(request))

        facts: Facts = (("What waits", "is tried at once, as if for the first time."),)
        return self._confirmed(request, object_id, "Go on with {}?", "Resume", work, lambda done: f"{done} goes on.", facts)

    @button("Switch on", icon="toggle_on")
    def switch_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, Endpoint.Status.ACTIVE, "It gets what waits, and what comes.")

    @button("Switch off", icon="toggle_off")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, Endpoint.Status.OFF, "Nothing is sent. What comes waits for it.")

    @button("Rotate secret", icon="key")
    def rotate_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self._found(request, object_id)
        form = RotateForm(posted(request))
        if form.is_valid() and (secret := attempt(form, lambda: self._rotate(request, endpoint, form))):
            return self._show(request, endpoint, secret, title="The new secret")
        facts: Facts = ()
        if until := overlap_until(endpoint):
            facts = (("Two secrets sign now", f"until {until:%Y-%m-%d %H:%M} UTC: the older one dies now."),)
        return self._page_of(request, endpoint, form, title=f"A new secret for {endpoint}", submit="Rotate", facts=facts)

    @button("Redeliver", icon="replay")
    def redeliver(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self._found(request, object_id)
        form = RedeliverForm(posted(request))
        if form.is_valid() and (done := attempt(form, lambda: self._redeliver(request, endpoint, form))):
            tell_redelivery(request, done)
            return redirect(page_of(endpoint))
        facts: Facts = (
            ("At once", f"{AT_ONCE_MAX} events at most, the oldest first"),
            ("Their order", "among themselves, and beside what happens meanwhile"),
        )
        return self._page_of(request, endpoint, form, title=f"Send {endpoint} events again", submit="Send again", facts=facts)

    @button("Send parked again", icon="move_to_inbox")
    def send_parked_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def work(endpoint: Endpoint) -> Redelivery:
            return redeliver_parked(endpoint=endpoint, actor=self._actor(request))

        def said(done: Redelivery) -> str:
            return f"{done.count} events get all their attempts again."

        return self._confirmed(request, object_id, "Send {} what was parked again?", "Send again", work, said)

    @button("Skip what waits", icon="fast_forward")
    def skip_what_waits(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def work(endpoint: Endpoint) -> str:
            return f"{services.skip_waiting(endpoint=endpoint, actor=self._actor(request))} events passed over."

        facts: Facts = (("It gets", "what happens from now on. What is passed over can be sent again by “Redeliver”."),)
        return self._confirmed(request, object_id, "Pass over what waits for {}?", "Skip it", work, str, facts, is_dangerous=True)

    @button("Remove", icon="delete")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def work(endpoint: Endpoint) -> Endpoint:
            return services.remove_endpoint(endpoint=endpoint, actor=self._actor(request))

        facts: Facts = (("What waits", "is dropped"), ("What it was sent", "is still shown"), ("Its secret", "is gone for good"))
        return self._confirmed(
            request, object_id, "Remove {}?", "Remove it", work, lambda done: f"{done} is removed.", facts, is_dangerous=True
        )

    def _found(self, request: HttpRequest, object_id: str) -> Endpoint:
        """The endpoint of this page, for a manager; a removed one has no buttons."""
        if not is_shop_manager(request):
            raise PermissionDenied
        endpoint = self.get_object(request, object_id)
        if endpoint is None or endpoint.removed_at:
            raise Http404
        return endpoint  # type: ignore[no-any-return]

    def _actor(self, request: HttpRequest) -> str:
        return actor_of(signed_in(request))

    def _create(self, request: HttpRequest, form: forms.Form) -> tuple[Endpoint, str]:
        user = signed_in(request)
        made = services.create_endpoint(**form.cleaned_data, actor=actor_of(user), created_by=user)
        self.log_addition(request, made[0], "Added.")
        return made

    def _changed(self, request: HttpRequest, endpoint: Endpoint, form: forms.Form, **changes: Any) -> Endpoint | None:
        def work() -> Endpoint:
            changed = services.change_endpoint(endpoint=endpoint, actor=self._actor(request), **changes)
            self.log_change(request, changed, f"Changed: {', '.join(changes)}.")
            return changed

        return attempt(form, work)

    def _rotate(self, request: HttpRequest, endpoint: Endpoint, form: RotateForm) -> str:
        secret = services.rotate_secret(endpoint=endpoint, overlap=form.overlap(), actor=self._actor(request))
        self.log_change(request, endpoint, "Secret rotated.")
        return secret

    def _redeliver(self, request: HttpRequest, endpoint: Endpoint, form: RedeliverForm) -> Redelivery:
        user = signed_in(request)
        return redeliver(endpoint=endpoint, events=form.chosen(), actor=actor_of(user), asked_by=user)

    def _switch(self, request: HttpRequest, object_id: str, status: Endpoint.Status, then: str) -> HttpResponse:
        def work(endpoint: Endpoint) -> Endpoint:
            return services.change_endpoint(endpoint=endpoint, actor=self._actor(request), status=status.value)

        title = f"Switch {{}} {status.label}?"
        facts: Facts = (("Then", then),)
        return self._confirmed(
            request, object_id, title, f"Switch {status.label}", work, lambda done: f"{done} is {status.label}.", facts
        )

    def _confirmed(
        self,
        request: HttpRequest,
        object_id: str,
        title: str,
        submit: str,
        work: Callable[[Endpoint], Any],
        said: Callable[[Any], str],
        facts: Facts = (),
        is_dangerous: bool = False,
    ) -> HttpResponse:
        """Ask, and on POST do it."""
        endpoint = self._found(request, object_id)
        form = forms.Form(posted(request))

        def logged() -> Any:
            done = work(endpoint)
            self.log_change(request, endpoint, f"{submit}.")
            return done

        if form.is_valid() and (done := attempt(form, logged)) is not None:
            messages.success(request, said(done))
            return redirect(page_of(endpoint))
        return self._page_of(
            request, endpoint, form, title=title.format(endpoint), submit=submit, facts=facts, is_dangerous=is_dangerous
        )

    def _page_of(
        self, request: HttpRequest, endpoint: Endpoint, form: forms.Form, *, facts: Facts = (), **page: Any
    ) -> HttpResponse:
        about: Facts = (("Webhook", endpoint.url), *facts)
        return self.form_page(request, form, cancel=page_of(endpoint), obj=endpoint, facts=about, **page)

    def _show(self, request: HttpRequest, endpoint: Endpoint, secret: str, *, title: str) -> HttpResponse:
        secrets = (("Signing secret", secret),)
        return self.secret_page(request, title=title, secrets=secrets, obj=endpoint, back=page_of(endpoint), note=VERIFIED)


def tell_redelivery(request: HttpRequest, done: Redelivery) -> None:
    """What came of asking to send something again."""
    if not done.count:
        messages.warning(request, "Nothing is sent again: there is no such event, or it waits already.")
    elif done.has_more:
        messages.warning(request, f"{done.count} events are sent again. There are more: go on behind position {done.last}.")
    else:
        messages.success(request, f"{done.count} events are sent again.")


def page_of(endpoint: Endpoint) -> str:
    """The address of an endpoint's page."""
    return reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])
