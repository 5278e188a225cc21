"""A dataset on the fault remote and its copy here, as mirroring leaves them."""

from annotator.datasets.actions import set_value
from annotator.datasets.models import Dataset, Sample, Variable, VariableValue
from tests.factories import make_remote

GRADE = {"name": "grade", "type": "float", "min_value": 0, "max_value": 10}


class Pair:
    """One sample with a grade, there and here."""

    def __init__(self, server, *, held=None, config=GRADE, samples=1):
        self.server = server
        self.platform = server.platform
        self.remote = make_remote(server)
        there = self.platform.add_dataset(variables=[config])
        [self.there_variable] = self.platform.variables_of(there["id"])
        self.dataset = Dataset.objects.create(
            workspace=self.remote.workspace, name="D", remote=self.remote, remote_key=there["id"]
        )
        self.variable = Variable.objects.create(
            dataset=self.dataset, remote=self.remote, remote_key=self.there_variable["id"], **config
        )
        values = {} if held is None else {config["name"]: held}
        self.samples = []
        for _ in range(samples):
            row = self.platform.add_sample(there["id"], values=values)
            sample = Sample.objects.create(
                dataset=self.dataset, remote=self.remote, remote_key=row["id"]
            )
            if held is not None:
                value = set_value(sample, self.variable, held, origin="mirrored", by=None)
                VariableValue.objects.filter(pk=value.pk).update(remote_state={"value": held})
            self.samples.append(sample)

    @property
    def sample(self):
        return self.samples[0]

    def give(self, value, sample=None):
        """A person's answer, which counts at once."""
        sample = sample or self.sample
        sample.refresh_from_db()
        return set_value(sample, self.variable, value, origin="typed", by=None)

    @property
    def there(self):
        """The value that the remote holds, or None."""
        return self.there_of(self.sample)

    def there_of(self, sample):
        value = self.platform.values.get((sample.remote_key, self.there_variable["id"]))
        return None if value is None else value["value"]

    def change_there(self, value):
        key = (self.sample.remote_key, self.there_variable["id"])
        self.platform.values[key] = {"value": value}
