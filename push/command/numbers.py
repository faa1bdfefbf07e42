"""Counters held against the ledger from the command line."""

from typing import TYPE_CHECKING

import click

from push.command.accounts import only_app, with_engine

if TYPE_CHECKING:
    from push.engine import Engine
    from push.ledger.recounting import Difference


@click.command()
@click.argument("campaign_id")
@click.option("--app", "app_id", metavar="ID", help="Which app; may be left out where there is only one.")
def recount(campaign_id: str, app_id: str | None) -> None:
    """Count a campaign's ledger anew, and mend its counters where they differ."""

    async def repair(engine: "Engine") -> "list[Difference] | None":
        chosen = app_id or await only_app(engine)
        await engine.campaigns.get(chosen, campaign_id)
        return await engine.recounting.repair(chosen, campaign_id)

    differences = with_engine(repair)
    if differences is None:
        raise click.ClickException("The numbers are moving; ask again when the campaign is sent.")
    for each in differences:
        click.echo(f"{each.channel}.{each.name}: {each.counted} counted, {each.recounted} in the ledger: mended")
    if not differences:
        click.echo("The counters say what the ledger says.")
