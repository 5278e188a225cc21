"""Nobody who labels can tell a gold sample from another: the same pages, the same API, the same counts."""

import re

import pytest
from django.urls import reverse

from annotator.accounts.models import Scope
from annotator.annotation.actions import claim_next
from annotator.annotation.models import Answer
from annotator.comments.actions import add_comment
from annotator.comments.models import Comment, Mention
from annotator.datasets.models import Sample
from annotator.notifications.models import Notification
from tests.factories import make_member, make_token, make_user
from tests.gold.conftest import browser_of, fill

pytestmark = pytest.mark.django_db

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OTHERS = (r"[0-9a-f]{64}", r'name="csrfmiddlewaretoken" value="\w+"', r"csrf-token\" content=\"\w+")


@pytest.fixture
def pair(dataset, admin, anna):
    """(a copy of a gold sample, another sample), both to be labelled and alike but for their ids."""
    _, others = fill(dataset, admin, gold=3, others=3)
    Sample.objects.update(name="card", name_folded="card")
    claim_next(anna, dataset)
    copies = Sample.objects.filter(only_for=anna.user).order_by("created_at")
    Sample.objects.update(lease_holder=None, leased_until=None)
    return copies[1], others[1]


def text_of(response):
    """What came, without ids and tokens; times are words or the same."""
    text = response.content.decode()
    for pattern in (UUID.pattern, *OTHERS):
        text = re.sub(pattern, "*", text)
    for pattern in (
        r'data-held="\d+"',
        r'"until": \d+',
        r"\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|\+00:00)?",
    ):
        text = re.sub(pattern, "*", text)
    return response.status_code, text


def addresses(sample):
    return [
        reverse("annotation:sample", args=[sample.pk]),
        reverse("datasets:sample", args=[sample.pk]),
        f"/vlm/v2/sample/{sample.pk}/",
        f"/vlm/v2/sample/{sample.pk}/?include=values,images,objects",
        f"/vlm/v2/sample/{sample.pk}/variable-values/",
        f"/vlm/v2/sample/?id={sample.pk}",
    ]


def same(client, pair, label=addresses):
    one, other = ([text_of(client.get(url)) for url in label(each)] for each in pair)
    assert one == other
    return one


def test_a_gold_sample_looks_like_any_other_before_and_after_its_answer(dataset, anna, pair):
    client = browser_of(anna)
    [variable] = dataset.variables.all()

    pages = same(client, pair)
    answers = []
    for sample in pair:
        form = {f"v-{variable.pk}": 3}
        htmx = {"HX-Request": "true"}
        key = {f"operation-{variable.pk}": sample.pk, f"rev-{variable.pk}": 0}
        url = [
            reverse(f"annotation:{name}", args=[sample.pk]) for name in ("hold", "save", "submit")
        ]
        answers.append(
            [
                text_of(client.post(url[0])),
                text_of(client.post(url[1], form | key, headers={"Accept": "application/json"})),
                set(client.post(url[2], form | {f"rev-{variable.pk}": 1}, headers=htmx).json()),
            ]
        )
    after = same(client, pair)
    undone = [
        text_of(
            client.post(reverse("annotation:undo", args=[each.pk]), headers={"HX-Request": "true"})
        )
        for each in pair
    ]

    assert [status for status, _ in pages].count(200) >= 4
    assert answers[0] == answers[1]
    assert "You have submitted this" in after[0][1]
    assert undone[0][0] == undone[1][0] == 200
    assert {each.state for each in Answer.objects.all()} == {"draft"}


def api_counts(client, token, dataset):
    """How many samples the API says there are: in all, to label and approved in the dataset."""
    queries = ("", *(f"?dataset={dataset.pk}&state={state}" for state in ("unlabeled", "approved")))
    return [
        client.get(f"/vlm/v2/sample/{query}", headers=token).json()["count"] for query in queries
    ]


