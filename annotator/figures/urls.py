"""Addresses of the room."""

from django.urls import path

from annotator.figures.views import agreement, suggestions, work

app_name = "figures"
urlpatterns = [
    path("<uuid:dataset_id>/agreement/", agreement.agreement, name="agreement"),
    path("<uuid:dataset_id>/agreement.csv", agreement.agreement_csv, name="agreement_csv"),
    path(
        "<uuid:dataset_id>/agreement/<uuid:variable_id>/",
        agreement.samples,
        name="agreement_samples",
    ),
    path("<uuid:dataset_id>/suggestions/", suggestions.suggestions, name="suggestions"),
    path("<uuid:dataset_id>/suggestions.csv", suggestions.suggestions_csv, name="suggestions_csv"),
    path("<uuid:dataset_id>/progress/", work.progress, name="progress"),
    path("<uuid:dataset_id>/progress.csv", work.progress_csv, name="progress_csv"),
    path("you/", work.own, name="own"),
    path("you.csv", work.own_csv, name="own_csv"),
    path("people/<int:user_id>/", work.person, name="person"),
    path("people/<int:user_id>.csv", work.person_csv, name="person_csv"),
]
