"""Addresses of the API, with and without the trailing slash, without a redirect."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
