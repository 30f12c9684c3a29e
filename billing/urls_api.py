from django.urls import path

from billing import api

urlpatterns = [
    path("plans", api.PlansView.as_view(), name="api_plans"),
    path("membership", api.MembershipView.as_view(), name="api_membership"),
    path("membership/cancel", api.CancelView.as_view(), name="api_membership_cancel"),
    path("payments", api.PaymentsView.as_view(), name="api_payments"),
    path("payments/<slug:ref>", api.PaymentView.as_view(), name="api_payment"),
    path("payments/<slug:ref>/refunds", api.RefundsView.as_view(), name="api_refunds"),
]
