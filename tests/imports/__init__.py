import pytest

# Its checks of every reading say what differed, as those of tests do.
pytest.register_assert_rewrite("tests.imports.files")
