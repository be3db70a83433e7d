"""Users and groups. Only a superuser changes what somebody may do, or somebody's password."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from people.admin_acts import RIGHTS_FIELDS, GroupActs, UserActs
from people.admin_base import ShopAdmin, button, signed_in
from people.admin_panels import UserView, panels_of, user_views
from people.models import User
from people.rights import is_within_rank

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(UserActs, ShopAdmin, DjangoUserAdmin, ModelAdmin):
    """With Django's permission to change users one edits names and e-mail of those who may not do more than oneself."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    change_form_template = "people/admin/user.html"

    actions_detail = ("change_password",)
    list_display = ("username", "email", "is_staff", "is_active", "last_login", "group_names")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    filter_horizontal = ()
    autocomplete_fields = ("groups",)
    ordering = ("-id",)
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined", "password_state")
    fieldsets = (
        (None, {"fields": ("username", "email", "password_state")}),
        ("Name", {"fields": (("first_name", "last_name"),)}),
        ("What he may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if signed_in(request).is_superuser else (*fixed, *RIGHTS_FIELDS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or is_within_rank(signed_in(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return signed_in(request).is_superuser

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Somebody else's password is the superuser's affair; one's own is changed behind the name at the top."""
        if not signed_in(request).is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        user = kwargs.get("obj")
        context["panels"] = panels_of(request, user) if user else []
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if signed_in(request).is_superuser else []

    def get_urls(self) -> list[URLPattern]:
        """With the pages that the floors above put below a user's."""
        more = [
            path(f"<int:user_id>/{name}/", self.admin_site.admin_view(self._of_user(view)), name=f"people_user_{name}")
            for name, view in user_views().items()
        ]
        found: list[URLPattern] = super().get_urls()
        return more + found

    def _of_user(self, view: UserView) -> Callable[[HttpRequest, int], HttpResponse]:
        def show(request: HttpRequest, user_id: int) -> HttpResponse:
            user = self.get_object(request, str(user_id))
            if user is None:
                raise Http404
            return view(self, request, user)

        return show

    @button("Change password", icon="key")
    def change_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:auth_user_password_change", object_id)

    @admin.display(description="Groups")
    def group_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    @admin.display(description="Password")
    def password_state(self, user: User) -> str:
        return "Set" if user.has_usable_password() else "None: he cannot sign in with one"


@admin.register(Group)
class GroupAdmin(GroupActs, ShopAdmin, DjangoGroupAdmin, ModelAdmin):
    """What a group may do, each of its members may: only a superuser changes that."""

    ordering: ClassVar = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return signed_in(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return signed_in(request).is_superuser

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What holds a group is named as what is in the way, not as something that nobody may delete."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return found, counts, set() if protected else lacking, protected
