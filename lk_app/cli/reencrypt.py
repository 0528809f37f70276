"""`reencrypt`: what was written under an earlier secret key is written anew under the present one."""

import click

from lk_app import formats, logs
from lk_app.services.session import writing
from lk_app.services.staff import totp


@click.command(help="Write under LK_SECRET_KEY what stands under a key of LK_SECRET_KEY_FALLBACKS.")
def reencrypt() -> None:
    logs.set_up()
    with writing() as session:
        written = totp.reencrypt(session)
        kept = totp.kept_keys(session)
    click.echo(f"Перешифровано: {formats.counted(written, 'ключ', 'ключа', 'ключей')} вторых факторов")
    if kept.unreadable:
        click.echo(f"Не читаются ни одним ключом: {kept.unreadable}. Чьи, скажет python -m lk_app staff list")
