"""A made-up second backend: it lives in the tests alone, and the product must not notice the difference."""

import sys
from pathlib import Path

from annotator.training.backends import Availability, Curve, Device
from annotator.training.backends.parameters import (
    ChoiceParameter,
    FloatParameter,
    IntegerParameter,
    SwitchParameter,
    TextParameter,
)


class Toy:
    """Learns nothing, but does everything that a backend may do."""

    name = "toy"
    label = "Toy model"
    description = "Learns nothing."
    device = Device.GPU_OR_PROCESSOR
    ends_early = False
    parameters = (
        IntegerParameter(name="epochs", label="Epochs", default=3, minimum=1, maximum=9),
        FloatParameter(name="rate", label="Learning rate", default=0.001, minimum=0, maximum=1),
        ChoiceParameter(
            name="base", label="Base model", default="tiny", choices={"tiny": "Tiny", "big": "Big"}
        ),
        TextParameter(name="targets", label="Target modules", default=""),
        SwitchParameter(name="vision", label="Train the vision part too", default=False),
    )
    curves = (
        Curve(name="loss", label="Loss"),
        Curve(name="learning rate", label="Learning rate", unit="per step"),
        Curve(name="memory", label="Memory", unit="GB", x_label="minute"),
    )
    is_available = True

    def availability(self):
        if self.is_available:
            return Availability(ok=True)
        return Availability(
            ok=False, reason="torch is not installed.", command="manage.py install_training"
        )

    def command(self, folder):
        return [sys.executable, str(Path(__file__).with_name("toy_training.py")), str(folder)]

    def predict(self, folder):
        return self.command(folder)
