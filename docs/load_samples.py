"""Loads a folder of pictures and a CSV (columns: file, then one for each variable) as samples.

    pip install ximilar-client
    python load_samples.py http://127.0.0.1:8000 TOKEN pictures pictures.csv "Graded cards" [calls|bulk]

Call by call with the platform's own client, then in bulk: a new dataset for each, unless the id of one is
given. A picture that is there already is not sent again, so fair times need an empty workspace for each.
"""

import csv
import sys
import time
from pathlib import Path

import requests
from ximilar.client import RecognitionClient

host, token, folder, table, dataset, *modes = sys.argv[1:]
client = RecognitionClient(token, endpoint=f"{host}/", resource_name="")
rows = list(csv.DictReader(Path(table).read_text(encoding="utf-8").splitlines(keepends=True)))


def typed(text):
    return float(text) if text.replace(".", "", 1).isdigit() else text


def values(row):
    return {name: typed(text) for name, text in row.items() if name != "file" and text}


def post(path, data):
    """The platform's client does not look at the status: an error is a response with `detail`."""
    response = client.post(path, data=data)
    return response if "detail" not in response else sys.exit(f"{path}: {response['detail']}")


def target(mode):
    """(id of the dataset, ids of its variables by name), made unless `dataset` is an id."""
    if len(dataset) == 36:
        variables, _ = client.get_all_paginated_items(f"vlm/v2/variable/?dataset={dataset}")
        return dataset, {variable["name"]: variable["id"] for variable in variables}
    dataset_id, variable_ids = post("vlm/v2/dataset/", {"name": f"{dataset} ({mode})"})["id"], {}
    for name, value in values(rows[0]).items():
        type_name = "string" if isinstance(value, str) else "float"
        body = {"dataset": dataset_id, "name": name, "type": type_name}
        variable_ids[name] = post("vlm/v2/variable/", body)["id"]
    return dataset_id, variable_ids


def calls(dataset, variables):
    for row in rows:
        picture = {"_file": Path(folder, row["file"]), "noresize": True}
        (image,), _ = client.upload_images([picture])
        sample = post("vlm/v2/sample/", {"dataset": dataset, "name": row["file"]})["id"]
        post(f"vlm/v2/sample/{sample}/add-images/", {"image_ids": [image.id]})
        for name, value in values(row).items():
            body = {"dataset_variable": variables[name], "value": {"value": value}}
            post(f"vlm/v2/sample/{sample}/add-variable-value/", body)


def bulk(dataset, variables):
    url = f"{host}/recognition/v2/training-image/bulk/"
    headers = {"Authorization": f"Token {token}"}
    for part in client.batch(rows, 20):  # twenty photos of a phone stay below the 100 MB of a call
        files = [("files", (row["file"], Path(folder, row["file"]).read_bytes())) for row in part]
        response = requests.post(url, headers=headers, files=files, timeout=300).json()
        samples = []
        for row, image in zip(
            part, response.get("results") or sys.exit(response["detail"]), strict=True
        ):
            image_ids = [image.get("id") or sys.exit(f"{row['file']}: {image['detail']}")]
            samples.append({"name": row["file"], "image_ids": image_ids, "values": values(row)})
        body = {"dataset": dataset, "samples": samples, "all_or_nothing": True}
        post("vlm/v2/sample/bulk/", body)


for mode in modes or ["calls", "bulk"]:
    began = time.perf_counter()
    (calls if mode == "calls" else bulk)(*target(mode))
    print(f"{mode}: {len(rows)} samples in {time.perf_counter() - began:.1f} s")
