from django.urls import path

from chat import views_transcripts as views

app_name = "transcripts"
urlpatterns = [
    path("<str:transcript>/", views.transcript, name="transcript"),
    path("<str:transcript>/state/", views.state, name="state"),
    path("<str:transcript>/file/", views.file, name="file"),
]
