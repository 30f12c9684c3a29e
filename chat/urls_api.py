from django.urls import path

from chat import api

urlpatterns = [
    path("channels/<str:channel>/messages", api.ChannelMessages.as_view(), name="api_messages"),
    path("messages/<str:message>", api.MessageDetail.as_view(), name="api_message"),
]
