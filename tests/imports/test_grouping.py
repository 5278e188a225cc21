"""Which pictures make one sample."""

import pytest

from annotator.errors import BadInput
from annotator.imports.grouping import (
    checked_path,
    groups_of,
    is_passed_over,
    keys_for_tests,
    natural_key,
)

CARDS = [
    "cards/card10_front.jpg",
    "cards/card2_back.jpg",
    "cards/card2_front.png",
    "cards/more/card2_front.jpg",
    "cards/card2.jpg",
]


def names_and_sizes(paths, grouping):
    return [(group.name, len(group.paths)) for group in groups_of(paths, grouping)]


def test_each_picture_is_a_sample_in_natural_order():
    assert names_and_sizes(["a/10.jpg", "a/9.jpg", "a/B.jpg"], "each") == [
        ("9", 1),
        ("10", 1),
        ("B", 1),
    ]


def test_names_that_begin_alike_are_one_sample_within_one_folder():
    assert names_and_sizes(CARDS, "prefix") == [("card2", 3), ("card10", 1), ("card2", 1)]


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("card7_front.jpg", "card7"),
        ("card7-2.jpg", "card7"),
        ("my card 1.jpg", "my card"),
        ("a_b_c.jpg", "a_b"),
        ("card7.jpg", "card7"),
        ("_1.jpg", "_1"),
        ("noextension", "noextension"),
    ],
)
def test_a_prefix_ends_at_the_last_separator(file_name, name):
    assert names_and_sizes([file_name], "prefix") == [(name, 1)]


def test_a_folder_is_a_sample_named_without_the_folder_that_was_dropped():
    paths = ["set/1/a.jpg", "set/1/b.jpg", "set/2/x/a.jpg", "set/top.jpg", "loose.jpg"]

    assert names_and_sizes(paths, "folder") == [
        ("Pictures", 1),
        ("1", 2),
        ("2/x", 1),
        ("set", 1),
    ]


def test_pictures_within_a_sample_are_in_natural_order():
    (group,) = groups_of(["f/p10.jpg", "f/p9.jpg", "f/P1.jpg"], "folder")

    assert group.paths == ["f/P1.jpg", "f/p9.jpg", "f/p10.jpg"]


def test_the_front_comes_before_the_back_and_the_rest_between():
    paths = ["c7_back.jpg", "c7_detail.jpg", "c7 Front.jpg", "c7.jpg"]

    (group,) = groups_of(paths, "prefix")

    assert group.paths == ["c7 Front.jpg", "c7.jpg", "c7_detail.jpg", "c7_back.jpg"]


def test_any_name_can_be_sorted():
    names = ["1a", "a1", "", "a", "1", "٣", "²", "é"]

    assert sorted(names, key=natural_key)


@pytest.mark.parametrize(("percent", "tests"), [(0, 0), (10, 5), (25, 12), (100, 50)])
def test_the_share_for_tests_is_exact_and_always_the_same(percent, tests):
    groups = groups_of([f"{number}.jpg" for number in range(50)], "each")

    chosen = keys_for_tests(groups, percent)

    assert len(chosen) == tests
    assert chosen == keys_for_tests(groups, percent)


@pytest.mark.parametrize(
    "path", ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "C:\\a.jpg", "", "x" * 2000]
)
def test_a_path_that_leads_astray_is_refused(path):
    with pytest.raises(BadInput):
        checked_path(path)


def test_a_path_is_written_one_way():
    assert checked_path("a\\b//./c.jpg") == "a/b/c.jpg"


@pytest.mark.parametrize(
    "path", [".DS_Store", "a/Thumbs.db", "__MACOSX/a/b.jpg", "a/._photo.jpg", "desktop.ini"]
)
def test_what_computers_leave_lying_is_passed_over(path):
    assert is_passed_over(path)
    assert not is_passed_over("a/photo._1.jpg")
