"""Addresses of the room."""

from django.urls import path

from annotator.review import views

app_name = "review"
urlpatterns = [
    path("", views.start, name="start"),
    path("<uuid:dataset_id>/", views.queue, name="queue"),
    path("<uuid:dataset_id>/list/", views.list_, name="list"),
    path("<uuid:dataset_id>/skipped/", views.skipped, name="skipped"),
    path("<uuid:dataset_id>/by-rule/", views.by_rule, name="by_rule"),
    path("<uuid:dataset_id>/approve/", views.approve_many, name="approve_many"),
    path("<uuid:dataset_id>/accept/", views.accept, name="accept"),
    path("accept/<uuid:acceptance_id>/", views.acceptance, name="acceptance"),
    path("accept/<uuid:acceptance_id>/undo/", views.undo_acceptance, name="undo_acceptance"),
    path("<uuid:dataset_id>/release/", views.release, name="release"),
    path("sample/<uuid:answer_id>/", views.sample, name="sample"),
    path("sample/<uuid:answer_id>/ahead/", views.ahead, name="ahead"),
    path("sample/<uuid:answer_id>/preview/", views.preview, name="preview"),
    path("sample/<uuid:answer_id>/hold/", views.hold, name="hold"),
    path("sample/<uuid:answer_id>/approve/", views.approve, name="approve"),
    path("sample/<uuid:answer_id>/return/", views.return_answer, name="return_answer"),
    path("sample/<uuid:answer_id>/ask/", views.ask_one_more, name="ask_one_more"),
    path("sample/<uuid:answer_id>/dispute/", views.dispute, name="dispute"),
    path("sample/<uuid:answer_id>/skip/", views.skip, name="skip"),
    path("sample/<uuid:answer_id>/undo/", views.undo, name="undo"),
    path("of/<uuid:sample_id>/", views.of_sample, name="of_sample"),
    path("reopen/<uuid:sample_id>/", views.reopen, name="reopen"),
]
