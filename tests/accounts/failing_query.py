"""A request one of whose queries fails, as where the database is busy or the disk full."""

from django.db import OperationalError, connection

MOST_QUERIES = 60  # of one request
BROWSER = {"Accept": "text/html"}


class FailingQuery:
    """Lets one query of a request fail, the `number`th from 0; savepoints are the test's own."""

    def __init__(self, number, error):
        self.number, self.error, self.count = number, error, 0

    def __call__(self, execute, sql, params, many, context):
        if "SAVEPOINT" in sql:
            return execute(sql, params, many, context)
        self.count += 1
        if self.count == self.number + 1:
            raise self.error
        return execute(sql, params, many, context)

    @property
    def has_failed(self):
        return self.count > self.number


def locked():
    return OperationalError("database is locked")


def answer_with(client, method, address, *, number, error, **kwargs):
    """(response, whether the query was reached)"""
    failing = FailingQuery(number, error)
    with connection.execute_wrapper(failing):
        response = getattr(client, method)(address, headers=BROWSER, **kwargs)
    connection.set_rollback(False)  # the transaction is the test's, and the error was not real
    return response, failing.has_failed
