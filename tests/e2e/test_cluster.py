"""The portal as a company runs it: TLS, two processes, PostgreSQL, Redis, a worker; and processes that are killed."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import Session, select

from lk_app.models import Job
from tests.behind import behind
from tests.cluster import APPS, Cluster, running_cluster
from tests.e2e.steps import NAME, account_choice, check_registration_shows_no_secret, division, sign_in_at
from tests.e2e.test_headers import check_policy
from tests.e2e.test_office_sign_in import enter
from tests.e2e.test_payments import GAS, GOOD, go_to_bank, line, type_card, verdict
from tests.e2e.test_queue import rows
from tests.e2e.test_readings import NEXT_TO_NOTHING, last, open_dialog, open_screen, said, send, value, working
from tests.load.checks import look_for
from tests.load.crowd import Crowd
from tests.load.people import settle
from tests.load.targets import target_of
from tests.load.visits import Habits
from tests.photos import pictures

AT_ONCE, MINUTES, SEED = 12, 0.4, 7
"""Of the people at the cluster while its processes are killed."""


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    if request.config.getoption("base_url"):
        pytest.skip("starts a cluster of its own")
    # Not a folder of pytest's: another run of tests closes those to PostgreSQL, which is not root.
    with TemporaryDirectory(prefix="lk-cluster-") as folder, running_cluster(Path(folder)) as cluster:
        yield cluster


@contextmanager
def a_browser_at(cluster: Cluster, browser: Browser) -> Iterator[Page]:
    """A page that believes the cluster's certificate. A lost connection is no fault here: its console may say so."""
    context = browser.new_context(base_url=cluster.address, ignore_https_errors=True, locale="ru-RU")
    yield context.new_page()
    context.close()


@pytest.fixture
def page_of_cluster(browser: Browser, cluster: Cluster) -> Iterator[Page]:
    with a_browser_at(cluster, browser) as page:
        yield page


@pytest.fixture
def desk(browser: Browser, cluster: Cluster) -> Iterator[Page]:
    """A page of the staff, in another browser."""
    with a_browser_at(cluster, browser) as page:
        yield page


def test_what_is_for_inside_is_not_shown_outside(cluster: Cluster) -> None:
    with cluster.client() as outside:
        hidden = [outside.get(path) for path in ("/metrics", "/readyz", "/healthz")]
        login = outside.get("/login/")

    assert [answer.status_code for answer in hidden] == [404, 404, 404]
    for answer in hidden:
        check_policy(answer)
    assert login.status_code == 200
    assert login.headers["strict-transport-security"].startswith("max-age=")
    inside = httpx.get(f"http://127.0.0.1:{cluster.port('app1')}/readyz")
    assert inside.json() == {"database": "ok", "redis": "ok"}


def test_what_is_refused_unread_is_answered_as_the_portal_means_it(cluster: Cluster) -> None:
    with cluster.client() as outside:
        headers = {"Origin": cluster.address, "Accept": "application/json"}
        unread = [outside.post("/api/readings/photos", content=bytes(8_000_000), headers=headers) for _ in range(10)]
        cut_off = outside.post("/api/readings/photos", content=bytes(13_000_000), headers=headers)

    assert {(answer.status_code, answer.headers["content-type"]) for answer in unread} == {(401, "application/json")}
    assert cut_off.status_code == 413
    check_policy(cut_off)


def test_a_consumer_registers_by_sms_and_signs_in(cluster: Cluster, page_of_cluster: Page) -> None:
    check_registration_shows_no_secret(page_of_cluster, cluster.address, "66010000169", "9120000020")


def test_whoever_paid_at_the_bank_comes_back_signed_in(cluster: Cluster, page_of_cluster: Page) -> None:
    page = page_of_cluster
    sign_in_at(page)
    expect(division(page, GAS)).to_be_visible()
    go_to_bank(page, cluster.address, "12,00")
    type_card(page, GOOD)

    expect(verdict(page)).to_have_text("Оплата прошла")
    expect(page.get_by_role("banner")).to_contain_text(NAME)
    page.goto("/payments")
    expect(line(page, "12,00")).to_contain_text(re.compile("в обработке|оплачено"))


