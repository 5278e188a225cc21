"""Addresses. Each room has its own; the API's are the platform's."""

from django.urls import include, path

handler400 = "annotator.api.views.fallback.bad_request"
handler500 = "annotator.api.views.fallback.server_error"
urlpatterns = [
    path("", include("annotator.home.urls")),
    path("", include("annotator.ui.urls")),
    path("account/", include("annotator.accounts.sign_in_urls")),
    path("", include("annotator.accounts.urls")),
    path("", include("annotator.notifications.urls")),
    path("remotes/", include("annotator.connections.urls")),
    path("images/", include("annotator.images.urls")),
    path("datasets/", include("annotator.datasets.urls")),
    path("guidelines/", include("annotator.guidelines.urls")),
    path("suggestions/", include("annotator.suggestions.urls")),
    path("deliveries/", include("annotator.push.urls")),
    path("tasks/", include("annotator.training.urls")),
    path("predictions/", include("annotator.predictions.urls")),
    path("mirror/", include("annotator.mirror.urls")),
    path("imports/", include("annotator.imports.urls")),
    path("label/", include("annotator.annotation.urls")),
    path("assignments/", include("annotator.assignments.urls")),
    path("comments/", include("annotator.comments.urls")),
    path("history/", include("annotator.history.urls")),
    path("review/", include("annotator.review.urls")),
    path("disagreements/", include("annotator.disagreements.urls")),
    path("gold/", include("annotator.gold.urls")),
    path("figures/", include("annotator.figures.urls")),
    path("exports/", include("annotator.exports.urls")),
    path("", include("annotator.api.urls")),
]
