"""The addresses of the product, and the bare view that the benchmark sets them beside."""

from django.http import JsonResponse
from django.urls import include, path

ANSWER = {"id": 1, "name": "card-000001", "test": False, "meta_data": {}, "workspace": "default"}


def bare(request):
    """What Django costs with our middleware, without a database, a token or a serializer."""
    return JsonResponse(ANSWER)


urlpatterns = [path("bench/bare/", bare), path("", include("annotator.urls"))]
