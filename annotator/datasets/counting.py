"""The samples of each dataset by state, split and reason to skip: the SQL that keeps `SampleCount`."""

from annotator.counting import KeptCount, Watch


def _keys(row: str) -> str:
    return (
        f"{row}.dataset_id AS dataset_id, {row}.state AS state, {row}.test AS test,"
        f" CASE WHEN {row}.state = 'skipped' THEN {row}.skip_reason ELSE '' END AS skip_reason"
    )


def _all_samples() -> str:
    return f"SELECT {_keys('s')} FROM datasets_sample AS s WHERE s.removed_at IS NULL"  # constants


SAMPLES = KeptCount(
    table="datasets_samplecount",
    keys=("dataset_id", "state", "test", "skip_reason"),
    counted=_all_samples,
    watches=(
        Watch(
            table="datasets_sample",
            columns=("dataset_id", "state", "test", "skip_reason", "removed_at"),
            keys_of=lambda row: f"SELECT {_keys(row)} WHERE {row}.removed_at IS NULL",
        ),
    ),
)
