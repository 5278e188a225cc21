"""A dataset on the fault remote, and mirroring it from the first step to the last."""

import pytest
from django.utils import timezone

from annotator.connections.models import Remote
from annotator.images.models import Image
from annotator.mirror import actions
from annotator.mirror.models import MirrorRun
from tests.factories import make_remote

GRADE = {"name": "grade", "type": "float", "required": True, "min_value": 0, "max_value": 10}
NOTE = {"name": "note", "type": "string"}


@pytest.fixture
def platform(fault_remote):
    """What the remote holds."""
    return fault_remote.platform


@pytest.fixture
def there(platform):
    """A dataset on the remote: two variables, prompts, three samples with images, one with values."""
    user = platform.add_prompt(name="Ask", content="Grade {{style}}.")
    template = platform.add_prompt(
        name="Form", type="template", format="json", content='{"grade": {{grade}}}'
    )
    row = platform.add_dataset(
        name="Shoes",
        variables=[GRADE, NOTE],
        user_prompt_id=user["id"],
        result_template_id=template["id"],
        user_prompt=user["content"],
        result_template=template["content"],
    )
    platform.add_sample(row["id"], images=2, values={"grade": 7.5, "note": "worn"}, name="One")
    platform.add_sample(row["id"], images=1, name="Two", test=True)
    platform.add_sample(row["id"], name="Three", type="single", input_meta_data={"style": "x"})
    return row


@pytest.fixture
def remote(fault_remote):
    """Our connection to it."""
    return make_remote(fault_remote)


@pytest.fixture
def mirror(remote, there):
    """Mirror the dataset until nothing more happens by itself; the run as it ended."""

    def run(*, patience=40, **options):
        started = actions.start_mirror(remote, there["id"], None, **options)
        for _ in range(patience):
            actions.run_steps(started.pk)
            everything_is_due()
        started.refresh_from_db()
        return started

    return run


def everything_is_due():
    """As if every wait were over."""
    MirrorRun.objects.update(next_at=timezone.now())
    Remote.objects.update(quiet_until=None)
    Image.objects.exclude(fetch_after=None).update(fetch_after=timezone.now())
