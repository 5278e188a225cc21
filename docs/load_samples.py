"""Loads a folder of pictures and a CSV (columns: file, then one for each variable) as samples.

    pip install ximilar-client opencv-python-headless
    python load_samples.py http://127.0.0.1:8000 TOKEN pictures pictures.csv "Graded cards" [calls|bulk]

Call by call with the platform's own client, then in bulk: a new dataset for each, unless the id of one is
given. A picture that is there already is not sent again, so fair times need an empty workspace for each.
A load that is refused leaves nothing behind: its dataset, samples and new pictures are deleted again.

A column of a new dataset is numeric if every value in it is a number that would be written the same:
00123, 1e5 and 8.50 are texts. The CSV is UTF-8, with or without a byte order mark.
"""

import csv
import json
import sys
import time
from pathlib import Path

import requests
from ximilar.client import RecognitionClient

host, token, folder, table, dataset, *modes = sys.argv[1:]
client = RecognitionClient(token, endpoint=f"{host}/", resource_name="")
made = []  # addresses of what this load has created, to be deleted if it is refused


def read_rows():
    """The CSV's rows. Ends the script when one is unusable, before anything is sent."""
    with Path(table).open(newline="", encoding="utf-8-sig") as file:
        lines = csv.DictReader(file)
        rows = list(lines)
    if "file" not in (lines.fieldnames or ()):
        sys.exit(
            f"{table}: there is no column named file, only {', '.join(lines.fieldnames or ())}."
        )
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            sys.exit(f"{table}, row {number}: it has not as many values as there are columns.")
        if not Path(folder, row["file"]).is_file():
            sys.exit(f"{table}, row {number}: there is no file {row['file']} in {folder}.")
    return rows or sys.exit(f"{table}: there are no rows.")


def is_number(text):
    """Whether a number would be written as just this text again."""
    try:
        return text in {repr(float(text)), str(int(float(text)))}
    except (ValueError, OverflowError):
        return False


def typed(text, type_name):
    """The value for a variable of this type; a text that fits none is left to the server to refuse."""
    try:
        if type_name in {"float", "integer"}:
            return float(text)
        return text if type_name == "string" else json.loads(text)
    except ValueError:
        return text


def values(row, types):
    return {name: typed(row[name], types[name]) for name in types if row.get(name)}


def post(path, data):
    """The platform's client does not look at the status: an error is a response with `detail`."""
    response = client.post(path, data=data)
    if "detail" in response:
        wrong = [row for row in response.get("results", ()) if "detail" in row][:5]
        reasons = "".join(f"\nrow {row['index'] + 1}: {row['detail']}" for row in wrong)
        sys.exit(f"{path}: {response['detail']}{reasons}")
    return response


def create(path, data):
    row = post(path, data)
    made.append(f"{path}{row['id']}/")
    return row["id"]


def target(mode):
    """(id of the dataset, ids and types of its variables by name), made unless `dataset` is an id."""
    if len(dataset) == 36:
        there, _ = client.get_all_paginated_items(f"vlm/v2/variable/?dataset={dataset}")
        ids = {variable["name"]: variable["id"] for variable in there}
        types = {variable["name"]: variable["type"] for variable in there}
        unknown = [name for name in rows[0] if name not in {"file", *ids}]
        return (
            (dataset, ids, types)
            if not unknown
            else sys.exit(f"No variable is named {unknown[0]}.")
        )
    dataset_id, ids, types = create("vlm/v2/dataset/", {"name": f"{dataset} ({mode})"}), {}, {}
    for name in rows[0]:
        if name != "file":
            column = [row[name] for row in rows if row[name]]
            types[name] = "float" if column and all(map(is_number, column)) else "string"
            body = {"dataset": dataset_id, "name": name, "type": types[name]}
            ids[name] = post("vlm/v2/variable/", body)["id"]
    return dataset_id, ids, types


def calls(dataset, variables, types):
    for row in rows:
        picture = {"_file": str(Path(folder, row["file"])), "noresize": True}
        images, status = client.upload_images([picture])
        if not images:
            sys.exit(f"{row['file']}: {status['status']}")
        if status["status"] != "exists":
            made.append(f"recognition/v2/training-image/{images[0].id}/")
        sample = create("vlm/v2/sample/", {"dataset": dataset, "name": row["file"]})
        post(f"vlm/v2/sample/{sample}/add-images/", {"image_ids": [images[0].id]})
        for name, value in values(row, types).items():
            body = {"dataset_variable": variables[name], "value": {"value": value}}
            post(f"vlm/v2/sample/{sample}/add-variable-value/", body)


def bulk(dataset, variables, types):
    url = f"{host}/recognition/v2/training-image/bulk/"
    headers = {"Authorization": f"Token {token}"}
    for part in client.batch(rows, 20):  # twenty photos of a phone stay below the 100 MB of a call
        files = [("files", (row["file"], Path(folder, row["file"]).read_bytes())) for row in part]
        response = requests.post(url, headers=headers, files=files, timeout=300).json()
        images = response.get("results") or sys.exit(response["detail"])
        made.extend(
            f"recognition/v2/training-image/{image['id']}/"
            for image in images
            if "id" in image and not image["exists"]
        )
        samples = []
        for row, image in zip(part, images, strict=True):
            image_ids = [image.get("id") or sys.exit(f"{row['file']}: {image['detail']}")]
            samples.append(
                {"name": row["file"], "image_ids": image_ids, "values": values(row, types)}
            )
        body = {"dataset": dataset, "samples": samples, "all_or_nothing": True}
        results = post("vlm/v2/sample/bulk/", body)["results"]
        made.extend(f"vlm/v2/sample/{result['id']}/" for result in results)


rows = read_rows()
for mode in modes or ["calls", "bulk"]:
    began = time.perf_counter()
    made.clear()
    try:
        (calls if mode == "calls" else bulk)(*target(mode))
    except BaseException:
        # The samples first, so that no picture is in use; the dataset, made first, goes last.
        for address in sorted(made, key=lambda each: "image" in each or 2 * ("dataset" in each)):
            client.delete(address)
        raise
    print(f"{mode}: {len(rows)} samples in {time.perf_counter() - began:.1f} s")
