"""Calls the API with a token and JSON bodies."""

from rest_framework.test import APIClient


class ApiCaller:
    """`api.get("/vlm/v2/prompt/")`: every method gives the response, `body()` what is in it."""

    def __init__(self, token=None, *, expect=None):
        self.client = APIClient()
        if token:
            self.client.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    def get(self, path, **query):
        return self.client.get(path, query or None)

    def post(self, path, data=None, **headers):
        if data is None:
            return self.client.post(path, **headers)
        return self.client.post(path, data, format="json", **headers)

    def patch(self, path, data):
        return self.client.patch(path, data, format="json")

    def put(self, path, data):
        return self.client.put(path, data, format="json")

    def delete(self, path):
        return self.client.delete(path)

    def raw(self, path, body, *, method="post", content_type="application/json"):
        """Any bytes as the body."""
        return self.client.generic(method.upper(), path, body, content_type=content_type)

    def rows(self, path, **query):
        """All rows of a list, read through `next`."""
        answer = self.get(path, **query)
        rows = []
        while True:
            assert answer.status_code == 200, answer.content
            body = answer.json()
            rows += body["results"]
            if body["next"] is None:
                assert body["count"] == len(rows)
                return rows
            answer = self.get(body["next"])
