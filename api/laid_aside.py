"""`lianshen jobs …`: what was laid aside after too many failures, and taking it up again."""

from __future__ import annotations

import click

from engine.config import Settings
from engine.store import jobs

from .opening import opened, utc_now


@click.group("jobs")
def laid_aside() -> None:
    """搁置的工作：看原因，重新做。"""


@laid_aside.command("list")
@click.pass_obj
def list_command(settings: Settings) -> None:
    """搁置了哪些工作：编号、种类、办件、试过几次、原因。"""
    with opened(settings) as database, database.reading() as tx:
        for one in jobs.dead(tx):
            case_no = one.case_no or "–"
            click.echo(
                f"{one.id}  {one.kind}  {case_no}  试过 {one.attempts} 次  {one.run_at:%Y-%m-%d %H:%M}  {one.last_error}"
            )


@laid_aside.command("resume")
@click.argument("ids", type=int, nargs=-1, required=True)
@click.pass_obj
def resume_command(settings: Settings, ids: tuple[int, ...]) -> None:
    """原因排除后重新做：下一拍就做，失败的次数从头算。有一个编号不对就一件也不动。"""
    with opened(settings) as database, database.writing() as tx:
        for one in ids:
            jobs.resume(tx, one, utc_now())
    click.echo(f"{len(ids)} 件工作将重新做")
