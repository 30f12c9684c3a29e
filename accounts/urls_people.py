"""What everybody sees of a person: `/people/`."""

from django.urls import path

from accounts import views_people as views

app_name = "people"
urlpatterns = [path("<str:username>/", views.profile, name="profile")]
