"""Takes the screenshots of the README from a real demo hall in a real browser, and prints what each page weighs.

.venv/bin/python -m docs.screenshots            # writes docs/images/*.png
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, FilePayload, Locator, Page, sync_playwright

from api.app import create_app
from api.demo import fill, live
from api.demo.acting import applies, takes
from engine.cases import act, case_id_of, complete
from engine.catalogue import export, publish
from engine.config import Settings
from engine.errors import CHINA
from engine.people import office_by_code, officer_by_login
from engine.store import Database, migrate, tables
from engine.supervision import round_of_duties
from tests.served import served

IMAGES = Path(__file__).parent / "images"
FOREIGN = Path(__file__).parent.parent / "tests/pages/foreign.bpmn"
SEEDS = Path(__file__).parent.parent / "bpmn"
RECHECK = """<bpmn:userTask id="recheck" name="复核" ls:kind="check" ls:department="nr" ls:limit="1wd">
      <bpmn:extensionElements><ls:outcome code="pass" label="通过"/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="rechecked" sourceRef="recheck" targetRef="decide" />
    """
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Shot = tuple[str, str | None, str, int]


@contextmanager
def demo_hall() -> Iterator[tuple[str, Database, dict[str, str]]]:
    """A demo hall of today on a free port; the address, the database and the passwords."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/demo.db"
        database = Database.open(url)
        migrate(database)
        now = datetime.now(UTC)
        passwords = {one.login: one.password for one in fill(database, now)}
        live(database, now)
        with served(create_app(Settings(home=Path(folder), database=url), database)) as at:
            yield at, database, passwords
        database.close()


def shots(database: Database) -> list[Shot]:
    """What is shown: name, log-in or nobody, path, with the heading of its part where it is no whole page, width."""
    c, t = tables.cases, tables.tasks
    with database.reading() as tx:
        paused = tx.execute(
            sa.select(c.c.case_no)
            .join(tables.pauses, tables.pauses.c.case_id == c.c.id)
            .order_by(c.c.id.desc())
            .limit(1)
        ).scalar_one()
        review = tx.execute(
            sa.select(t.c.id)
            .join(c, c.c.id == t.c.case_id)
            .where(t.c.step == "review", t.c.state == "claimed", c.c.case_no.startswith("GH04"))
            .order_by(t.c.id.desc())
            .limit(1)
        ).scalar_one()
        project = tx.execute(sa.select(tables.projects.c.code).order_by(tables.projects.c.id).limit(1)).scalar_one()
    stage = _stage(database)
    return [
        ("worklist", "qian", "/desk?box=pool", 1440),
        ("task", "qian", f"/tasks/{review}", 1440),
        ("case", "sun", f"/cases/{paused}", 1440),
        ("stage", "chen", f"/cases/{stage}", 1440),
        ("minutes", "chen", f"/cases/{stage}#cs", 1440),
        ("board", "zhou", "/projects", 1440),
        ("project", "zhou", f"/projects/{project}", 1440),
        ("designer", "wu", "/designer/GH03", 1440),
        ("home", None, "/", 1440),
        ("guide", None, "/guides/lz/GH02", 1440),
        ("progress-phone", None, "/progress", 390),
    ]


def _stage(database: Database) -> str:
    """A stage of joint approval, accepted with one matter held back and talked over; its number."""
    now = datetime.now(UTC)
    held = [{"matter": "ZR01", "reason": "等待土地市场公告"}]
    with database.writing() as tx:
        of = office_by_code(tx, "lz")
        case_no = applies(tx, of, "BA01", "临州云岭建材有限公司", now, clerk="chen").case_no
        who, task = takes(tx, "chen", case_no, "intake", now)
        complete(tx, who, task.id, "accept", answers={}, details={"held": held}, now=now)
    round_of_duties(database, lambda: now)
    with database.writing() as tx:
        act(tx, officer_by_login(tx, "chen"), case_id_of(tx, case_no), "consult", _minutes(now), now=now)
    return case_no


def _minutes(now: datetime) -> dict[str, Any]:
    """What was said about the stage on the day of its acceptance."""
    today = now.astimezone(CHINA).date()
    resolved = [
        {"text": "核定排水接口位置，告知设计单位", "department": "wat", "due_on": (today + timedelta(7)).isoformat()},
        {"text": "出具用地边界核查意见", "department": "nr", "due_on": (today + timedelta(1)).isoformat()},
    ]
    there = [
        ("gsc", "陈思", "present"),
        ("nr", "孙正", "present"),
        ("ee", "李原", "present"),
        ("wat", "鲍江", "absent"),
    ]
    return {
        "kind": "consultation",
        "held_on": today.isoformat(),
        "place": "三楼会议室",
        "chair": "陈思",
        "attendees": [{"department": code, "person": name, "presence": came} for code, name, came in there],
        "agenda": ["GH02", "ZR01"],
        "text": "土地市场公告以后放行出让；用地边界没有争议。",
        "resolutions": resolved,
    }


