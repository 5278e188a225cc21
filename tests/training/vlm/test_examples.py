"""Which images a sample shows in which epoch, and how a picture is opened. Needs no torch."""

import pytest
from PIL import Image as Pillow

from annotator.training.runner.vlm.examples import example_of, fixed_example, variants
from annotator.training.runner.vlm.pictures import open_part


def part(path, box=None, text=None, resize=None):
    return {"path": path, "text": text, "resize": resize, "box": box}


def row(type_, parts, **texts):
    return {
        "id": "1",
        "type": type_,
        "parts": parts,
        "system": "",
        "user": "Q",
        "answer": "A",
    } | texts


FOUR = [part("a"), part("b"), part("c"), part("a", box=[0, 0, 1, 1])]


def paths(example):
    return [one["path"] for one in example.parts]


def test_a_single_sample_shows_one_image_an_epoch_with_the_objects_of_that_one():
    shown = [example_of(row("single", FOUR), epoch=epoch, seed=1) for epoch in range(20)]

    assert {paths(example)[0] for example in shown} == {"a", "b", "c"}
    assert {len(example.parts) for example in shown if paths(example)[0] == "a"} == {2}
    assert {len(example.parts) for example in shown if paths(example)[0] != "a"} == {1}
    assert paths(fixed_example(row("single", FOUR))) == ["a", "a"]
    assert len(variants(row("single", FOUR))) == 3


def test_multi_random_shuffles_by_seed_and_epoch_and_multi_ordered_never():
    orders = [paths(example_of(row("multi_random", FOUR), epoch=e, seed=1)) for e in range(20)]
    again = [paths(example_of(row("multi_random", FOUR), epoch=e, seed=1)) for e in range(20)]
    other = [paths(example_of(row("multi_random", FOUR), epoch=e, seed=2)) for e in range(20)]

    assert len({tuple(order) for order in orders}) == 6
    assert orders == again != other
    assert {order[3] for order in orders} == {"a"}  # objects come last
    assert {
        tuple(paths(example_of(row("multi_ordered", FOUR), epoch=epoch, seed=1)))
        for epoch in range(20)
    } == {("a", "b", "c", "a")}


def test_texts_of_images_stand_after_them_and_the_prompt_last():
    example = fixed_example(row("multi_ordered", [part("a", text="Front"), part("b")], system="S"))

    system, user, answer = example.messages(with_answer=True)

    assert system == {"role": "system", "content": [{"type": "text", "text": "S"}]}
    kinds = [piece.get("text", piece["type"]) for piece in user["content"]]
    assert kinds == ["image", "Front", "image", "Q"]
    assert answer["content"][0]["text"] == "A"
    assert [message["role"] for message in example.messages(with_answer=False)] == [
        "system",
        "user",
    ]


@pytest.mark.parametrize(
    ("resize", "size"),
    [(None, (40, 20)), ("10", (10, 5)), ("8x4", (8, 4)), ("large", (40, 20)), ("0", (40, 20))],
)
def test_an_image_is_resized_as_its_sample_says(tmp_path, resize, size):
    Pillow.new("RGB", (40, 20)).save(tmp_path / "a.png")

    assert open_part(part(tmp_path / "a.png", resize=resize), max_side=None).size == size


def test_an_object_is_cut_out_of_the_upright_image_and_stays_within_it(tmp_path):
    image = Pillow.new("RGB", (40, 20), "red")
    image.paste("blue", (30, 0, 40, 20))
    image.save(tmp_path / "a.png")

    cut = open_part(part(tmp_path / "a.png", box=[30, 5, 99, 10]), max_side=None)

    assert (cut.size, cut.getpixel((0, 0))) == ((10, 5), (0, 0, 255))
    assert open_part(part(tmp_path / "a.png", box=[50, 50, 60, 60]), max_side=None).size == (1, 1)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (0, 0, 0, 0), (255, 255, 255)),
        ("LA", (0, 255), (0, 0, 0)),
        ("I;16", 65535, (255, 255, 255)),
        ("L", 7, (7, 7, 7)),
        ("CMYK", (0, 0, 0, 0), (255, 255, 255)),
    ],
)
def test_every_kind_of_picture_becomes_rgb(tmp_path, mode, colour, expected):
    name = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Pillow.new(mode, (4, 4), colour).save(name)

    opened = open_part(part(name), max_side=2)

    assert (opened.mode, opened.size, opened.getpixel((0, 0))) == ("RGB", (2, 2), expected)
