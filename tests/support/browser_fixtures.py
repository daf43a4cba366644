"""A real browser, for tests of pages; asks for it with `pytest_plugins = ["browser_fixtures"]`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.chrome.webdriver import WebDriver

TIMEOUT_S = 30
PROGRAMS = (Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"))
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--window-size=1400,1000",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    missing = [str(each) for each in PROGRAMS if not os.access(each, os.X_OK)]
    if missing:
        message = f"{' and '.join(missing)} not found: `make browser` installs Debian's chromium and chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(f"THE PAGE IS NOT TESTED, {message}")
    options = webdriver.ChromeOptions()
    options.binary_location = str(PROGRAMS[0])
    for each in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SE_OFFLINE", "true")  # Selenium looks for no other browser, and for none on the internet
        environment.setenv("no_proxy", "localhost,127.0.0.1")
        driver = webdriver.Chrome(options=options, service=Service(str(PROGRAMS[1])))
        driver.set_script_timeout(TIMEOUT_S)
        yield driver
        driver.quit()
