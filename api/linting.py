"""`lianshen lint` and `lianshen rules`: what the rules say of drawings, and how strictly an office takes them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import click

from engine.catalogue import (
    DIAGRAM,
    GUIDE,
    LEVEL_NAMES,
    PARTS,
    Bundle,
    Checked,
    RuleRow,
    all_rules,
    check,
    guide_findings,
    levels_of,
    parts_beside,
    read_folder,
    rule_rows,
    set_level,
)
from engine.config import Settings
from engine.diagrams import Finding, Level, Levels, Rule, Severity, lint_files
from engine.people import Office, chosen_office, office_by_code, office_time, officer_by_login
from engine.store import Tx

from .findings import FORMATS, Looked
from .importing import body_of, found_diagrams, say, shown, unreadable
from .opening import ADMIN, OFFICE, opened, utc_now

_LEVELS = click.Choice([str(level) for level in Level])


# ---------------------------------------------------------------- lint
@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--office", "office_code", help="按这个机构的窗口、部门、救济途径和规则级别一并检查（需要数据库）。")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="text（默认）、json、sarif（2.1.0）或工作流的 annotations。",
)
@click.option("--json", "as_json", is_flag=True, help="同 --format json。")
@click.option(
    "--fail-on",
    type=click.Choice([str(severity) for severity in Severity]),
    default="error",
    show_default=True,
    help="发现这一级或更重的问题，退出码为 1。",
)
@click.option(
    "--level", "set_levels", multiple=True, metavar="CODE=LEVEL", help="这一次改用的规则级别，可多次；不用数据库。"
)
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="以哪一天为今天判断豁免，默认今天。")
@click.pass_context
def lint(
    ctx: click.Context,
    paths: Sequence[Path],
    office_code: str | None,
    form: str | None,
    as_json: bool,
    fail_on: str,
    set_levels: Sequence[str],
    on: datetime | None,
) -> None:
    """检查流程图：一次列出全部问题。PATH 是 .bpmn 文件、一个事项的文件夹，或装着事项和 .bpmn 文件的文件夹。

    退出码：0 没有 --fail-on 这一级的问题，1 有，2 用法不对。
    """
    if as_json and form not in (None, "json"):
        raise click.UsageError("--json 和 --format 只写一个", ctx)
    if office_code and set_levels:
        raise click.UsageError("--level 和 --office 只写一个：机构的级别用 lianshen rules set 设置", ctx)
    asked = list(dict.fromkeys(one for path in paths for one in found_below(path)))
    if not asked:
        raise click.UsageError("没有找到流程图（.bpmn、.bpmn20.xml）", ctx)
    with ExitStack() as open_until_done:
        desk = _Desk(_levels(set_levels, ctx), on.date() if on else utc_now().astimezone().date())
        if office_code:
            tx = open_until_done.enter_context(open_until_done.enter_context(opened(ctx.obj)).reading())
            desk = _Desk.of(tx, office_by_code(tx, office_code), on)
        looked = [desk.look(path) for path in asked]
    looked = _each_once(looked)
    if told := FORMATS["json" if as_json else form or "text"](looked):
        say([told])
    severe = list(Severity)[: list(Severity).index(Severity(fail_on)) + 1]
    sys.exit(1 if any(f.severity in severe for one in looked for f in one.findings) else 0)


def found_below(path: Path) -> Iterator[Path]:
    """The matters (folders) and the other diagrams below a path. What is drawn in a matter's folder or in the parts beside it is
    looked at with the matter."""
    if not path.is_dir() or (path / DIAGRAM).is_file() or (path / GUIDE).is_file():
        yield path
        return
    matters = sorted({file.parent for name in (DIAGRAM, GUIDE) for file in path.rglob(name)})
    beside = {parts_beside(matter) for matter in matters}
    files = [file for file, _ in found_diagrams(path) if not {*file.parents} & {*matters, *beside}]
    yield from sorted([*matters, *files])


def _each_once(looked: Sequence[Looked]) -> list[Looked]:
    """A part that many matters call is read with each of them: what is wrong in it is told once."""
    seen = set[Finding]()
    kept = []
    for one in looked:
        fresh = tuple(f for f in dict.fromkeys(one.findings) if f not in seen)
        seen.update(fresh)
        kept.append(replace(one, findings=fresh))
    return kept


@dataclass(frozen=True)
class _Desk:
    """Where files are looked at: with these levels, on this day; at an office, with all that it knows."""

    levels: Levels
    today: date
    check: Callable[[Bundle], Checked] | None = None

    @classmethod
    def of(cls, tx: Tx, office: Office, on: datetime | None) -> _Desk:
        time = office_time(tx, office)
        now = time.opens_at(on.date()) if on else utc_now()
        return cls(levels_of(tx, office.id), time.civil(now), lambda bundle: check(tx, office, bundle, now))

    def look(self, path: Path) -> Looked:
        if not path.is_dir():
            return self._read([path])
        return self._checked(self.check, path) if self.check else self._matter(path)

    def _checked(self, check: Callable[[Bundle], Checked], folder: Path) -> Looked:
        """All that publishing would ask, with the files as they lie on the disk."""
        checked = check(read_folder(folder))
        places = {file: _place(folder, file) for file in {f.file for f in checked.findings}}
        return Looked(tuple(replace(f, file=places[f.file]) for f in checked.findings), checked.diagram)

    def _matter(self, folder: Path) -> Looked:
        """Without an office: the drawings with the parts beside them, and what can be said of the guide by itself."""
        drawn = (*folder.glob("*.bpmn"), *parts_beside(folder).glob("*.bpmn"), *(folder / "decisions").glob("*.dmn"))
        looked = self._read(drawn, folder.name.lower())
        guide = folder / GUIDE
        more = guide_findings(guide.read_bytes(), str(guide)) if guide.is_file() else []
        return replace(looked, findings=(*looked.findings, *more))

    def _read(self, files: Sequence[Path], main: str | None = None) -> Looked:
        """These files as one drawing; one that cannot be read is told, and what calls it too."""
        bodies, unread = dict[str, bytes](), list[Finding]()
        for file in files:
            try:
                bodies[shown(file)] = body_of(file)
            except OSError as why:
                unread.append(unreadable(file, why))
        if not bodies:
            return Looked(tuple(unread), None)
        reading = lint_files(bodies, main, levels=self.levels, today=self.today)
        return Looked((*unread, *reading.findings), reading.diagram)


def _place(folder: Path, name: str) -> str:
    """A file of a bundle as it lies on the disk."""
    if not name.startswith(PARTS):
        return str(folder / name)
    return str(parts_beside(folder) / name.removeprefix(PARTS))


def _levels(set_levels: Sequence[str], ctx: click.Context) -> dict[str, Level]:
    """`unreachable=warning` and more. Raises UsageError for a rule that is not there, and below its floor."""
    cards = {card.code: card for card in all_rules()}
    found = {}
    for text in set_levels:
        code, _, name = text.partition("=")
        if code not in cards or name not in set(Level):
            levels = "、".join(Level)
            raise click.UsageError(f"--level {text}：写成 规则代码=级别，级别是 {levels}；规则见 lianshen rules", ctx)
        if Level(name).is_below(cards[code].floor):
            raise click.UsageError(f"--level {text}：这条规则最低是“{cards[code].floor}”", ctx)
        found[code] = Level(name)
    return found


# ---------------------------------------------------------------- rules
@click.group("rules", invoke_without_command=True)
@click.option("--office", "office_code", help="一并列出这个机构的级别（需要数据库）。")
@click.pass_context
def rules_of_drawings(ctx: click.Context, office_code: str | None) -> None:
    """列出流程图和办事指南的规则：代码、默认级别、最低级别、机构的级别、说明。"""
    if ctx.invoked_subcommand is not None:
        if office_code:
            raise click.UsageError("--office 写在子命令后面", ctx)
        return
    if office_code is None:
        say(_card(card) for card in all_rules())
        return
    with opened(ctx.obj) as database, database.reading() as tx:
        say(_row(row) for row in rule_rows(tx, office_by_code(tx, office_code).id))


def _card(card: Rule) -> str:
    floor = "不能改" if card.is_fixed else f"最低{LEVEL_NAMES[card.floor]}"
    return f"{card.code:30} {LEVEL_NAMES[Level(card.severity)]}　{floor}　{card.title}"


def _row(row: RuleRow) -> str:
    if row.set_at is None:
        return _card(row.card)
    return f"{_card(row.card)}　→ {LEVEL_NAMES[row.level]}（{row.set_at:%Y-%m-%d} {row.reason}）"


@rules_of_drawings.command("set")
@click.argument("code")
@click.argument("level", type=_LEVELS)
@click.option("--reason", required=True, help="为什么，记入机构的记录链。")
@ADMIN
@OFFICE
@click.pass_obj
def set_rule(settings: Settings, code: str, level: str, reason: str, admin: str, office_code: str | None) -> None:
    """把规则 CODE 的级别设为 LEVEL：error、warning、info 或 off。下一次检查和发布起生效。"""
    with opened(settings) as database, database.writing() as tx:
        of = chosen_office(tx, office_code)
        row = set_level(tx, of, officer_by_login(tx, admin), code, Level(level), reason, utc_now())
    click.echo(f"{of.name}：规则 {code}（{row.card.title}）现在是“{LEVEL_NAMES[row.level]}”")
