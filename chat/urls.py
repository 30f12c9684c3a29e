"""The room page: mounted with the other pages of rooms, under the namespace `rooms` (config/urls.py)."""

from django.urls import path

from chat import views, views_transcripts

urlpatterns = [
    path("<slug:slug>/", views.room, name="room"),
    path("<slug:slug>/post/", views.post, name="post"),
    path("<slug:slug>/transcript.txt", views_transcripts.room_text, name="transcript"),
    path("<slug:slug>/transcript.pdf", views_transcripts.room_pdf, name="transcript_pdf"),
]
