from django.urls import path

from core import dev
from core.dev_components import components, exchange

app_name = "dev"

urlpatterns = [
    path("components/", components, name="components"),
    path("components/exchange/", exchange, name="exchange"),
    path("mail/", dev.mail_list, name="mail_list"),
    path("mail/latest", dev.latest_mail, name="latest_mail"),
    path("mail/<int:pk>/", dev.mail_detail, name="mail_detail"),
]
