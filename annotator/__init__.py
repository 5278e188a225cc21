"""Annotate image datasets for vision-language models, and train them."""
