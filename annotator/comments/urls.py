"""Addresses of the room."""

from django.urls import path

from annotator.comments import views

app_name = "comments"
urlpatterns = [
    path("of/<uuid:sample_id>/", views.of_sample, name="of_sample"),
    path("of/<uuid:sample_id>/add/", views.add, name="add"),
    path("<int:comment_id>/remove/", views.remove, name="remove"),
    path("mention/<int:mention_id>/read/", views.read, name="read"),
]
