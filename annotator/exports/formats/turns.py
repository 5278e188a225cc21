"""A sample's texts as the turns of a conversation, in the two shapes with `<image>` in the text."""

from __future__ import annotations

from annotator.datasets.rendering import Rendered

PLACEHOLDER = (
    "<image>"  # stands for a picture in texts; every other one would be counted as one more
)


def placeholder_refusal(rendered: Rendered) -> str:
    """Why a trainer that counts PLACEHOLDER can't read the sample; empty when it can."""
    for text, of in ((rendered.system, "system prompt"), (rendered.user, "user prompt")):
        if PLACEHOLDER in text:
            return f"its {of} holds {PLACEHOLDER}, which this trainer takes for a picture"
    if PLACEHOLDER in rendered.answer:
        return f"its answer holds {PLACEHOLDER}, which this trainer takes for a picture"
    return ""


def placeholder_text(rendered: Rendered, *, images: int) -> str:
    """The user's text after one PLACEHOLDER line for each picture."""
    return f"{PLACEHOLDER}\n" * images + rendered.user


def human_and_gpt(rendered: Rendered, *, images: int) -> list[dict[str, str]]:
    """The turns of LLaVA, which has no system turn: the system prompt comes before the pictures."""
    text = placeholder_text(rendered, images=images)
    if rendered.system:
        text = f"{rendered.system}\n\n{text}"
    return [{"from": "human", "value": text}, {"from": "gpt", "value": rendered.answer}]


def role_turns(rendered: Rendered, *, images: int) -> list[dict[str, str]]:
    """The roles system (if there is a prompt), user and assistant, each with one text."""
    user = {"role": "user", "content": placeholder_text(rendered, images=images)}
    turns = [user, {"role": "assistant", "content": rendered.answer}]
    return [{"role": "system", "content": rendered.system}, *turns] if rendered.system else turns
