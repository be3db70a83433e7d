"""Whoever has leased a queue sees that its endpoint was changed, however long his statement had to wait."""

from pathlib import Path

from django.db import migrations, models

HERE = Path(__file__).parent


class Migration(migrations.Migration):

    dependencies = [
        ('webhooks', '0001_events_and_endpoints'),
    ]

    operations = [
        migrations.AddField(
            model_name='endpoint',
            name='revision',
            field=models.BigIntegerField(default=0, help_text='Raised by each change: who has leased sees that it was made.'),
        ),
        migrations.RunSQL((HERE / "endpoint_now.sql").read_text(), (HERE / "endpoint_now_reverse.sql").read_text()),
    ]
