"""Addresses of the room."""

from django.urls import path

from annotator.datasets.views import (
    foreign,
    gallery,
    listing,
    many,
    prompts,
    sample,
    schema,
    settings,
    variables,
)

app_name = "datasets"
urlpatterns = [
    path("", listing.datasets, name="list"),
    path("new/", listing.new, name="new"),
    path("prompts/", prompts.prompts, name="prompts"),
    path("prompts/new/", prompts.new, name="new_prompt"),
    path("prompts/<uuid:prompt_id>/", prompts.edit, name="prompt"),
    path("prompts/<uuid:prompt_id>/delete/", prompts.delete, name="delete_prompt"),
    path("samples/<uuid:sample_id>/", sample.sample, name="sample"),
    path("samples/<uuid:sample_id>/images/", sample.images, name="sample_images"),
    path("samples/<uuid:sample_id>/delete/", sample.delete, name="delete_sample"),
    path("variables/<uuid:variable_id>/", variables.edit, name="variable"),
    path("variables/<uuid:variable_id>/move/", variables.move, name="move_variable"),
    path("variables/<uuid:variable_id>/remove/", variables.remove, name="remove_variable"),
    path("<uuid:dataset_id>/", gallery.gallery, name="gallery"),
    path("<uuid:dataset_id>/act/", many.act, name="act"),
    path("<uuid:dataset_id>/settings/", settings.settings, name="settings"),
    path("<uuid:dataset_id>/delete/", settings.delete, name="delete"),
    path("<uuid:dataset_id>/schema/", schema.schema, name="schema"),
    path("<uuid:dataset_id>/schema/add/", variables.add, name="add_variable"),
    path("<uuid:dataset_id>/schema/from/", foreign.add_from_schema, name="add_from_schema"),
    path("<uuid:dataset_id>/prompts/<slug:name>/", schema.choose_prompt, name="choose_prompt"),
]
