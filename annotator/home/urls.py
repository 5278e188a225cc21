"""Addresses of the room."""

from django.urls import path

from annotator.home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("waiting/", views.waiting, name="waiting"),
    path("system/", views.system, name="system"),
    path("health/", views.health, name="health"),
]
