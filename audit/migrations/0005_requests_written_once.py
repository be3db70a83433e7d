"""A trigger: logged requests are written once."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    # ledger_refuse_change() comes from there.
    dependencies = [("audit", "0004_requests_and_answers"), ("ledger", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            (HERE / "requests_written_once.sql").read_text(), (HERE / "requests_written_once_reverse.sql").read_text()
        ),
    ]
