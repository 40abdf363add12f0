import pytest

# What it compares, it shows when it differs, as tests do.
pytest.register_assert_rewrite("tests.orderfiles.properties.readings")
