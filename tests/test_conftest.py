"""The safety nets of conftest.py catch what they are there for."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import platformdirs
import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")


def outcomes(pytester: pytest.Pytester, test: str) -> dict[str, int]:
    """Run one small test file in a pytest of its own, under our conftest."""
    pytester.makeconftest(CONFTEST.replace("SECONDS_TO_END = 5.0", "SECONDS_TO_END = 0.1"))
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider").parseoutcomes()


def test_an_unexpected_warning_fails_the_test(pytester: pytest.Pytester) -> None:
    test = "import logging\ndef test(): logging.getLogger('deep.down').warning('odd')"
    assert outcomes(pytester, test) == {"passed": 1, "errors": 1}


def test_an_expected_warning_that_does_not_come_fails_the_test(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, "def test(strict_log): strict_log.expect('odd')") == {"passed": 1, "errors": 1}


def test_an_expected_warning_passes(strict_log: logging.Handler) -> None:
    strict_log.expect("WARNING here: odd")  # type: ignore[attr-defined]
    logging.getLogger("here").warning("odd")


def test_a_thread_that_stays_fails_the_test(pytester: pytest.Pytester) -> None:
    test = """
        import threading
        import pytest
        stop = threading.Event()
        @pytest.fixture(scope="module", autouse=True)
        def at_the_end():
            yield
            stop.set()
        def test(): threading.Thread(target=stop.wait).start()
    """
    assert outcomes(pytester, test) == {"passed": 1, "errors": 1}


def test_a_thread_that_is_ending_passes() -> None:
    threading.Thread(target=threading.Event().wait, args=(0.05,)).start()


def test_user_folders_are_in_the_sandbox(sandbox: Path) -> None:
    places = [Path.home(), platformdirs.user_config_path("descry"), platformdirs.user_data_path("descry")]
    assert [sandbox in place.parents for place in places] == [True, True, True]
    assert (Path(os.environ["XDG_RUNTIME_DIR"]).stat().st_mode & 0o777) == 0o700