def test_what_is_sent_and_decided_at_one_process_is_seen_at_the_other(
    cluster: Cluster, page_of_cluster: Page, desk: Page
) -> None:
    expect_within(10, lambda: not cluster.processes_with_pages())
    home = open_screen(page_of_cluster, cluster.address)
    desk.goto("/office/login?next=/office/readings")
    enter(desk)
    expect(desk.get_by_role("heading", name="Все показания проверены")).to_be_visible()
    while len(cluster.processes_with_pages()) < len(APPS):
        desk.reload()
        expect(desk.get_by_role("heading", name="Все показания проверены")).to_be_visible()

    dialog = open_dialog(home)
    photo = {"name": "dial.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()}
    dialog.locator("[type=file]").set_input_files(photo)
    expect(dialog).to_contain_text("Фото добавлено")
    value(dialog).fill(str(last(dialog) + NEXT_TO_NOTHING))
    send(dialog)
    expect(working(home)).to_contain_text("в обработке")
    rows(desk).get_by_role("button", name="Подробнее").click()
    expect(desk.get_by_role("dialog").get_by_role("img")).to_have_js_property("complete", True)
    desk.get_by_role("dialog").get_by_role("button", name="Принять").click()

    expect(said(home).filter(has_text="принято")).to_be_visible()


def test_a_page_goes_on_when_the_process_behind_it_is_killed(cluster: Cluster, page_of_cluster: Page) -> None:
    page = page_of_cluster
    sign_in_at(page)
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")

    for app in APPS:
        other = next(each for each in APPS if each != app)
        cluster.wait_until_ready(other)
        cluster.kill(app)
        # Whichever process it is at by now: what a person does next works, without signing in again.
        choose(page, "66010000025", "Задолженности нет")
        choose(page, "66010000017", "Задолженность")
        cluster.wait_until_ready(app)
    page.get_by_role("link", name="Показания").first.click()
    expect(page.get_by_role("heading", name="Показания", level=1)).to_be_visible()


def choose(page: Page, number: str, shown: str) -> None:
    """Choose an account, and again if that was lost in the moment in which the connection was."""
    for patience in (5_000, 5_000, 30_000):
        account_choice(page).select_option(number, timeout=30_000)
        try:
            return expect(division(page, "Природный газ")).to_contain_text(shown, timeout=patience)
        except AssertionError:
            if patience == 30_000:
                raise


def test_nothing_that_was_answered_is_lost_when_processes_are_killed_under_load(
    cluster: Cluster, tmp_path: Path
) -> None:
    target, began = target_of(cluster), last_began(cluster)
    people = settle(target.portal, tmp_path, 4 * AT_ONCE, SEED)
    crowd = Crowd(target, people, Habits(think_s=0.5, send_a_reading=1, pay=1), settles_s=1)
    # Playwright has the loop of this thread.
    with ThreadPoolExecutor(1) as thread:
        level = thread.submit(asyncio.run, crowd.measure(AT_ONCE, MINUTES, kill=True)).result()

    kept = look_for(target.portal, people)
    assert kept.readings >= AT_ONCE / 2
    assert kept.payments >= AT_ONCE / 2
    assert (kept.lost_readings, kept.lost_payments) == (0, 0)
    # The other process went on: only what was under way at the one that died may have failed.
    assert level.record.lost_connections
    assert sum(level.record.errors.values()) <= 0.2 * len(level.record.all_times)
    # Whoever watches over the cluster sees both deaths, wherever they ask.
    expect_within(30, lambda: all(last_began(cluster)[program] > at for program, at in began.items()))


def last_began(cluster: Cluster) -> dict[str, float]:
    """Return when a process of each program last began, as any process says it."""
    families = text_string_to_metric_families(httpx.get(f"http://127.0.0.1:{cluster.port('app2')}/metrics").text)
    samples = [sample for each in families for sample in each.samples if sample.name == "lk_started_seconds"]
    began = {sample.labels["program"]: sample.value for sample in samples}
    assert set(began) == {"serve", "worker"}
    return began


def test_periodic_work_goes_on_after_the_worker_was_killed(cluster: Cluster) -> None:
    before = behind(cluster, runs)

    cluster.kill("worker")
    cluster.running("worker")

    expect_within(30, lambda: behind(cluster, runs).get("bill the demo", 0) > before.get("bill the demo", 0))


def runs(session: Session) -> dict[str, float]:
    return {job.name: job.next_run_at.timestamp() for job in session.exec(select(Job))}


def test_figures_of_all_processes_are_told_by_any(cluster: Cluster) -> None:
    with cluster.client() as outside:
        for _ in range(6):
            outside.get("/api/captcha/unknown.png")

    told = [httpx.get(f"http://127.0.0.1:{cluster.port(app)}/metrics").text for app in APPS]

    names = {"lk_job_seconds_count", "lk_request_seconds_count"}
    for text in told:
        samples = [sample for each in text_string_to_metric_families(text) for sample in each.samples]
        assert names <= {sample.name for sample in samples}
    route = 'lk_request_seconds_count{route="/api/captcha/{captcha_id}.png",status="404"}'
    counts = [next(line.split()[-1] for line in text.splitlines() if line.startswith(route)) for text in told]
    assert counts[0] == counts[1]
    assert float(counts[0]) >= 6


def expect_within(seconds: float, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)
