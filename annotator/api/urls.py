"""Addresses of the API, with and without the trailing slash, without a redirect."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from annotator.accounts.permissions import API_PATHS
from annotator.api.documentation import views as docs
from annotator.api.routes import action_routes, resource_routes, route, row_route
from annotator.api.views import fallback
from annotator.api.views.account import Account, Workspaces
from annotator.api.views.assignments import Assignments
from annotator.api.views.attachments import SampleImages, SampleObjects
from annotator.api.views.bulk import Bulk
from annotator.api.views.comments import Comments
from annotator.api.views.datasets import Datasets
from annotator.api.views.detection import Labels, Objects
from annotator.api.views.exports import Exports
from annotator.api.views.figures import Figures
from annotator.api.views.image_bulk import ImageBulk
from annotator.api.views.images import Images
from annotator.api.views.models import Models, model_archive
from annotator.api.views.prompts import Prompts
from annotator.api.views.runs import Runs
from annotator.api.views.sample_parts import SampleParts
from annotator.api.views.samples import Samples
from annotator.api.views.snapshots import Snapshots
from annotator.api.views.suggestions import Suggestions
from annotator.api.views.tasks import Tasks
from annotator.api.views.variables import Variables

app_name = "api"
urlpatterns = [
    *resource_routes("vlm/v2/prompt", Prompts, name="prompt"),
    *resource_routes("vlm/v2/task", Tasks, name="task"),
    *action_routes(
        "vlm/v2/task",
        Tasks,
        name="task",
        train="post",
        add_dataset="post",
        remove_dataset="post",
    ),
    *resource_routes("vlm/v2/dataset", Datasets, name="dataset"),
    *action_routes("vlm/v2/dataset", Figures, name="dataset", figures="get"),
    route("vlm/v2/figures", Figures, {"get": "person"}, name="figures"),
    *resource_routes("vlm/v2/variable", Variables, name="variable"),
    *resource_routes("vlm/v2/sample", Samples, name="sample"),
    *action_routes("vlm/v2/sample", Samples, name="sample", set_test="post", set_untest="post"),
    *action_routes(
        "vlm/v2/sample",
        SampleParts,
        name="sample",
        sample_images="get",
        sample_objects="get",
        add_images="post",
        remove_images="post",
        reorder_images="post",
        add_objects="post",
        remove_objects="post",
        reorder_objects="post",
        add_variable_value="post",
        remove_variable_value="post",
    ),
    row_route("vlm/v2/sample-image", SampleImages, name="sampleimage"),
    row_route("vlm/v2/sample-object", SampleObjects, name="sampleobject"),
    route("vlm/v2/sample/bulk", Bulk, {"post": "samples"}, name="sample-bulk"),
    route("vlm/v2/value/bulk", Bulk, {"post": "values"}, name="value-bulk"),
    route("vlm/v2/suggestion/bulk", Suggestions, {"post": "propose"}, name="suggestion-bulk"),
    route("vlm/v2/assignment/bulk", Assignments, {"post": "assign"}, name="assignment-bulk"),
    route("vlm/v2/comment", Comments, {"get": "list", "post": "create"}, name="comment-list"),
    *resource_routes("vlm/v2/run", Runs, name="run"),
    *action_routes(
        "vlm/v2/run",
        Runs,
        name="run",
        curve="get",
        predictions="get",
        cancel="post",
        end_early="post",
        resume="post",
    ),
    *resource_routes("vlm/v2/model", Models, name="model"),
    *action_routes(
        "vlm/v2/model", Models, name="model", request_download="get", card="get", compare="get"
    ),
    re_path(
        r"^vlm/v2/model-archive/(?P<signed>[0-9A-Za-z:_-]{1,200})/(?P<name>[-\w]{1,220}\.zip)$",
        model_archive,
        name="model-archive",
    ),
    *resource_routes("vlm/v2/export", Exports, name="export"),
    *action_routes("vlm/v2/export", Exports, name="export", cancel="post", request_download="get"),
    *resource_routes("vlm/v2/snapshot", Snapshots, name="snapshot"),
    route("vlm/v2/capabilities", Account, {"get": "capabilities"}, name="capabilities"),
    *resource_routes("recognition/v2/training-image", Images, name="image", put=True),
    route(
        "recognition/v2/training-image/update", Images, {"post": "update_many"}, name="image-update"
    ),
    route(
        "recognition/v2/training-image/bulk", ImageBulk, {"post": "upload_many"}, name="image-bulk"
    ),
    *resource_routes("detection/v2/label", Labels, name="label", put=True),
    *resource_routes("detection/v2/object", Objects, name="object", put=True),
    route("account/v2/user", Account, {"get": "me"}, name="user"),
    route("account/v2/workspace", Workspaces, {"get": "list"}, name="workspace-list"),
    route("authorization/v2/authorize", Account, {"post": "authorize"}, name="authorize"),
    re_path(r"^api/schema/?$", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs.docs, name="docs"),
    path("api/docs/decisions/", docs.decisions, name="decisions"),
    path("api/docs/from-the-cloud/", docs.from_the_cloud, name="from-the-cloud"),
    re_path(API_PATHS, fallback.unknown, name="unknown"),
]