def take(browser: Browser, at: str, passwords: dict[str, str], shot: Shot) -> None:
    name, login, path, width = shot
    page = browser.new_context(
        base_url=at, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": 900}
    ).new_page()
    weights: dict[str, int] = {}
    page.on("response", lambda r: weights.__setitem__(r.url, len(r.body())) if r.ok else None)
    if login:
        _sign_in(page, login, passwords[login])
        weights.clear()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    part = path.partition("#")[2]
    shown: Page | Locator = page.locator(f"section:has(#{part})") if part else page
    shown.screenshot(path=IMAGES / f"{name}.png")
    print(f"{name:16} {path:40} {sum(weights.values()) / 1024:8.1f} KB in {len(weights)} files")
    page.context.close()


def take_import(browser: Browser, at: str, passwords: dict[str, str]) -> None:
    """What the designer is shown of a drawing of another tool."""
    page = browser.new_context(base_url=at, locale="zh-CN", viewport={"width": 1440, "height": 900}).new_page()
    _sign_in(page, "wu", passwords["wu"])
    page.goto("/designer")
    page.set_input_files("#drawing", FOREIGN)
    page.locator("form:has(#drawing) button").click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "import.png")
    page.context.close()


def take_witness(browser: Browser, at: str, passwords: dict[str, str]) -> None:
    """A drawing whose review leads past the decision, gone through on the canvas to its end."""
    page = browser.new_context(
        base_url=at, locale="zh-CN", viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    ).new_page()
    _sign_in(page, "wu", passwords["wu"])
    page.goto("/designer/GH02")
    page.wait_for_selector("#canvas .djs-shape")
    drawn = (SEEDS / "GH02/matter.bpmn").read_bytes()
    past = drawn.replace(b'sourceRef="review" targetRef="decide"', b'sourceRef="review" targetRef="closed"')
    page.set_input_files("#bring-files", FilePayload(name="matter.bpmn", mimeType="text/xml", buffer=past))
    page.locator("tr[data-rule=ends-without-decision] [data-way]").click()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(".tag--stand")
    page.screenshot(path=IMAGES / "witness.png")
    page.context.close()


def take_compare(browser: Browser, at: str, database: Database, passwords: dict[str, str]) -> None:
    """Two versions of a matter: a step more, a longer limit, the rest moved aside."""
    with database.writing() as tx:
        of = office_by_code(tx, "lz")
        files = dict(export(tx, of, "GH02")[1])
        files["matter.bpmn"] = _next(files["matter.bpmn"].decode()).encode()
        publish(tx, of, files, officer_by_login(tx, "wu"), "核准之前加一道复核", datetime.now(UTC), over=1)
    page = browser.new_context(base_url=at, locale="zh-CN", viewport={"width": 1440, "height": 900}).new_page()
    _sign_in(page, "wu", passwords["wu"])
    page.goto("/designer/GH02/compare")
    page.screenshot(path=IMAGES / "compare.png", full_page=True)
    page.context.close()


def _next(text: str) -> str:
    """GH02 with a step more before its decision, what follows moved to the right, and another limit."""
    text = re.sub(r' x="(\d+)"', lambda at: f' x="{int(at[1]) + 150 * (int(at[1]) >= 520)}"', text)
    line = '<di:waypoint x="{}" y="220" />'
    was, now, more = ("\n        ".join(line.format(x) for x in ends) for ends in ((490, 690), (490, 540), (640, 690)))
    for old, new in (
        ('ls:limit="2wd" ls:form="review"', 'ls:limit="1wd" ls:form="review"'),
        ('sourceRef="review" targetRef="decide"', 'sourceRef="review" targetRef="recheck"'),
        ('<bpmn:userTask id="decide"', f'{RECHECK}<bpmn:userTask id="decide"'),
        (was, now),
        (
            "</bpmndi:BPMNPlane>",
            '<bpmndi:BPMNShape id="recheck_di" bpmnElement="recheck"><dc:Bounds x="540" y="180" width="100" height="80" />'
            f'</bpmndi:BPMNShape><bpmndi:BPMNEdge id="rechecked_di" bpmnElement="rechecked">{more}</bpmndi:BPMNEdge>'
            "</bpmndi:BPMNPlane>",
        ),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("main button.btn--primary")
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    with demo_hall() as (at, database, passwords), sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for shot in shots(database):
            take(chromium, at, passwords, shot)
        take_import(chromium, at, passwords)
        take_witness(chromium, at, passwords)
        take_compare(chromium, at, database, passwords)
        chromium.close()
