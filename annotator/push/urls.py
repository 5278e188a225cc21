"""Addresses of the room."""

from django.urls import path

from annotator.push import views

app_name = "push"
urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("retry/", views.retry, name="retry"),
    path("<uuid:delivery_id>/resolve/", views.resolve, name="resolve"),
]
