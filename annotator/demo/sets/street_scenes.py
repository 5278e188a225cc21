"""Streets with cars, people, bicycles and traffic lights in boxes. Answers in XML."""

from __future__ import annotations

from annotator.demo.drawing import streets
from annotator.demo.drawing.drawn import GroundTruth
from annotator.demo.drawing.street_plan import LIGHTS, PAINTS, TIMES, WEATHERS, scene
from annotator.demo.sets.demo_set import DemoSet

TEMPLATE = """<scene weather="{{weather}}" time="{{time_of_day}}">
  <cars>{{cars}}</cars>
  <people>{{people}}</people>
  <bicycles>{{bicycles}}</bicycles>
  <colors>{{vehicle_colors}}</colors>
  <light>{{traffic_light}}</light>
  <wet>{{road_is_wet}}</wet>
</scene>"""


def ground_truth(number: int) -> GroundTruth:
    """What can be counted in scene `number`."""
    one = scene(number)
    return GroundTruth(
        name=f"Street {number + 1:03}",
        values={
            "weather": one.weather,
            "time_of_day": one.time,
            "cars": one.count("car"),
            "people": one.count("person"),
            "bicycles": one.count("bicycle"),
            "vehicle_colors": one.vehicle_colors(),
            "traffic_light": one.light,
            "road_is_wet": one.weather in {"rain", "snow"},
        },
        input_meta_data={
            "camera": f"Camera {number % 7 + 1}",
            "place": PLACES[number % len(PLACES)],
        },
    )


PLACES = ("Mill Lane", "Station Road", "Harbour Street", "Castle Square")


def count_of(name: str, described: str) -> dict[str, object]:
    """A required number of things, none to ten."""
    return {
        "name": name,
        "type": "integer",
        "required": True,
        "min_value": 0,
        "max_value": 10,
        "description": described,
    }


STREET_SCENES = DemoSet(
    key="street_scenes",
    name="Street scenes",
    description="Traffic seen by seven cameras, with every road user in a box.",
    samples=100,
    type="single",
    system="You watch street cameras for a traffic study. Count only what is in the picture.",
    user="{{camera}} at {{place}}. What is on the road, and what is the weather like?",
    template=TEMPLATE,
    format="xml",
    metadata={"camera": "Camera 1", "place": "Mill Lane"},
    variables=(
        {"name": "weather", "type": "string", "required": True, "choices": list(WEATHERS)},
        {"name": "time_of_day", "type": "string", "required": True, "choices": list(TIMES)},
        count_of("cars", "Also those that are cut off by the edge."),
        count_of("people", "On foot; a rider belongs to the bicycle."),
        count_of("bicycles", "With their riders."),
        {
            "name": "vehicle_colors",
            "type": "array",
            "max_length": 10,
            "item_schema": {"type": "string", "choices": list(PAINTS)},
            "description": "One colour per car, from left to right.",
        },
        {"name": "traffic_light", "type": "string", "choices": list(LIGHTS)},
        {"name": "road_is_wet", "type": "boolean", "description": "By rain or snow."},
    ),
    task="Traffic counter",
    ground_truth=ground_truth,
    pictures=lambda number: streets.pictures(scene(number)),
    labels={
        "car": "#2f62b8",
        "person": "#c94f5d",
        "bicycle": "#3d7d4d",
        "traffic light": "#e7b92c",
    },
)
