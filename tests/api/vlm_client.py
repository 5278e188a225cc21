"""All that the platform's page documents, on the vendor's own base class: its own module is not published."""

from ximilar.client.recognition import RecognitionClient


class VLMClient(RecognitionClient):
    """One method for each call of the page. Names the workspace as the vendor's clients do."""

    def __init__(self, token, endpoint, workspace="Default"):
        super().__init__(token, endpoint=endpoint, workspace=workspace, resource_name="")

    def patch(self, path, data):
        return super().patch(path, data=self.add_workspace(data))

    def all(self, kind, **filters):
        """Every row of a list, over its pages."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        if self.workspace != "Default":
            query += f"&workspace={self.workspace}"
        rows, status = self.get_all_paginated_items(f"vlm/v2/{kind}/?{query}")
        assert rows is not None, status
        return rows

    def one(self, kind, row_id):
        return self.get(f"vlm/v2/{kind}/{row_id}/")

    def create(self, kind, **fields):
        return self.post(f"vlm/v2/{kind}/", data=fields)

    def change(self, kind, row_id, **fields):
        return self.patch(f"vlm/v2/{kind}/{row_id}/", fields)

    def remove(self, kind, row_id):
        return self.delete(f"vlm/v2/{kind}/{row_id}/")

    def train(self, task_id):
        return self.post(f"vlm/v2/task/{task_id}/train/")

    def add_dataset(self, task_id, dataset_id):
        return self.post(f"vlm/v2/task/{task_id}/add-dataset/", data={"dataset_id": dataset_id})

    def remove_dataset(self, task_id, dataset_id):
        return self.post(f"vlm/v2/task/{task_id}/remove-dataset/", data={"dataset_id": dataset_id})

    def of_sample(self, sample_id, verb, **body):
        """add-images, add-objects, remove-objects, set-test, set-untest, add-variable-value."""
        return self.post(f"vlm/v2/sample/{sample_id}/{verb}/", data=body or None)

    def parts_of_sample(self, sample_id, kind):
        """sample-images or sample-objects: a bare list."""
        return self.get(f"vlm/v2/sample/{sample_id}/{kind}/")

    def download_url(self, model_id):
        return self.get(f"vlm/v2/model/{model_id}/request-download")["download_url"]
