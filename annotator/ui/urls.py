"""Address of the theme switch."""

from django.urls import path

from annotator.ui import views

app_name = "ui"
urlpatterns = [path("theme/", views.set_theme, name="theme")]
