"""The answers of each person and dataset by where they stand: the SQL that keeps `AnswerCount`.

An answer counts under its own state, its sample's and the day (UTC) it was submitted, while its sample is not
removed. So it is counted anew when either row changes. On PostgreSQL a changed answer locks its sample:
otherwise two transactions, one for each row, would not see each other's change.
"""

from annotator.counting import KeptCount, Watch, day_of


def _keys(sample: str, answer: str) -> str:
    return (
        f"{sample}.dataset_id AS dataset_id, {answer}.author_id AS author_id,"
        f" {answer}.state AS state, {sample}.state AS sample_state,"
        f" {day_of(f'{answer}.submitted_at')} AS day"
    )


def _all_answers() -> str:
    return (
        f"SELECT {_keys('s', 'a')} FROM annotation_answer AS a"
        " JOIN datasets_sample AS s ON s.id = a.sample_id WHERE s.removed_at IS NULL"
    )


def _of_answer(row: str) -> str:
    return (
        f"SELECT {_keys('s', row)} FROM datasets_sample AS s"
        f" WHERE s.id = {row}.sample_id AND s.removed_at IS NULL"
    )


def _of_sample(row: str) -> str:
    return (
        f"SELECT {_keys(row, 'a')} FROM annotation_answer AS a"
        f" WHERE a.sample_id = {row}.id AND {row}.removed_at IS NULL"
    )


ANSWERS = KeptCount(
    table="annotation_answercount",
    keys=("dataset_id", "author_id", "state", "sample_state", "day"),
    counted=_all_answers,
    watches=(
        Watch(
            table="annotation_answer",
            columns=("sample_id", "author_id", "state", "submitted_at"),
            keys_of=_of_answer,
            lock_sql=lambda row: f"1 FROM datasets_sample WHERE id = {row}.sample_id FOR SHARE",
        ),
        Watch(
            table="datasets_sample",
            columns=("dataset_id", "state", "removed_at"),
            keys_of=_of_sample,
            counts_own_rows=False,
        ),
    ),
)