def test_gallery_filters_facets_counts_and_lists_show_the_copy_in_place_of_the_sample(
    dataset, admin, anna, pair
):
    client, manager = browser_of(anna), browser_of(admin)
    gallery = reverse("datasets:gallery", args=[dataset.pk])

    def states(browser, query=""):
        page = browser.get(gallery + query)
        return {card.sample.pk: card.sample.state for card in page.context["cards"]}, page.context

    mine, context = states(client)
    theirs, whole = states(manager)
    [facet] = [each for each in context["facets"] if each.title == "State"]

    assert len(mine) == len(theirs) == context["whole"] == whole["whole"] == 6
    assert set(mine.values()) == {"unlabeled"}
    assert sorted(theirs.values()) == ["approved"] * 3 + ["unlabeled"] * 3
    assert (context["to_label"], whole["to_label"]) == (6, 3)
    assert {link.words: link.count for link in facet.links}["To label"] == "6"
    assert pair[0].pk in mine
    assert pair[0].pk not in theirs
    refused = client.get(gallery + "?gold=yes").context
    assert (refused["cards"], len(refused["filter"].problems)) == ([], 1)
    assert "Gold" not in [each.title for each in context["facets"]]
    assert len(states(manager, "?gold=yes")[0]) == 3
    for query in ("?state=approved", "?v.grade=7", "?v.grade.min=1", "?v.grade.is=set"):
        assert states(client, query)[0] == {}, query
    assert len(states(client, "?v.grade.is=missing")[0]) == 6
    assert len(states(manager, "?v.grade.is=set")[0]) == 3
    listed = client.get(reverse("datasets:list")).context["cards"]
    assert listed[0][0].counts == {"unlabeled": 6}
    token = {"Authorization": f"Token {make_token(anna, scope=Scope.LABEL)}"}
    rows = client.get(f"/vlm/v2/sample/?dataset={dataset.pk}", headers=token).json()
    assert {row["id"] for row in rows["results"]} == {str(pk) for pk in mine}
    assert [rows["count"], *api_counts(client, token, dataset)] == [6, 6, 6, 0]
    assert {row["variables_count"] for row in rows["results"]} == {0}
    assert client.get(f"/vlm/v2/dataset/{dataset.pk}/", headers=token).json()["samples_count"] == 6


def test_the_gold_sample_itself_and_the_pages_about_gold_are_closed(dataset, anna, pair):
    client, gold = browser_of(anna), pair[0].gold_of

    for url in addresses(gold)[:5]:
        assert client.get(url).status_code == 404, url
    for name in ("gold:gold", "gold:settings"):
        assert client.get(reverse(name, args=[dataset.pk])).status_code == 403
    assert "Gold" not in client.get(reverse("datasets:gallery", args=[dataset.pk])).text


def test_nobody_is_told_what_is_said_about_a_gold_sample_that_they_are_tested_with(
    dataset, admin, reviewer, anna, pair
):
    known, other = pair[0].gold_of, pair[1]
    ben = make_member(workspace=dataset.workspace, user=make_user(username="ben"))
    before = "@anna It will be gold: a 7."
    comment = add_comment(other, by=admin.user, text=before)
    Comment.objects.filter(pk=comment.pk).update(sample=known)

    add_comment(known, by=admin.user, text=f"@anna @ben @{reviewer.user.username} It is a 7.")

    token = {"Authorization": f"Token {make_token(anna, scope=Scope.LABEL)}"}
    client = browser_of(anna)
    assert client.get("/vlm/v2/comment/", headers=token).json()["count"] == 0
    assert before not in client.get(reverse("home:waiting")).text
    told = Notification.objects.exclude(key=str(comment.pk))
    assert [each.recipient for each in told] == [reviewer.user]
    assert not Mention.objects.filter(person=ben.user).exists()


@pytest.mark.both_databases
def test_a_reviewer_answers_a_comment_on_a_gold_copy_which_its_annotator_takes_for_any_other(
    dataset, reviewer, anna, pair
):
    ben = make_member(workspace=dataset.workspace, user=make_user(username="ben"))
    client, rita, name = browser_of(anna), browser_of(reviewer), reviewer.user.username
    shown = same(client, pair, lambda each: [reverse("comments:of_sample", args=[each.pk])])
    for sample in pair:
        url = reverse("comments:add", args=[sample.pk])
        assert client.post(url, {"text": f"Dark, @{name} and @ben?"}).status_code == 302
    copy = pair[0]

    told = Notification.objects.visible_to(reviewer).get(key=str(copy.comments.get().pk))
    page = rita.get(told.url)
    reply = reverse("comments:add", args=[copy.pk])
    replied = rita.post(reply, {"text": "Take the left one, @anna."})

    assert (page.status_code, replied.status_code) == (200, 302)
    assert "anna is tested with this gold sample" in page.text
    assert reverse("datasets:sample", args=[copy.gold_of_id]) in page.text
    assert rita.get(reverse("datasets:sample", args=[copy.gold_of_id])).status_code == 200
    assert [each.comment.sample for each in Mention.objects.filter(person=ben.user)] == [pair[1]]
    assert browser_of(ben).get(told.url).status_code == 404
    back = Notification.objects.visible_to(anna).get()
    assert back.url == reverse("comments:of_sample", args=[copy.pk])
    assert "Take the left one" in client.get(back.url).text
    assert "is tested" not in client.get(back.url).text + shown[0][1]
    token = {"Authorization": f"Token {make_token(reviewer, scope=Scope.LABEL)}"}
    url, body = "/vlm/v2/comment/", {"sample": str(copy.pk), "text": "Thank you."}
    assert client.post(url, body, "application/json", headers=token).status_code == 201
