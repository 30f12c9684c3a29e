"""The pages of memberships and payments."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("membership/", views.membership, name="membership"),
    path("membership/checkout/", views.checkout, name="checkout"),
    path("membership/change/", views.change, name="change"),
    path("membership/cancel/", views.cancel, name="cancel"),
    path("membership/resume/", views.resume, name="resume"),
    path("membership/portal/", views.portal, name="portal"),
    path("payments/<slug:ref>/", views.payment, name="payment"),
]
