"""Addresses of the room."""

from django.urls import path

from annotator.gold import views

app_name = "gold"
urlpatterns = [
    path("<uuid:dataset_id>/", views.gold, name="gold"),
    path("<uuid:dataset_id>/settings/", views.settings, name="settings"),
    path("<uuid:dataset_id>/mark/", views.mark, name="mark"),
    path("<uuid:dataset_id>/let-go-on/<int:user_id>/", views.let_go_on, name="let_go_on"),
]
