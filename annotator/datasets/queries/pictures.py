"""The images of a sample, in order, with the objects that were detected on them."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import UUIDField

from annotator.compiled import CompiledQuery, Given
from annotator.datasets.models import Sample, SampleImage, SampleObject
from annotator.images.files import MEDIUM_PX, PREVIEW_PX
from annotator.images.models import DetectionObject, Image
from annotator.ui.words import number

PLACEHOLDER_PX = (320, 240)  # of the drawing that stands in for an awaited file


@dataclass(frozen=True)
class Box:
    """One object, in pixels of its image; `label_y` keeps its name inside the image."""

    x: float
    y: float
    width: float
    height: float
    label: str
    label_y: float


@dataclass
class Pane:
    """One image in the viewer."""

    image: Image
    number: int  # from 1
    text: str = ""  # what the sample says of this image
    boxes: list[Box] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its text, its file's name, or its number."""
        return self.text or self.image.name or f"Image {self.number}"

    @property
    def width_px(self) -> int:
        """Of the image, or of its placeholder."""
        return self.image.width_px or PLACEHOLDER_PX[0]

    @property
    def height_px(self) -> int:
        """Of the image, or of its placeholder."""
        return self.image.height_px or PLACEHOLDER_PX[1]

    @property
    def size(self) -> str:
        """“1 200 × 800” pixels; empty while they are not known."""
        if not self.image.width_px:
            return ""
        return f"{number(self.width_px)} × {number(self.height_px)}"

    @property
    def srcset(self) -> str:
        """Both copies with their widths, for the browser to choose from; empty for an awaited file."""
        if not self.image.is_stored:
            return ""
        medium, preview = (self._width_of(side_px) for side_px in (MEDIUM_PX, PREVIEW_PX))
        return f"{self.image.medium_url} {medium}w, {self.image.preview_url} {preview}w"

    def _width_of(self, side_px: int) -> int:
        """Of a copy with this longer side at most, in pixels."""
        longer_px = max(self.width_px, self.height_px)
        return max(1, round(self.width_px * min(1, side_px / longer_px)))

    @property
    def aspect_ratio(self) -> str:
        """Width by height, for CSS."""
        return f"{self.width_px / self.height_px:.3f}"

    @property
    def font_px(self) -> int:
        """Letters of a box's name, in pixels of the image, so that they are seen at any size."""
        return max(10, round(max(self.width_px, self.height_px) / 45))


GIVEN = Given("sample", UUIDField())
SHOWN = ["name", "state", "sha256", "format", "width_px", "height_px"]  # of an image
IMAGES = CompiledQuery(
    lambda: (
        SampleImage.objects.filter(sample_id=GIVEN)
        .select_related("image")
        .only("image_id", "text", *[f"image__{column}" for column in SHOWN])
        .order_by("order", "id")
    )
)
OBJECTS = CompiledQuery(
    lambda: (
        SampleObject.objects.filter(sample_id=GIVEN)
        .select_related("detection_object__image", "detection_object__label")
        .only(
            *[f"detection_object__{side}" for side in ("xmin", "ymin", "xmax", "ymax")],
            *[f"detection_object__image__{column}" for column in SHOWN],
            "detection_object__label__name",
        )
        .order_by("order", "id")
    )
)


def panes_of(sample: Sample) -> list[Pane]:
    """The sample's images, then those that only its objects are on. Two queries."""
    panes: dict[object, Pane] = {}
    for row in IMAGES.instances(sample=sample.pk):
        panes[row.image_id] = Pane(row.image, len(panes) + 1, row.text or "")
    for attached in OBJECTS.instances(sample=sample.pk):
        detected = attached.detection_object
        pane = panes.setdefault(detected.image_id, Pane(detected.image, len(panes) + 1))
        pane.boxes.append(_box(detected, pane.font_px))
    return list(panes.values())


def _box(detected: DetectionObject, font_px: int) -> Box:
    above = detected.ymin - font_px * 0.4
    return Box(
        x=detected.xmin,
        y=detected.ymin,
        width=detected.xmax - detected.xmin,
        height=detected.ymax - detected.ymin,
        label=detected.label.name,
        label_y=above if above > font_px else detected.ymin + font_px * 1.2,
    )
