"""Where the platform's page is silent or contradicts itself, what this server does (docs/platform.md)."""

from __future__ import annotations

DECISIONS: list[tuple[str, str, str]] = [
    (
        "Q1",
        "Does a sample carry its values?",
        "Yes: as sample_variables, a list of id, variable, variable_name and the bare value. A variable "
        "without a value is absent from it.",
    ),
    (
        "Q2",
        "Where are the models?",
        "At /vlm/v2/model/, filtered by ?task=. request-download gives a link that ends after a while.",
    ),
    (
        "Q3",
        "What does train answer?",
        "201 with the id of the run and its state. While one runs for the task, another is refused with "
        "409. The task's last_version grows when it is done.",
    ),
    (
        "Q4",
        "Which addresses are there?",
        "All of the reference. The platform's own list names only those of prompts.",
    ),
    (
        "Q5",
        "Which rows can be created, changed and deleted?",
        "Prompts, tasks, datasets, variables and samples; images, detection labels and objects too. Deleting "
        "answers 204.",
    ),
    (
        "Q6",
        "How are values and images removed, and images reordered?",
        "By remove-variable-value, remove-images and reorder-images, objects alike; one alone by DELETE, or "
        "PATCH of its order, at /vlm/v2/sample-image/ID/ (-object). A value set to null is removed too.",
    ),
    (
        "Q7",
        "Where do images and objects come from?",
        "From /recognition/v2/training-image/ and /detection/v2/object/, as in the platform's clients. Many "
        "pictures go in one call to /recognition/v2/training-image/bulk/.",
    ),
    (
        "Q8",
        "How does one see what changed?",
        "Lists are in the order of creation, so that rows added meanwhile come last. Pages by "
        "?cursor= never move, nor do those of an ?ordering= of your own. Samples have ?updated_after=.",
    ),
    (
        "Q9",
        "Does training use test samples?",
        "Only to evaluate.",
    ),
    (
        "Q10",
        "Are values wrapped?",
        "Both are read: {“value”: 8.5} and 8.5. An object with the one key value is unwrapped only when an "
        "object is inside. Answers are bare.",
    ),
    (
        "Q11",
        "What may choices be?",
        "One text with commas or a list; spaces around are dropped, doubles refused. Answered as one text.",
    ),
    (
        "Q12",
        "Who applies a default?",
        "It pre-fills the form and is no value until a person confirms it. The API never fills it in.",
    ),
    (
        "Q13",
        "From where are steps counted?",
        "From min_value, else from 0, in exact decimal arithmetic. max_value is always legal.",
    ),
    ("Q14", "What is in an array or an object?", "JSON of any kind, at most 20 levels deep."),
    (
        "Q15",
        "How is a text measured?",
        "In characters (code points) after Unicode NFC. Text of only white space is no value.",
    ),
    (
        "Q16",
        "What do the sample types mean?",
        "single: one image at random in each step; multi_random: all, shuffled; multi_ordered: all in order.",
    ),
    (
        "Q17",
        "How deep is input_meta_data merged?",
        "One level: keys that are sent replace those of the same name, the others stay.",
    ),
    (
        "Q18",
        "What is extracted from the user prompt?",
        "The names in {{name}}, each with an empty text. [s] is text.",
    ),
    (
        "Q19",
        "Is {} a given input_meta_data?",
        "Yes. Leave the key out to have it filled from the dataset and the prompt.",
    ),
    (
        "Q20",
        "Whose prompt wins?",
        "User prompt: sample, dataset, task. System prompt: dataset, task. Template: sample, dataset. "
        "Answers of the API show a sample's own text, else its dataset's.",
    ),
    (
        "Q21",
        "Can a sample's own prompt be set?",
        "No: user_prompt and result_template of a sample are read-only.",
    ),
    (
        "Q22",
        "Where does result_format come from?",
        "From the result template; without one it is null.",
    ),
    ("Q23", "What is training_time?", "Seconds that the last training took; 0 before the first."),
    (
        "Q24",
        "How is a template filled?",
        "Inside quotes a value is escaped for the format; bare, it is written as a JSON literal, a missing "
        "one as null.",
    ),
    ("Q25", "What is a bbox?", "Corners: xmin, ymin, xmax, ymax in pixels of the upright image."),
    ("Q26", "What is next?", "An absolute address with all the filters of the call."),
    (
        "Q27",
        "How large may a page be?",
        "200 rows; 50 unless said. A larger page_size is cut, not refused. A page past the end is a 404.",
    ),
    (
        "Q28",
        "What do errors look like?",
        "Always JSON with detail; wrong fields have their own messages beside it. 409 when somebody was "
        "faster, 413 for a body that is too long, 415 for one that is no JSON. With Retry-After: 429 for too "
        "many calls, 503 for a busy database. 507 when the disk is full; nothing was stored then.",
    ),
    (
        "Q29",
        "What if too many objects are added?",
        "None of them is, and 400 says how many there are. Adding one twice changes nothing.",
    ),
    (
        "Q30",
        "created or created_date?",
        "created on tasks, models and images; created_date on datasets and samples.",
    ),
    (
        "Q31",
        "What are text and resize?",
        "Notes on an image's place in a sample, set by PATCH of /vlm/v2/sample-image/ID/ with the id that "
        "sample-images shows. Training here uses text alone; a remote is not told.",
    ),
    (
        "Q32",
        "Where is the workspace named?",
        "In the address (?workspace=) or in the body, for every method; an id, or default in any case. One "
        "that you are not in does not exist: 404. Two different ones in one call: 404.",
    ),
    (
        "Q33",
        "What if a prompt in use is deleted?",
        "Tasks and datasets that referred to it then have none.",
    ),
    (
        "Q34",
        "Which names are unique?",
        "Those of variables in their dataset. Others may repeat.",
    ),
]

DIFFERENCES: list[tuple[str, str]] = [
    (
        "The address",
        "Use this server's address where the cloud's stood. Paths, methods and fields are the same, with and "
        "without the slash at the end. RecognitionClient, DetectionClient and VLMClient take it as endpoint.",
    ),
    (
        "The token",
        "Make one on the page Tokens. It acts with your role and its scope, in its own workspace unless a "
        "call names another. The word before it stays Token. Pictures are private: img_path needs the "
        "token too.",
    ),
    (
        "What a script's value is",
        "Accepted at once, as in the cloud, unless the dataset's settings have it reviewed. Then it goes "
        "into an answer of the token's owner, which is submitted once every required variable has a value. "
        "A sample that is approved, or whose answer by somebody else awaits review, refuses it with 409.",
    ),
    (
        "What does the training",
        "train starts a training on this server's worker, or on the remote that the task is mirrored from. "
        "Models that were trained in the cloud stay there.",
    ),
]
