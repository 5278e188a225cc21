"""What the page of an import of answers offers in each state, the action allows."""

import pytest
from django.urls import reverse

from annotator.errors import WrongState
from annotator.imports.answers import actions
from annotator.imports.models import AnswerImport

pytestmark = pytest.mark.django_db

UNFINISHED = {"receiving", "fetching", "opening", "mapping", "checking", "checked", "importing"}


@pytest.mark.parametrize("state", AnswerImport.State.values)
def test_a_page_offers_to_cancel_what_can_be_cancelled(client, admin, dataset, state):
    answer_import = actions.begin(dataset, by=admin.user)
    AnswerImport.objects.update(state=state)
    answer_import.refresh_from_db()
    client.force_login(admin.user)

    page = client.get(reverse("imports:answers", args=[answer_import.pk])).content.decode()

    is_offered = reverse("imports:answers_cancel", args=[answer_import.pk]) in page
    assert is_offered == (state in UNFINISHED)
    if is_offered:
        actions.cancel(answer_import, by=admin.user)
    else:
        with pytest.raises(WrongState):
            actions.cancel(answer_import, by=admin.user)
