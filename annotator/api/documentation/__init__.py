"""The documentation of the API: the OpenAPI document, and pages made from it."""
