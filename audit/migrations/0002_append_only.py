"""Triggers: audit rows are written once, only attempts are counted up while their minute lasts, and each awaits its seal."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    # ledger_refuse_change() comes from there.
    dependencies = [("audit", "0001_acts"), ("ledger", "0002_append_only")]

    operations = [
        migrations.RunSQL((HERE / "append_only.sql").read_text(), (HERE / "append_only_reverse.sql").read_text()),
    ]
