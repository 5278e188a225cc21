"""The check that stops the start when a view does not say who may use it."""

import types

from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.views import View

from annotator.accounts.checks import every_view_names_its_action
from annotator.accounts.permissions import Action, allow, public


def errors_for(*views):
    urls = types.ModuleType("urls_of_a_test")
    urls.urlpatterns = [path(f"{number}/", view) for number, view in enumerate(views)]
    with override_settings(ROOT_URLCONF=urls):
        return [error.id for error in every_view_names_its_action()]


def plain(request):
    return HttpResponse("open to all")


class Api(View):
    action_for = {"GET": Action.READ}

    def get(self, request):
        return HttpResponse()


class ApiWithAHole(Api):
    def post(self, request):
        return HttpResponse()


class Bare(View):
    def get(self, request):
        return HttpResponse()


def test_every_view_of_ours_names_its_action():
    assert every_view_names_its_action() == []


def test_a_view_without_a_mark_is_an_error():
    assert errors_for(plain) == ["accounts.E001"]
    assert errors_for(Bare.as_view()) == ["accounts.E001"]


def test_a_marked_view_is_none():
    assert errors_for(allow(Action.READ)(plain), public(plain), Api.as_view()) == []


def test_a_method_of_an_api_view_that_names_no_action_is_an_error():
    assert errors_for(ApiWithAHole.as_view()) == ["accounts.E001"]
