"""`/sandbox/`: another company's pages, as far as anybody can see. Without slashes at the end, as clients know them."""

from django.urls import path

from billing import views_sandbox as views
from billing.views_sandbox_clock import move_clock, set_outage

app_name = "sandbox"

urlpatterns = [
    path("checkout/<str:ref>", views.checkout, name="checkout"),
    path("checkout/<str:ref>/pay", views.pay, name="pay"),
    path("checkout/<str:ref>/confirm", views.confirm, name="confirm"),
    path("checkout/<str:ref>/back", views.back, name="back"),
    path("receipts/<str:ref>", views.receipt, name="receipt"),
    path("portal/<str:ref>", views.show_portal, name="portal"),
    path("portal/<str:ref>/plan", views.portal_plan, name="portal_plan"),
    path("portal/<str:ref>/card", views.portal_card, name="portal_card"),
    path("portal/<str:ref>/cancel", views.portal_cancel, name="portal_cancel"),
    path("portal/<str:ref>/resume", views.portal_resume, name="portal_resume"),
    path("clock", move_clock, name="clock"),
    path("outage", set_outage, name="outage"),
]
