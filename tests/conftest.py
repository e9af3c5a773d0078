"""Fixtures that several tiers of tests share."""

import os
from pathlib import Path

import pytest

from retrieval.adapters.model_origins import DEFAULT_MODEL
from retrieval.adapters.model_preparation import prepare

MODELS = Path(os.environ.get("TOULMIN_TEST_MODELS", Path(__file__).parents[1] / "var" / "models"))


@pytest.fixture(scope="session")
def prepared_model() -> Path:
    """Give the folder of the real embedding model, prepared once per machine and kept between runs."""
    return prepare(DEFAULT_MODEL, MODELS).folder
