"""The SQL that keeps `DeliveryCount`: the deliveries of each dataset by state and problem."""

from annotator.counting import KeptCount, Watch

KEYS = ("dataset_id", "state", "problem")


def _keys(row: str) -> str:
    return ", ".join(f"{row}.{key} AS {key}" for key in KEYS)


DELIVERIES = KeptCount(
    table="push_deliverycount",
    keys=KEYS,
    counted=lambda: f"SELECT {_keys('d')} FROM push_delivery AS d",  # constants
    watches=(
        Watch(table="push_delivery", columns=KEYS, keys_of=lambda row: f"SELECT {_keys(row)}"),
    ),
)
