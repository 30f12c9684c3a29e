from django.urls import path

from core import dev

app_name = "dev"

urlpatterns = [
    path("mail/", dev.mail_list, name="mail_list"),
    path("mail/latest", dev.latest_mail, name="latest_mail"),
    path("mail/<int:pk>/", dev.mail_detail, name="mail_detail"),
]
