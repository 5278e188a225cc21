"""A small VLM platform in memory: what the fault remote serves when it behaves.

    platform = Platform(seed=1)
    dataset = platform.add_dataset(name="Shoes", variables=[{"name": "grade", "type": "integer"}])
    sample = platform.add_sample(dataset["id"], images=2, values={"grade": 7})

Tables are dicts by id in insertion order (`platform.samples` …): read and change them freely while the
server runs. Switches: `values_readable` (False: samples carry no values, as the platform's page has it),
`announces` (what the capability document includes, None: there is no such document),
`announces_cursor`, `max_page_size`.
Ids, colours and everything else follow from the seed. `trainings` counts the trainings started.
"""

from __future__ import annotations

import base64
import io
import random
import uuid

from PIL import Image

TABLES = ("prompts", "tasks", "datasets", "variables", "samples", "models", "images", "labels")
CREATED = "2025-12-17T10:30:00.000000Z"


class Platform:
    """Rows of one workspace, made by hand or through the API."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.workspace = self.new_id()
        self.username = "remote-user"
        for table in (*TABLES, "objects"):
            setattr(self, table, {})
        self.sample_images: dict[str, list[dict]] = {}  # by sample
        self.sample_objects: dict[str, list[dict]] = {}
        self.values: dict[
            tuple[str, str], dict
        ] = {}  # by (sample, variable), as sent: {"value": …}
        self.pictures: dict[str, bytes] = {}  # by image
        self.trainings: dict[str, int] = {}  # by task
        self.values_readable = True
        self.announces: list[str] | None = None
        self.announces_cursor = False
        self.max_page_size = 100

    def new_id(self) -> str:
        """A version 4 UUID that follows from the seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def add(self, table: str, **fields: object) -> dict:
        """Put a row into a table as it is."""
        row = {"id": self.new_id(), **fields, "workspace": self.workspace}
        getattr(self, table)[row["id"]] = row
        return row

    def add_prompt(self, name: str = "Prompt", **fields: object) -> dict:
        """A user prompt, unless `type` says otherwise."""
        usual = {"type": "user", "content": "Look.", "description": "", "format": None}
        return self.add("prompts", name=name, **usual | fields)

    def add_dataset(self, name: str = "Dataset", variables: list[dict] = (), **fields) -> dict:
        """A dataset with variables given as `{"name", "type", …}`."""
        row = self.add("datasets", name=name, description="", created_date=CREATED, **fields)
        for config in variables:
            self.add_variable(row["id"], **config)
        return row

    def add_variable(self, dataset_id: str, name: str, **config: object) -> dict:
        """A string variable, unless `type` says otherwise."""
        usual = {"type": "string", "required": False}
        return self.add("variables", dataset=dataset_id, name=name, **usual | config)

    def add_sample(
        self, dataset_id: str, images: int = 0, values: dict | None = None, **fields
    ) -> dict:
        """A sample with that many new images, and values by the variable's name."""
        row = self.add(
            "samples",
            **{"dataset": dataset_id, "name": None, "description": None, "test": False}
            | {"type": "multi_random", "created_date": CREATED}
            | {"input_meta_data": {}, "meta_data": {}, **fields},
        )
        for _ in range(images):
            self.attach_image(row["id"], self.add_image()["id"])
        ids = {v["name"]: v["id"] for v in self.variables_of(dataset_id)}
        for name, value in (values or {}).items():
            self.values[row["id"], ids[name]] = {"value": value}
        return row

    def add_image(self, picture: bytes | None = None) -> dict:
        """An image of real bytes: a small JPEG of its own colour unless given."""
        picture = picture or self.draw()
        width, height = Image.open(io.BytesIO(picture)).size
        row = self.add(
            "images",
            created=CREATED,
            img_width=width,
            img_height=height,
            test_image=False,
            meta_data={},
            labels=[],
        )
        self.pictures[row["id"]] = picture
        return row

    def draw(self) -> bytes:
        """A 32×24 JPEG of a random colour."""
        file = io.BytesIO()
        colour = tuple(self.random.randrange(256) for _ in range(3))
        Image.new("RGB", (32, 24), colour).save(file, "JPEG")
        return file.getvalue()

    def attach_image(self, sample_id: str, image_id: str) -> None:
        places = self.sample_images.setdefault(sample_id, [])
        fields = {"text": None, "order": len(places), "resize": None, "meta_data": {}}
        places.append({"id": self.new_id(), "image_id": image_id, **fields})

    def attach_object(self, sample_id: str, object_id: str) -> None:
        places = self.sample_objects.setdefault(sample_id, [])
        fields = {"text": None, "order": len(places), "meta_data": {}}
        places.append({"id": self.new_id(), "detection_object_id": object_id, **fields})

    def add_object(self, image_id: str, box: list[int], label: str = "car") -> dict:
        """A detection object with a label of that name, made when it is new."""
        known = next((row for row in self.labels.values() if row["name"] == label), None)
        known = known or self.add("labels", name=label, color="#FF0000", output_name=label)
        fields = {"image": image_id, "detection_label": known["id"], "data": box, "meta_data": {}}
        return self.add("objects", **fields)

    def add_task(self, name: str = "Task", datasets: list[str] = ()) -> dict:
        fields = {"name": name, "description": "", "created": CREATED, "auto_deploy": False}
        versions = {"production_version": 0, "last_version": 0, "max_tokens": 1000}
        return self.add("tasks", **fields, **versions, datasets=list(datasets), training_params={})

    def finish_training(self, task_id: str) -> dict:
        """What happens some time after `train`: a version more, and its model."""
        task = self.tasks[task_id]
        task["last_version"] += 1
        fields = {"task": task_id, "version": task["last_version"], "created": CREATED}
        return self.add("models", **fields, metrics={"exact_match": 0.5})

    def variables_of(self, dataset_id: str) -> list[dict]:
        return [row for row in self.variables.values() if row["dataset"] == dataset_id]

    def value(self, sample_id: str, name: str) -> object:
        """The bare value the remote now holds; KeyError when it holds none."""
        dataset_id = self.samples[sample_id]["dataset"]
        ids = {v["name"]: v["id"] for v in self.variables_of(dataset_id)}
        return self.values[sample_id, ids[name]]["value"]

    # What goes over the wire

    def show(self, table: str, row: dict, base: str, *, whole: bool, include: list[str]) -> dict:
        """A row as the API answers it; `whole` for one asked by its id."""
        match table:
            case "prompts":
                return row if whole else {k: v for k, v in row.items() if k != "content"}
            case "datasets":
                samples = sum(s["dataset"] == row["id"] for s in self.samples.values())
                counts = {"variables_count": len(self.variables_of(row["id"]))}
                return row | counts | {"samples_count": samples, "version": "2025-12-21"}
            case "tasks":
                return row | {"dataset_count": len(row["datasets"]), "training_time": 180}
            case "variables":
                return row | {"dataset_name": self.datasets[row["dataset"]]["name"]}
            case "images":
                return row | self.image_addresses(row["id"], base)
            case "samples":
                return self._show_sample(row, base, include if not whole else ["values"])
        return row

    def image_addresses(self, image_id: str, base: str) -> dict:
        path = f"{base}/media/{image_id}.jpg"
        return {"img_path": path, "thumb_img_path": f"{path}?thumb"}

    def _show_sample(self, row: dict, base: str, include: list[str]) -> dict:
        sample_id = row["id"]
        variables = self.variables_of(row["dataset"])
        held = [v for v in variables if (sample_id, v["id"]) in self.values]
        shown = row | {
            "dataset_name": self.datasets[row["dataset"]]["name"],
            "images_count": len(self.sample_images.get(sample_id, [])),
            "objects_count": len(self.sample_objects.get(sample_id, [])),
            "variables_count": len(held),
            "dataset_variables_config": {v["name"]: v for v in variables},
        }
        if "values" in include and self.values_readable:
            shown["sample_variables"] = [
                {
                    "variable": v["id"],
                    "variable_name": v["name"],
                    "value": self.values[sample_id, v["id"]]["value"],
                }
                for v in held
            ]
        if "images" in include:
            shown["images"] = self.show_sample_images(sample_id, base)
        if "objects" in include:
            shown["objects"] = self.show_sample_objects(sample_id, base)
        return shown

    def show_sample_images(self, sample_id: str, base: str) -> list[dict]:
        shown = []
        for place in self.sample_images.get(sample_id, []):
            path = self.image_addresses(place["image_id"], base)
            thumb = {"img_path": path["img_path"], "thumb": path["thumb_img_path"]}
            shown.append(place | thumb | {"workspace": self.workspace})
        return shown

    def show_sample_objects(self, sample_id: str, base: str) -> list[dict]:
        shown = []
        for place in self.sample_objects.get(sample_id, []):
            thing = self.objects[place["detection_object_id"]]
            label = self.labels[thing["detection_label"]]
            path = self.image_addresses(thing["image"], base)
            fields = {"image_id": thing["image"], "bbox": thing["data"]}
            urls = {"image_url": path["img_path"], "thumb_url": path["thumb_img_path"]}
            names = {"label_name": label["name"], "label_color": label["color"]}
            shown.append(place | fields | urls | names | {"workspace": self.workspace})
        return shown

    def upload(self, encoded: str) -> dict | str:
        """The new image's row, or the id of the same picture uploaded before."""
        picture = base64.b64decode(encoded.partition("base64,")[2] or encoded)
        known = next((key for key, held in self.pictures.items() if held == picture), None)
        return known or self.add_image(picture)
