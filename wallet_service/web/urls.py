"""The pages: home, sign in, sign out, and the nonce that a signed-in page's scripts need."""

from django.urls import path

from wallet_service.web import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("account/login/", views.SignInView.as_view(), name="login"),
    path("account/logout/", views.SignOutView.as_view(), name="logout"),
    path("account/nonce/", views.nonce, name="nonce"),
    path("wp-admin/admin-ajax.php", views.admin_ajax, name="admin-ajax"),
]
