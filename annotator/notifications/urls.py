"""Addresses of the room."""

from django.urls import path

from annotator.notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notifications, name="list"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<int:notification_id>/open/", views.open_one, name="open"),
    path("account/notifications/", views.choices, name="choices"),
]
