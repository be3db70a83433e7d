"""The pages: home, signing in and out, confirming a payment, and the nonce that a signed-in page's scripts need."""

from django.urls import path

from wallet_service.web import views
from wallet_service.web.packages import PackagesPage
from wallet_service.web.security import SecurityView
from wallet_service.web.step_up import StepUpView
from wallet_service.web.topups import TopupPage, TopupsPage

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("favicon.ico", views.favicon),
    path("account/login/", views.SignInView.as_view(), name="login"),
    path("account/logout/", views.SignOutView.as_view(), name="logout"),
    path("account/security/", SecurityView.as_view(), name="security"),
    path("account/step-up/<uuid:challenge_id>/", StepUpView.as_view(), name="step-up"),
    path("account/topups/", TopupsPage.as_view(), name="topups"),
    path("account/topups/<uuid:topup_id>/", TopupPage.as_view(), name="topup"),
    path("account/packages/", PackagesPage.as_view(), name="packages"),
    path("account/nonce/", views.nonce, name="nonce"),
    path("wp-admin/admin-ajax.php", views.admin_ajax, name="admin-ajax"),
]
