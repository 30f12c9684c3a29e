from django.urls import path

from chat import views_conversations as views
from chat import views_transcripts

app_name = "conversations"
urlpatterns = [
    path("", views.conversation_list, name="list"),
    path("<slug:slug>/", views.talk, name="talk"),
    path("<slug:slug>/post/", views.post, name="post"),
    path("<slug:slug>/leave/", views.leave, name="leave"),
    path("<slug:slug>/mute/", views.mute, name="mute"),
    path("<slug:slug>/people/", views.add, name="add"),
    path("<slug:slug>/transcript.txt", views_transcripts.conversation_text, name="transcript"),
    path("<slug:slug>/transcript.pdf", views_transcripts.conversation_pdf, name="transcript_pdf"),
]
