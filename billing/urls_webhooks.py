from django.urls import path

from billing import views_webhooks

urlpatterns = [path("<slug:provider>/", views_webhooks.webhook, name="webhook")]
